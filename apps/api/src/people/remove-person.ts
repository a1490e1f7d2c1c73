import { bodyRoute, noBody, noQuery } from '@keycourier/http/parse-request';
import { deleteUser } from '@keycourier/ledger/directory/users/delete-user';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isIdOf } from '../shipments/query-fields.ts';
import { writeByHand } from './by-hand.ts';
import { noSuchPerson, personParams } from './read-person.ts';
import { refuseWrite } from './refuse-write.ts';

export const removePerson: Endpoint = {
  contract: {
    name: 'removePerson',
    summary: 'Remove a person whom no client provisions',
    description:
      'Deletes what the directory stores about them; their memberships end, and their open shipments are treated as those of a deactivated person.',
    params: personParams,
    answers: { 204: { description: 'The person is removed' } },
    refusals: ['not_found', 'owned_by_client'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const id = request.params['id'] ?? '';
    if (!isIdOf('usr', id)) return refuse('not_found', noSuchPerson);
    const removed = await writeByHand(ledger, tenant, {
      work: (scope) => deleteUser(scope, { id }),
      acts: actsOf(context, caller, request),
      act: { action: 'person.removed', subject: { kind: 'person', id } },
    });
    if (removed.outcome === 'refused') return refuseWrite(removed);
    logger.info({ personId: id, by: apiKey.id }, 'person removed by hand');
    return { status: 204, body: undefined };
  }),
};
