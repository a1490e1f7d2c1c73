import { isFlowSlug, listFlows, switchFlow as writeFlow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

import { refuse } from '../http/answer.ts';
import { json, type Endpoint } from '../http/contract.ts';
import { noQuery, bodyRoute } from '../http/parse-request.ts';
import { flow, warning } from './flow-schema.ts';
import { warn } from './warn.ts';

const params = z.object({ slug: z.string().meta({ description: 'A flow', example: 'group-add' }) });

const body = z.strictObject({ enabled: z.boolean() });

const switched = z.strictObject({ ...flow.shape, warnings: z.array(warning).optional() });

/** Switches one of the tenant's flows on or off. */
export const switchFlow: Endpoint = {
  contract: {
    name: 'switchFlow',
    summary: 'Switch a flow on or off',
    description:
      'A trigger that is off records its events as ignored and does not replay them. With `process-shipments` off there are no new orders, while polling, activation and PINs go on.',
    params,
    body: { isRequired: true, content: json(body, { enabled: false }) },
    answers: {
      200: {
        description: 'The flow as it is now',
        content: json(switched, { slug: 'group-add', title: 'Create shipment trigger - Group Add', enabled: false }),
      },
    },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body }, async ({ ledger }, { tenant }, given) => {
    const slug = given.params['slug'] ?? '';
    if (!isFlowSlug(slug)) return refuse('not_found', 'There is no flow with this slug. GET /v1/flows lists them.');
    await writeFlow(ledger, tenant.name, slug, given.body.enabled);
    const flows = await listFlows(ledger, tenant.name);
    return { status: 200, body: { ...flows.find((one) => one.slug === slug), ...warn(flows) } };
  }),
};
