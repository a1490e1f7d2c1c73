import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import type { ParsedRequest } from '@keycourier/http/parse-request';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readMapping, readMappings } from '@keycourier/ledger/hub/groups';
import { actOnGroup, pushOfGroup, type GroupActName } from '@keycourier/operations/hub/hub-acts';
import { hasHub } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, isIdOf, limit, toCursor } from '../shipments/query-fields.ts';
import { newPushedGroup, pushedGroup, pushedGroupExample, pushedGroupParams, toPushedGroup } from './group-schema.ts';
import { isSource } from './import-schema.ts';

const answer = { description: 'The group as it is pushed', content: json(pushedGroup, pushedGroupExample) };
const noMapping = refuse('not_found', 'No group is pushed under this id. GET /v1/hub/groups lists those that are.');

const page = z.strictObject({
  items: z.array(pushedGroup),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

const listQuery = z.strictObject({ cursor: cursorOf('hgm').optional(), limit });

export const listPushedGroups: Endpoint = {
  contract: {
    name: 'listPushedGroups',
    summary: 'List the groups that are pushed to the hub',
    description:
      'Each with its state, its last push and what keeps it from the hub, in the order in which they were added.',
    query: listQuery,
    answers: {
      200: { description: 'A page of groups', content: json(page, { items: [pushedGroupExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(listQuery, async ({ ledger }, { tenant }, { query }) => {
    const found = await readMappings(ledger, {
      tenant: tenant.name,
      after: query.cursor ?? null,
      limit: query.limit + 1,
    });
    const items = found.slice(0, query.limit);
    const last = found.length > items.length ? items.at(-1) : undefined;
    return {
      status: 200,
      body: { items: items.map(toPushedGroup), nextCursor: last === undefined ? null : toCursor(last.id) },
    };
  }),
};

export const showPushedGroup: Endpoint = {
  contract: {
    name: 'showPushedGroup',
    summary: 'Show a group that is pushed to the hub',
    description: 'Its state, its last push, and what keeps it or some of its members from the hub.',
    params: pushedGroupParams,
    answers: { 200: answer },
    refusals: ['not_found'],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }, { params }) => show(ledger, tenant.name, params['id'])),
};

async function show(ledger: Ledger, tenant: string, id = ''): Promise<Answer> {
  const found = isIdOf('hgm', id) ? await readMapping(ledger, tenant, id) : null;
  return found === null ? noMapping : { status: 200, body: toPushedGroup(found) };
}

export const pushGroup: Endpoint = {
  contract: {
    name: 'pushGroup',
    locatedAt: '/v1/hub/groups',
    summary: 'Push a group to the hub',
    description:
      'Makes a group of the same name in the hub, or links one that exists where `target` names it. Its members follow: those who have a user in the hub. A group that only has the same name is never taken over.',
    body: { isRequired: true, content: json(newPushedGroup, { groupId: pushedGroupExample.groupId }) },
    answers: { 201: answer },
    refusals: ['group_is_pushed', 'no_hub', 'hub_is_source'],
  },
  handler: bodyRoute({ query: noQuery, body: newPushedGroup }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    if (!(await hasHub(context.ledger, { tenant: tenant.name, config: tenant.hub })))
      return refuse('no_hub', 'There is nothing to push to: name a hub with POST /v1/hub or in keycourier.yaml.');
    const { groupId, target } = request.body;
    const made = await actsOf(context, caller, request).apply(
      pushOfGroup({
        tenant: tenant.name,
        groupId,
        target: target === undefined ? 'new' : 'existing',
        targetId: target?.id ?? null,
        targetName: target?.name ?? null,
        createdBy: apiKey.id,
      }),
    );
    if (made.outcome === 'hub_is_source') return isSource;
    if (made.result === null) return refuse('group_is_pushed', 'The group is pushed. GET /v1/hub/groups lists it.');
    return { status: 201, body: toPushedGroup(made.result) };
  }),
};

/** An act on one mapping, and its audit entry; false where there is no such one of the tenant. */
async function act(
  context: Context,
  caller: Caller,
  { request, name }: { request: ParsedRequest<unknown, unknown>; name: GroupActName },
): Promise<boolean> {
  const [tenant, id] = [caller.tenant.name, request.params['id'] ?? ''];
  if (!isIdOf('hgm', id)) return false;
  return actsOf(context, caller, request).apply(actOnGroup(name, { tenant, id }));
}

const actOn = (
  contract: Pick<Endpoint['contract'], 'name' | 'summary' | 'description'>,
  name: GroupActName,
): Endpoint => ({
  contract: { ...contract, params: pushedGroupParams, answers: { 200: answer }, refusals: ['not_found'] },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const isDone = await act(context, caller, { request, name });
    return isDone ? show(context.ledger, caller.tenant.name, request.params['id']) : noMapping;
  }),
});

export const pushGroupNow = actOn(
  {
    name: 'pushGroupNow',
    summary: 'Push a group now',
    description: 'Compares the group and all its members with the hub, and writes what differs. Ends a pause.',
  },
  'push',
);

export const pauseGroup = actOn(
  {
    name: 'pauseGroup',
    summary: 'Pause a pushed group',
    description: 'Nothing of it is written to the hub until it is pushed again, which compares it as a whole.',
  },
  'pause',
);

const unlinkQuery = z.strictObject({
  deleteTarget: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Whether the group is deleted in the hub; without, it stays there with its members' }),
});

export const unlinkPushedGroup: Endpoint = {
  contract: {
    name: 'unlinkPushedGroup',
    summary: 'End the push of a group',
    description:
      'Its group in the hub stays, with its members, unless `deleteTarget` is true: then a worker deletes it, and the mapping ends once it is gone. A group that another mapping pushes to is not deleted.',
    params: pushedGroupParams,
    query: unlinkQuery,
    answers: { 204: { description: 'The group is not pushed any more, or will not be once its target is deleted' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: unlinkQuery, body: noBody }, async (context, caller, request) => {
    const name = request.query.deleteTarget === 'true' ? 'delete' : 'unlink';
    const isDone = await act(context, caller, { request, name });
    return isDone ? { status: 204, body: undefined } : noMapping;
  }),
};
