import type { FlowSlug } from '@keycourier/journey/model/flows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listConnections } from '@keycourier/ledger/directory/connections/connections';
import type { Flow } from '@keycourier/ledger/flows/flows';

const triggerFlows: readonly FlowSlug[] = ['mfa-initiated', 'group-add', 'scim-group-add'];

/** With several triggers on, one user may match more than one; null otherwise. The user still gets only one key. */
export async function warningOfTriggers(
  ledger: Ledger,
  tenant: string,
  flows: readonly Flow[],
): Promise<string | null> {
  const on = triggerFlows.filter((slug) => flows.some((one) => one.slug === slug && one.enabled));
  const inUse = (await isProvisioned(ledger, tenant)) ? on : on.filter((slug) => slug !== 'scim-group-add');
  if (inUse.length < 2) return null;
  return `More than one trigger is on: ${inUse.join(', ')}. A user who matches several gets one key, from the first event. If only one is intended, switch the others off.`;
}

/** Without a connection of a SCIM client there are no groups that it could push. */
async function isProvisioned(ledger: Ledger, tenant: string): Promise<boolean> {
  const connections = await listConnections(ledger, tenant);
  return connections.some(({ revokedAt }) => revokedAt === null);
}
