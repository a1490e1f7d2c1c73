import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import { listAssignments } from '@keycourier/ledger/hub/assignments';
import { readLinkWait } from '@keycourier/ledger/hub/hub-health';
import { countMirrors, listMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { readHubSettings } from '@keycourier/ledger/hub/settings';
import {
  assignmentOfPeople,
  changeOfSettings,
  endOfAssignment,
  pushOfPeople,
} from '@keycourier/operations/hub/hub-acts';
import { hasHub } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, limit, optionalFlag, toCursor } from '../shipments/query-fields.ts';
import {
  assignment,
  assignmentExample,
  changedSettings,
  hubPerson,
  hubPersonExample,
  newAssignments,
  oktaId,
  pushed,
  settings,
  settingsExample,
  toAssignment,
  toHubPerson,
  toSettings,
} from './hub-people-schema.ts';
import { bothWays, changesOfSourcing, isSource } from './import-schema.ts';
import { hubPeopleState, toPeopleState } from './people-state-schema.ts';

/** Settings need a hub that someone named. */
const isNamed = ({ ledger }: Context, { tenant }: Caller): Promise<boolean> =>
  hasHub(ledger, { tenant: tenant.name, config: tenant.hub });

const noHub = refuse('no_hub', 'The tenant has no hub: POST /v1/hub names one.');

const settingsAnswer = { description: 'What the link may do', content: json(settings, settingsExample) };

async function showSettings({ ledger }: Context, { tenant }: Caller): Promise<Answer> {
  return { status: 200, body: toSettings(await readHubSettings(ledger, tenant.name)) };
}

export const showHubSettings: Endpoint = {
  contract: {
    name: 'showHubSettings',
    summary: 'Show what the link to the hub may do',
    description: 'Every part of the link is off until it is switched on.',
    answers: { 200: settingsAnswer },
    refusals: [],
  },
  handler: queryRoute(noQuery, showSettings),
};

export const changeHubSettingsRoute: Endpoint = {
  contract: {
    name: 'changeHubSettings',
    summary: 'Change what is pushed to the hub',
    description:
      'Parts that are absent stay. With `revision`, nothing changes where it is not the current one. A link has one direction: what is pushed, and `sourcing`, exclude each other.',
    body: { isRequired: true, content: json(changedSettings, { create: true, update: true }) },
    answers: { 200: settingsAnswer },
    refusals: ['no_hub', 'revision_outdated', 'hub_is_source'],
  },
  handler: bodyRoute({ query: noQuery, body: changedSettings }, async (context, caller, request) => {
    if (!(await isNamed(context, caller))) return noHub;
    const { revision, initialStatus, mapping, compareEveryMs, sourcing, ...switches } = request.body;
    const from = changesOfSourcing(sourcing);
    const changes = { revision, initialStatus, mapping, compareEveryMs, switches, sourcing: from };
    const changed = await actsOf(context, caller, request).apply(changeOfSettings(caller.tenant.name, changes));
    if (changed === null) return refuse('revision_outdated', 'The settings were changed meanwhile. Read them again.');
    if (changed === 'two_directions') return bothWays;
    return { status: 200, body: toSettings(changed) };
  }),
};

const peopleQuery = z.strictObject({
  problem: optionalFlag.meta({ description: 'Only people whom the hub refused' }),
  drift: optionalFlag.meta({ description: 'Only people whose users in the two orgs differ' }),
  userId: oktaId.optional(),
  cursor: cursorOf('mir').optional(),
  limit,
});

const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
  });

