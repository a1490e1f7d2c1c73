import { bodyRoute, noBody, noQuery } from '@keycourier/http/parse-request';
import { deleteGroup } from '@keycourier/ledger/directory/groups/write-group';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { writeByHand } from '../people/by-hand.ts';
import { refuseWrite } from '../people/refuse-write.ts';
import { refuse } from '../problems.ts';
import { isIdOf } from '../shipments/query-fields.ts';
import { groupParams, noSuchGroup } from './group-schema.ts';

export const removeGroup: Endpoint = {
  contract: {
    name: 'removeGroup',
    summary: 'Remove a group that no client provisions',
    description: 'Its members stay in the directory.',
    params: groupParams,
    answers: { 204: { description: 'The group is removed' } },
    refusals: ['not_found', 'owned_by_client'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const id = request.params['id'] ?? '';
    if (!isIdOf('grp', id)) return refuse('not_found', noSuchGroup);
    const removed = await writeByHand(ledger, tenant, {
      work: (scope) => deleteGroup(scope, { id }),
      acts: actsOf(context, caller, request),
      act: { action: 'group.removed', subject: { kind: 'group', id } },
    });
    if (removed.outcome === 'refused') return refuseWrite(removed);
    logger.info({ groupId: id, by: apiKey.id }, 'group removed by hand');
    return { status: 204, body: undefined };
  }),
};
