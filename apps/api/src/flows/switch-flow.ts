import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { isFlowSlug, listFlows, switchFlow as writeFlow } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flow, warning, warningsAbout } from './flow-schema.ts';

const params = z.object({ slug: z.string().meta({ description: 'The slug of a flow', example: 'group-add' }) });

const body = z.strictObject({ enabled: z.boolean() });

const switched = z.strictObject({ ...flow.shape, warnings: z.array(warning).optional() });

export const switchFlow: Endpoint = {
  contract: {
    name: 'switchFlow',
    summary: 'Switch a flow on or off',
    description:
      'While a trigger is off, its events are recorded as ignored and not replayed later. While `process-shipments` is off, no orders are placed; polling, activation and PIN delivery continue.',
    params,
    body: { isRequired: true, content: json(body, { enabled: false }) },
    answers: {
      200: {
        description: 'The updated flow',
        content: json(switched, { slug: 'group-add', title: 'Create shipment trigger - Group Add', enabled: false }),
      },
    },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { ledger } = context;
    const { tenant } = caller;
    const { enabled } = request.body;
    const slug = request.params['slug'] ?? '';
    if (!isFlowSlug(slug)) return refuse('not_found', 'There is no flow with this slug. GET /v1/flows lists them.');
    const acts = actsOf(context, caller, request);
    await writeFlow(ledger, {
      tenant: tenant.name,
      slug,
      enabled,
      alongside: (tx) =>
        acts.record(tx, { action: 'flow.switched', subject: { kind: 'flow', id: slug }, detail: { enabled } }),
    });
    acts.committed();
    const flows = await listFlows(ledger, tenant.name);
    const warned = await warningsAbout(ledger, tenant.name, flows);
    return { status: 200, body: { ...flows.find((one) => one.slug === slug), ...warned } };
  }),
};
