import type { Anchor, NewAuditEntry } from '@keycourier/ledger/audit/entry';
import { recordAudit, type AuditLedger } from '@keycourier/ledger/audit/record-audit';
import { inTransaction, type Ledger } from '@keycourier/ledger/connect-ledger';
import { logAnchor } from '@keycourier/operations/log-anchor';
import type { Logger } from '@keycourier/runtime/logger';

import { actorOf, type Viewer } from '../pages/viewer.ts';

export interface AuditContext {
  ledger: Ledger;
  logger: Pick<Logger, 'info'>;
}

/** What an operator did on a page. */
type Act = Pick<NewAuditEntry, 'action' | 'subject' | 'detail' | 'reason'>;

/** Records what the viewer did, and logs the entry's place. */
export async function record({ ledger, logger }: AuditContext, viewer: Viewer, act: Act): Promise<void> {
  const { tenant, requestId } = viewer;
  logAnchor(logger, tenant, await recordAudit(ledger, { ...act, tenant, actor: actorOf(viewer), requestId }));
}

/** A change and its entry in one transaction: there is neither without the other. `actOf` is null where nothing changed. */
export async function change<Result>(
  { ledger, logger }: AuditContext,
  viewer: Viewer,
  { work, actOf }: { work: (ledger: Ledger) => Promise<Result>; actOf: (result: Result) => Act | null },
): Promise<Result> {
  const { tenant, requestId } = viewer;
  const { result, anchor } = await inTransaction(ledger.db, async (db) => {
    const inside = { ...ledger, db };
    const made = await work(inside);
    const act = actOf(made);
    if (act === null) return { result: made, anchor: null };
    return { result: made, anchor: await recordAudit(inside, { ...act, tenant, actor: actorOf(viewer), requestId }) };
  });
  logAnchor(logger, tenant, anchor);
  return result;
}

/** The place of an entry in the chain of its tenant. */
interface Recorded {
  tenant: string;
  anchor: Anchor;
}

/**
 * Records entries of several tenants, all or none, in the order of the tenants' names: two that do so at the same time
 * wait for each other, and never in a circle.
 */
export const recordInTenants = (ledger: AuditLedger, entries: readonly NewAuditEntry[]): Promise<Recorded[]> =>
  inTransaction(ledger.db, async (db) => {
    const recorded: Recorded[] = [];
    for (const entry of entries.toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1)))
      recorded.push({ tenant: entry.tenant, anchor: await recordAudit({ ...ledger, db }, entry) });
    return recorded;
  });

/** After the commit. */
export function logAnchors(logger: AuditContext['logger'], recorded: readonly Recorded[]): void {
  for (const { tenant, anchor } of recorded) logAnchor(logger, tenant, anchor);
}
