import { flows, type FlowSlug } from '@keycourier/journey/model/flows';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { grantFreed, grantSlots } from '../shipments/grant-slots.ts';
import { releaseSlots } from '../shipments/release-slots.ts';

export interface Flow {
  slug: FlowSlug;
  title: string;
  enabled: boolean;
}

/** All flows of a tenant; one that was never switched is on. */
export async function listFlows(ledger: Ledger, tenant: string): Promise<readonly Flow[]> {
  const rows = await ledger.db.selectFrom('flows').select(['slug', 'enabled']).where('tenant', '=', tenant).execute();
  const slugs = Object.keys(flows).filter(isFlowSlug);
  return slugs.map((slug) => ({
    slug,
    title: flows[slug],
    enabled: rows.find((row) => row.slug === slug)?.enabled ?? true,
  }));
}

export const isFlowSlug = (text: string): text is FlowSlug => Object.hasOwn(flows, text);

/**
 * Switches a flow. `process-shipments` off releases the slots in which no call was begun, so that no new order is made;
 * on grants slots again.
 * `alongside` is written in the same transaction, at its end.
 */
export async function switchFlow(ledger: Ledger, { tenant, slug, enabled, alongside }: FlowSwitch): Promise<void> {
  const granted = await ledger.db.transaction().execute(async (tx) => {
    await tx
      .insertInto('flows')
      .values({ tenant, slug, enabled, updated_at: ledger.now() })
      .onConflict((conflict) => conflict.columns(['tenant', 'slug']).doUpdateSet({ enabled, updated_at: ledger.now() }))
      .execute();
    await tx
      .insertInto('flow_switches')
      .values({ tenant, slug, enabled, at: ledger.now() })
      .onConflict((conflict) => conflict.columns(['tenant', 'slug', 'at']).doUpdateSet({ enabled }))
      .execute();
    const slots = slug === 'process-shipments' ? await switchSlots(ledger, tx, { tenant, enabled }) : [];
    await alongside?.(tx);
    return slots;
  });
  if (granted.length > 0) ledger.notifier.notify();
  await grantFreed(ledger, tenant);
}

export interface FlowSwitch {
  tenant: string;
  slug: FlowSlug;
  enabled: boolean;
  alongside?: (tx: Tx) => Promise<unknown>;
}

async function switchSlots(
  ledger: Ledger,
  tx: Tx,
  { tenant, enabled }: { tenant: string; enabled: boolean },
): Promise<readonly string[]> {
  if (enabled) return grantSlots(ledger, tx, tenant);
  await releaseSlots(ledger, tx, tenant);
  return [];
}
