import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { readCatchUp } from '@keycourier/ledger/catch-up/read-catch-up';

import type { Endpoint } from '../endpoint.ts';
import { catchUp, exampleOfCatchUp, toCatchUpDto } from './catch-up-dto.ts';

export const showCatchUp: Endpoint = {
  contract: {
    name: 'showCatchUp',
    summary: 'Show how events arrive',
    description:
      "How far the tenant's Okta System Log is read, which events only it had, and what the event hook delivers. The log is polled for events that the hook did not deliver.",
    answers: { 200: { description: 'The state of catch-up', content: json(catchUp, exampleOfCatchUp) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const { catchUp: settings, name } = tenant;
    const status = await readCatchUp(ledger, name, { graceMs: settings.hookGrace });
    return { status: 200, body: toCatchUpDto({ tenant: name, isEnabled: settings.enabled, status }) };
  }),
};
