import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import { listAssignments } from '@keycourier/ledger/hub/assignments';
import { assignmentOfGroups, endOfGroupAssignment } from '@keycourier/operations/hub/hub-acts';
import { hasHub } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { limit } from '../shipments/query-fields.ts';
import { groupAssignment, newGroupAssignments, oktaId, toGroupAssignment } from './hub-people-schema.ts';
import { isSource } from './import-schema.ts';

const query = z.strictObject({
  after: oktaId.meta({ description: 'The last `groupId` of the page before' }).optional(),
  limit,
});

const page = z.strictObject({ items: z.array(groupAssignment) });

export const listAssignedGroups: Endpoint = {
  contract: {
    name: 'listGroupsOfHub',
    summary: 'List groups whose members are assigned to the hub',
    description: 'Groups of the tenant’s org, in the order of their ids.',
    query,
    answers: {
      200: {
        description: 'A page',
        content: json(page, { items: [{ groupId: '00g1example', assignedAt: '2026-11-30T09:05:02.000Z' }] }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, request) => {
    const { after = '', limit: size } = request.query;
    const rows = await listAssignments(ledger, {
      tenant: tenant.name,
      after: { kind: 'group', spokeId: after },
      limit: size,
    });
    return { status: 200, body: { items: rows.filter(({ kind }) => kind === 'group').map(toGroupAssignment) } };
  }),
};

export const assignGroups: Endpoint = {
  contract: {
    name: 'assignGroupsToHub',
    summary: 'Assign the members of groups to the hub',
    description:
      'A comparison finds the members, who are pushed; who joins or leaves follows. The groups themselves are pushed by POST /v1/hub/groups.',
    body: { isRequired: true, content: json(newGroupAssignments, { groupIds: ['00g1example'] }) },
    answers: { 202: { description: 'They are assigned' } },
    refusals: ['no_hub', 'hub_is_source'],
  },
  handler: bodyRoute({ query: noQuery, body: newGroupAssignments }, async (context, caller, request) => {
    const tenant = caller.tenant.name;
    if (!(await hasHub(context.ledger, { tenant, config: caller.tenant.hub })))
      return refuse('no_hub', 'The tenant has no hub: POST /v1/hub names one.');
    const groups = { tenant, groupIds: request.body.groupIds };
    const made = await actsOf(context, caller, request).apply(assignmentOfGroups(groups, caller.apiKey.id));
    return made.outcome === 'hub_is_source' ? isSource : { status: 202, body: undefined };
  }),
};

export const unassignGroup: Endpoint = {
  contract: {
    name: 'unassignGroupFromHub',
    summary: 'End the assignment of a group’s members to the hub',
    description:
      'Members who are not assigned by themselves or by another group are deactivated in the hub, where the link may do that, and never deleted.',
    params: z.strictObject({ groupId: oktaId }),
    answers: { 204: { description: 'The group is not assigned any more' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const [tenant, groupId] = [caller.tenant.name, request.params['groupId'] ?? ''];
    const act = endOfGroupAssignment(tenant, groupId, caller.apiKey.id);
    return (await actsOf(context, caller, request).apply(act))
      ? { status: 204, body: undefined }
      : refuse('not_found', 'The group is not assigned.');
  }),
};