export const listHubPeople: Endpoint = {
  contract: {
    name: 'listHubPeople',
    summary: 'List people of the hub',
    readsPersonalData: true,
    description: 'How far each person is pushed, and why not. The hub’s own users are not listed.',
    query: peopleQuery,
    answers: {
      200: {
        description: 'A page of people',
        content: json(pageOf(hubPerson), { items: [hubPersonExample], nextCursor: null }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(peopleQuery, async ({ ledger }, { tenant }, { query }) => {
    const { cursor: after = null, limit: size, problem: hasProblem, drift: hasDrift, userId } = query;
    const rows = await listMirrors(ledger, {
      tenant: tenant.name,
      after,
      limit: size + 1,
      only: [
        ...(hasProblem === true ? (['problem'] as const) : []),
        ...(hasDrift === true ? (['drift'] as const) : []),
      ],
      ...(userId === undefined ? {} : { userIds: [userId] }),
    });
    const last = rows.length > size ? rows[size - 1] : undefined;
    const nextCursor = last === undefined ? null : toCursor(last.id);
    return { status: 200, body: { items: rows.slice(0, size).map(toHubPerson), nextCursor } };
  }),
};

export const showHubPeople: Endpoint = {
  contract: {
    name: 'countHubPeople',
    summary: 'Count people of the hub',
    description: 'How many are pushed, and how many are not, by reason; since when the first waits, and why.',
    answers: {
      200: {
        description: 'The counts',
        content: json(hubPeopleState, {
          states: { new: 0, creating: 0, waking: 0, linked: 120, left: 3 },
          due: 2,
          dueSince: '2026-11-30T09:05:02.000Z',
          waiting: { reason: 'credentials_refused', since: '2026-11-30T09:05:03.000Z' },
          drift: 1,
          problems: [{ problem: 'sourced_elsewhere', people: 1 }],
        }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const [counts, wait] = [await countMirrors(ledger, tenant.name), await readLinkWait(ledger, tenant.name)];
    return { status: 200, body: toPeopleState(counts, wait) };
  }),
};

export const pushHubPeople: Endpoint = {
  contract: {
    name: 'pushHubPeople',
    summary: 'Push people now',
    description:
      'Compares each of them in both orgs and writes what differs. One whom the hub itself deactivated or deleted comes back: nothing but this request does that.',
    body: { isRequired: true, content: json(pushed, { userIds: ['00u1example'] }) },
    answers: { 202: { description: 'They are pushed soon' } },
    refusals: ['no_hub', 'hub_is_source'],
  },
  handler: bodyRoute({ query: noQuery, body: pushed }, async (context, caller, request) => {
    if (!(await isNamed(context, caller))) return noHub;
    const people = { tenant: caller.tenant.name, userIds: request.body.userIds };
    const made = await actsOf(context, caller, request).apply(pushOfPeople(people));
    return made.outcome === 'hub_is_source' ? isSource : { status: 202, body: undefined };
  }),
};

const assignmentsQuery = z.strictObject({
  after: oktaId.meta({ description: 'The last `userId` of the page before' }).optional(),
  limit,
});

const assignments = z.strictObject({ items: z.array(assignment) });

export const listHubAssignments: Endpoint = {
  contract: {
    name: 'listHubAssignments',
    summary: 'List who is assigned to the hub',
    readsPersonalData: true,
    description: 'People of the tenant’s org, in the order of their ids.',
    query: assignmentsQuery,
    answers: { 200: { description: 'A page', content: json(assignments, { items: [assignmentExample] }) } },
    refusals: [],
  },
  handler: queryRoute(assignmentsQuery, async ({ ledger }, { tenant }, { query }) => {
    const after = { kind: 'person' as const, spokeId: query.after ?? '' };
    const rows = await listAssignments(ledger, { tenant: tenant.name, after, limit: query.limit });
    return { status: 200, body: { items: rows.map(toAssignment) } };
  }),
};

export const assignHubPeople: Endpoint = {
  contract: {
    name: 'assignToHub',
    summary: 'Assign people to the hub',
    description:
      'They are pushed soon, with the initial status of each. A security question is encrypted, and erased once it was set.',
    body: { isRequired: true, content: json(newAssignments, { userIds: ['00u1example'] }) },
    answers: { 202: { description: 'They are assigned' } },
    refusals: ['no_hub', 'hub_is_source'],
  },
  handler: bodyRoute({ query: noQuery, body: newAssignments }, async (context, caller, request) => {
    if (!(await isNamed(context, caller))) return noHub;
    const { initialStatus = null, securityQuestion = null, userIds } = request.body;
    const how = { initialStatus, securityQuestion, assignedBy: caller.apiKey.id };
    const people = { tenant: caller.tenant.name, userIds };
    const made = await actsOf(context, caller, request).apply(assignmentOfPeople(people, how));
    return made.outcome === 'hub_is_source' ? isSource : { status: 202, body: undefined };
  }),
};

export const unassignHubPerson: Endpoint = {
  contract: {
    name: 'unassignFromHub',
    summary: 'End the assignment of a person to the hub',
    description: 'Their user in the hub is deactivated, where the link may do that, and never deleted.',
    params: z.strictObject({ userId: oktaId }),
    answers: { 204: { description: 'The person is not assigned any more' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const end = endOfAssignment(caller.tenant.name, request.params['userId'] ?? '');
    const isRemoved = await actsOf(context, caller, request).apply(end);
    return isRemoved ? { status: 204, body: undefined } : refuse('not_found', 'The person is not assigned.');
  }),
};
