import { namesOf } from '@keycourier/http/contract';
import { flows as allFlows } from '@keycourier/journey/model/flows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Flow } from '@keycourier/ledger/flows/flows';
import { warningOfTriggers } from '@keycourier/operations/flow-warnings';
import { z } from 'zod';

export const flow = z
  .strictObject({ slug: z.enum(namesOf(allFlows)), title: z.string(), enabled: z.boolean() })
  .meta({ id: 'Flow' });

export const warning = z
  .strictObject({ code: z.literal('both_triggers_on'), message: z.string() })
  .meta({ id: 'FlowWarning', description: 'A setting that is allowed but may be unintended' });

/** As a member of an answer: none where there is nothing to warn about. */
export async function warningsAbout(
  ledger: Ledger,
  tenant: string,
  flows: readonly Flow[],
): Promise<{ warnings?: z.output<typeof warning>[] }> {
  const message = await warningOfTriggers(ledger, tenant, flows);
  return message === null ? {} : { warnings: [{ code: 'both_triggers_on', message }] };
}
