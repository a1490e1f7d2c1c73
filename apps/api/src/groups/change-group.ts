import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { patchGroup } from '@keycourier/ledger/directory/groups/write-group';
import type { GroupOperation } from '@keycourier/scim-protocol/patch/patch-operation';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { writeByHand } from '../people/by-hand.ts';
import { refuseWrite } from '../people/refuse-write.ts';
import { refuse } from '../problems.ts';
import { isIdOf } from '../shipments/query-fields.ts';
import { displayName, group, groupExample, groupParams, memberIds, noSuchGroup, readGroup } from './group-schema.ts';

const body = z.strictObject({
  displayName: displayName.optional(),
  addMembers: memberIds.default([]),
  removeMembers: memberIds.default([]),
});

export const changeGroup: Endpoint = {
  contract: {
    name: 'changeGroup',
    summary: 'Change a group that was entered by hand',
    description:
      'Renames it, adds and removes members; who is one already, or is none, stays so. A group that a connection owns is refused: change it in the system that provisions it. One of a revoked connection becomes yours by the change.',
    params: groupParams,
    body: { isRequired: true, content: json(body, { addMembers: ['usr_01kab3v6d2m8zq4w0xrt5y7n9c'] }) },
    answers: { 200: { description: 'The updated group', content: json(group, groupExample) } },
    refusals: ['not_found', 'group_name_taken', 'owned_by_client'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const id = request.params['id'] ?? '';
    if (!isIdOf('grp', id)) return refuse('not_found', noSuchGroup);
    const operations = operationsOf(request.body);
    const changed = await writeByHand(ledger, tenant, {
      work: (scope) => patchGroup(scope, { id }, operations),
      acts: actsOf(context, caller, request),
      act: { action: 'group.changed', subject: { kind: 'group', id } },
    });
    if (changed.outcome === 'refused') return refuseWrite(changed);
    logger.info({ groupId: id, by: apiKey.id }, 'group changed by hand');
    const answer = await readGroup(ledger, tenant.name, id);
    return answer === null ? refuse('not_found', noSuchGroup) : { status: 200, body: answer };
  }),
};

function operationsOf({ displayName: name, addMembers, removeMembers }: z.output<typeof body>): GroupOperation[] {
  return [
    ...(name === undefined ? [] : [{ kind: 'rename', displayName: name } as const]),
    ...(removeMembers.length === 0 ? [] : [{ kind: 'remove_members', ids: removeMembers } as const]),
    ...(addMembers.length === 0 ? [] : [{ kind: 'add_members', ids: addMembers } as const]),
  ];
}
