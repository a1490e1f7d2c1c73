import { isFlowSlug, listFlows, switchFlow as writeFlow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

import { refuse } from '../http/answer.ts';
import { noQuery, taking } from '../http/given.ts';
import { warn } from './warn.ts';

const body = z.strictObject({ enabled: z.boolean() });

/** Switches one of the tenant's flows on or off. */
export const switchFlow = taking({ query: noQuery, body }, async ({ ledger }, { tenant }, given) => {
  const slug = given.params['slug'] ?? '';
  if (!isFlowSlug(slug)) return refuse('not_found', 'There is no flow with this slug. GET /v1/flows lists them.');
  await writeFlow(ledger, tenant.name, slug, given.body.enabled);
  const flows = await listFlows(ledger, tenant.name);
  return { status: 200, body: { ...flows.find((flow) => flow.slug === slug), ...warn(flows) } };
});
