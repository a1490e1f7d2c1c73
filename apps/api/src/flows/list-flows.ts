import { listFlows as readFlows } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute, noQuery } from '../http/parse-request.ts';
import { flow, warning } from './flow-schema.ts';
import { warn } from './warn.ts';

const flows = z.strictObject({ items: z.array(flow), warnings: z.array(warning).optional() });

/** The tenant's flows, on or off. */
export const listFlows: Endpoint = {
  contract: {
    name: 'listFlows',
    summary: 'List flows',
    description:
      'The flows of the tenant, with the titles that Okta Workflows users know. One that was never switched is on.',
    answers: {
      200: {
        description: 'Every flow',
        content: json(flows, {
          items: [
            { slug: 'mfa-initiated', title: 'Create shipment trigger - MFA Initiated', enabled: true },
            { slug: 'group-add', title: 'Create shipment trigger - Group Add', enabled: false },
          ],
        }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const items = await readFlows(ledger, tenant.name);
    return { status: 200, body: { items, ...warn(items) } };
  }),
};
