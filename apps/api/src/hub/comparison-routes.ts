import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery, queryRoute } from '@keycourier/http/parse-request';
import { comparedOutcomes } from '@keycourier/ledger/hub/compared-people';
import {
  listCompared,
  listComparisons,
  readComparison,
  type Compared,
  type Comparison,
} from '@keycourier/ledger/hub/list-comparisons';
import { comparisonStates } from '@keycourier/ledger/hub/tables';
import { startOfComparison } from '@keycourier/operations/hub/hub-acts';
import { hasHub } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, isIdOf, limit, toCursor } from '../shipments/query-fields.ts';
import { oktaId } from './hub-people-schema.ts';

const time = z.iso.datetime();
const comparisonId = z.string().meta({ description: 'The id of a comparison', example: 'cmp_01jexample' });

const comparison = z
  .strictObject({
    id: comparisonId,
    kind: z.string().meta({ description: '`people`: of those who are pushed to the hub' }),
    state: z.enum(comparisonStates).meta({ description: 'Which side it reads now, or how it ended' }),
    dryRun: z.boolean().meta({ description: 'It reports, and nothing is pushed' }),
    pages: z.int().meta({ description: 'Pages that were read' }),
    counts: z.record(z.string(), z.int()).meta({
      description:
        'How many people it compared, made `due`, would change with a part of the link that is `off`, and by the `outcome` of the report',
    }),
    heldShare: z.number().nullable().meta({ description: 'The share that it would change, of one that is held' }),
    problem: z.string().nullable().meta({ description: 'Why it failed' }),
    requestedAt: time.meta({ description: 'When it was asked for' }),
    startedAt: time.nullable().meta({ description: 'When its first page was read' }),
    endedAt: time.nullable().meta({ description: 'When it ended' }),
  })
  .meta({ id: 'HubComparison' });

const toComparison = ({
  isDryRun: dryRun,
  requestedBy: _,
  requestedAt,
  startedAt,
  endedAt,
  ...rest
}: Comparison): z.input<typeof comparison> => ({
  ...rest,
  dryRun,
  requestedAt: requestedAt.toISOString(),
  startedAt: startedAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
});

const example: z.input<typeof comparison> = {
  id: 'cmp_01jexample',
  kind: 'people',
  state: 'ended',
  dryRun: false,
  pages: 101,
  counts: { compared: 10_000, due: 2, off: 0, update: 2 },
  heldShare: null,
  problem: null,
  requestedAt: '2026-11-30T02:00:00.000Z',
  startedAt: '2026-11-30T02:00:01.000Z',
  endedAt: '2026-11-30T02:02:40.000Z',
};

const nextCursor = z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' });
const listQuery = z.strictObject({ cursor: cursorOf('cmp').optional(), limit });

export const listHubComparisons: Endpoint = {
  contract: {
    name: 'listHubComparisons',
    summary: 'List comparisons with the hub',
    description: 'The newest first.',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of comparisons',
        content: json(z.strictObject({ items: z.array(comparison), nextCursor }), {
          items: [example],
          nextCursor: null,
        }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(listQuery, async ({ ledger }, { tenant }, { query }) => {
    const { cursor = null, limit: size } = query;
    const rows = await listComparisons(ledger, {
      tenant: tenant.name,
      before: cursor,
      limit: size + 1,
      kind: 'people',
    });
    const last = rows.length > size ? rows[size - 1] : undefined;
    const items = rows.slice(0, size).map(toComparison);
    return { status: 200, body: { items, nextCursor: last === undefined ? null : toCursor(last.id) } };
  }),
};

const person = z
  .strictObject({
    userId: oktaId,
    hubUserId: z.string().nullable().meta({ description: 'Their id in the hub; null where they have none' }),
    outcome: z.string().meta({ description: 'What a push does with them, or why it does not: the codes of people' }),
    isDue: z.boolean().meta({ description: 'The comparison made them due' }),
    isOff: z.boolean().meta({ description: 'It would, if a part of the link were on' }),
  })
  .meta({ id: 'HubComparedPerson' });

const reportQuery = z.strictObject({
  outcome: z.enum(comparedOutcomes).optional().meta({ description: 'Only people with this one' }),
  after: oktaId.meta({ description: 'The last `userId` of the page before' }).optional(),
  limit,
});

const toPerson = (row: Compared): z.input<typeof person> => ({ ...row });
const examplePerson = { userId: '00u1example', hubUserId: '00u2example', outcome: 'update', isDue: true, isOff: false };

export const showHubComparison: Endpoint = {
  contract: {
    name: 'showHubComparison',
    summary: 'Show a comparison with the hub',
    readsPersonalData: true,
    description:
      'With a page of its report: the people who were not as the tenant’s org requires, in the order of their ids.',
    params: z.strictObject({ id: comparisonId }),
    query: reportQuery,
    answers: {
      200: {
        description: 'The comparison',
        content: json(comparison.extend({ people: z.array(person) }).meta({ id: 'HubComparisonReport' }), {
          ...example,
          people: [examplePerson],
        }),
      },
    },
    refusals: ['not_found'],
  },
  handler: queryRoute(reportQuery, async ({ ledger }, caller, { params, query }) => {
    const [tenant, id] = [caller.tenant.name, params['id'] ?? ''];
    const found = isIdOf('cmp', id) ? await readComparison(ledger, { tenant, id }) : null;
    if (found === null) return refuse('not_found', 'There is no such comparison.');
    const { outcome, after = null, limit: size } = query;
    const page = { tenant, id, after, limit: size, ...(outcome === undefined ? {} : { outcome }) };
    const people = (await listCompared(ledger, page)).map(toPerson);
    return { status: 200, body: { ...toComparison(found), people } };
  }),
};

const wanted = z.strictObject({ dryRun: z.boolean().default(false).meta({ description: 'Report, and push no one' }) });

export const compareWithHub: Endpoint = {
  contract: {
    name: 'compareWithHub',
    locatedAt: '/v1/hub/comparisons',
    summary: 'Compare people with the hub',
    description:
      'Reads both orgs whole, page by page, and makes those people due who differ. One of the same kind that goes on already is the answer: a link has one at a time.',
    body: { isRequired: true, content: json(wanted, { dryRun: true }) },
    answers: {
      202: { description: 'It is running soon', content: json(comparison, { ...example, state: 'pending' }) },
    },
    refusals: ['no_hub', 'another_runs'],
  },
  handler: bodyRoute({ query: noQuery, body: wanted }, async (context, caller, request) => {
    const tenant = caller.tenant.name;
    if (!(await hasHub(context.ledger, { tenant, config: caller.tenant.hub })))
      return refuse('no_hub', 'The tenant has no hub: POST /v1/hub names one.');
    const how = { isDryRun: request.body.dryRun, requestedBy: caller.apiKey.id };
    const { outcome, id } = await actsOf(context, caller, request).apply(startOfComparison(tenant, how));
    if (outcome === 'another_runs')
      return refuse(
        'another_runs',
        `${id} goes on, and ${how.isDryRun ? 'pushes people' : 'is a dry run'}: wait for it.`,
      );
    const made = await readComparison(context.ledger, { tenant, id });
    return made === null ? refuse('not_found', 'The comparison is gone.') : { status: 202, body: toComparison(made) };
  }),
};
