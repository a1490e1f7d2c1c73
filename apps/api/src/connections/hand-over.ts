import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { handOver as giveTo } from '@keycourier/ledger/directory/connections/hand-over';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { owner } from '../people/list-people.ts';
import { refuse } from '../problems.ts';
import { connectionParams, noSuchConnection } from './read-details.ts';

const body = z.strictObject({
  to: owner.meta({ description: 'A connection that is not revoked; `manual`: operators, as if entered by hand' }),
});

const handedOver = z.strictObject({
  people: z.int().min(0),
  groups: z.int().min(0).meta({ description: 'How many groups' }),
  isComplete: z.boolean().meta({ description: 'Whether nothing is left; otherwise send the request again' }),
});

export const handOverConnection: Endpoint = {
  contract: {
    name: 'handOverConnection',
    summary: 'Hand over what a revoked connection owns',
    description:
      'Gives people and groups of a revoked connection to another one of the tenant, or to no client, up to 500 of each in a request. Ids, memberships and shipments stay; the former client’s `externalId` ends. Repeating it is safe.',
    params: connectionParams,
    body: { isRequired: true, content: json(body, { to: 'manual' }) },
    answers: {
      200: {
        description: 'How many this request has handed over',
        content: json(handedOver, { people: 500, groups: 12, isComplete: false }),
      },
    },
    refusals: ['not_found', 'connection_not_revoked'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    const from = request.params['id'] ?? '';
    const { to } = request.body;
    const result = await actsOf(context, caller, request).change(
      (ledger) => giveTo(ledger, { tenant: tenant.name, from, to }),
      (made) =>
        made.outcome === 'handed_over'
          ? {
              action: 'connection.handed_over',
              subject: { kind: 'connection', id: from },
              detail: { to, people: made.people, groups: made.groups },
            }
          : null,
    );
    switch (result.outcome) {
      case 'not_found':
        return refuse('not_found', noSuchConnection);
      case 'no_such_owner':
        return refuse('not_found', 'There is no live connection with the id in `to`.');
      case 'not_revoked':
        return refuse('connection_not_revoked', 'Its client provisions these records: revoke the connection first.');
      case 'handed_over': {
        const { outcome: _, ...moved } = result;
        context.logger.info({ connectionId: from, to, by: apiKey.id, ...moved }, 'people and groups handed over');
        return { status: 200, body: moved satisfies z.output<typeof handedOver> };
      }
    }
  }),
};
