import { json } from '@keycourier/http/contract';
import { queryRoute, noQuery } from '@keycourier/http/parse-request';
import { listFlows as readFlows } from '@keycourier/ledger/flows/flows';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { flow, warning, warningsAbout } from './flow-schema.ts';

const flows = z.strictObject({ items: z.array(flow), warnings: z.array(warning).optional() });

export const listFlows: Endpoint = {
  contract: {
    name: 'listFlows',
    summary: 'List flows',
    description: 'The flows of the tenant, with their titles in Okta Workflows. By default every flow is on.',
    answers: {
      200: {
        description: 'All flows',
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
    return { status: 200, body: { items, ...(await warningsAbout(ledger, tenant.name, items)) } };
  }),
};
