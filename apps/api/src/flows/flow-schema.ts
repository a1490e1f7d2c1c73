import { namesOf } from '@keycourier/http/contract';
import { flows as allFlows } from '@keycourier/journey/model/flows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listConnections } from '@keycourier/ledger/directory/connections/connections';
import type { Flow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

export const flow = z
  .strictObject({ slug: z.enum(namesOf(allFlows)), title: z.string(), enabled: z.boolean() })
  .meta({ id: 'Flow' });

const triggerFlows = ['mfa-initiated', 'group-add', 'scim-group-add'] as const satisfies readonly Flow['slug'][];

export const warning = z
  .strictObject({ code: z.literal('both_triggers_on'), message: z.string() })
  .meta({ id: 'FlowWarning', description: 'A setting that is allowed but may be unintended' });

/** With several triggers on, one user may match more than one. The user still gets only one key. */
export async function warningsAbout(
  ledger: Ledger,
  tenant: string,
  flows: readonly Flow[],
): Promise<{ warnings?: z.output<typeof warning>[] }> {
  const on = triggerFlows.filter((slug) => flows.some((one) => one.slug === slug && one.enabled));
  const inUse = (await isProvisioned(ledger, tenant)) ? on : on.filter((slug) => slug !== 'scim-group-add');
  if (inUse.length < 2) return {};
  const message = `More than one trigger is on: ${inUse.join(', ')}. A user who matches several gets one key, from the first event. If only one is intended, switch the others off.`;
  return { warnings: [{ code: 'both_triggers_on', message }] };
}

/** Without a connection of a SCIM client there are no groups that it could push. */
async function isProvisioned(ledger: Ledger, tenant: string): Promise<boolean> {
  const connections = await listConnections(ledger, tenant);
  return connections.some(({ revokedAt }) => revokedAt === null);
}
