import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import { countImported, listImported } from '@keycourier/ledger/hub/import-people';
import { listComparisons, readComparison, type Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { decideOnImport, importFromHub, type ImportDecision } from '@keycourier/operations/hub/hub-acts';
import { hasHub } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, isIdOf, limit, toCursor } from '../shipments/query-fields.ts';
import { oktaId } from './hub-people-schema.ts';
import {
  importedAction,
  importedExample,
  importedPerson,
  importExample,
  importRun,
  newImport,
  toImport,
  toImportedPerson,
} from './import-schema.ts';

const answer = { description: 'The import', content: json(importRun, importExample) };
const params = z.strictObject({
  importId: z.string().meta({ description: 'Of an import', example: importExample.id }),
});
const notFound = refuse('not_found', 'There is no such import. GET /v1/hub/imports lists the last 30.');

async function find({ ledger }: Context, { tenant }: Caller, id = ''): Promise<Comparison | null> {
  const found = isIdOf('cmp', id) ? await readComparison(ledger, { tenant: tenant.name, id }) : null;
  return found?.kind === 'import' ? found : null;
}

async function show(
  context: Context,
  caller: Caller,
  { id, status = 200 }: { id: string | undefined; status?: number },
): Promise<Answer> {
  const found = await find(context, caller, id);
  if (found === null) return notFound;
  const counts = await countImported(context.ledger, { tenant: caller.tenant.name, ids: [found.id] });
  return { status, body: toImport(found, counts.get(found.id) ?? []) };
}

export const requestHubImport: Endpoint = {
  contract: {
    name: 'importFromHub',
    locatedAt: '/v1/hub/imports',
    summary: 'Import people from the hub',
    description:
      'A worker reads the hub, and writes what differs of its people in the tenant’s org. With `dryRun` it says who would be changed in what, and writes nothing; that is possible before sourcing is switched on. While one of the same kind waits, runs or is held, another request asks for the same one.',
    body: { isRequired: true, content: json(newImport, { dryRun: true }) },
    answers: { 202: answer },
    refusals: ['no_hub', 'sourcing_off', 'another_runs'],
  },
  handler: bodyRoute({ query: noQuery, body: newImport }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    if (!(await hasHub(context.ledger, { tenant: tenant.name, config: tenant.hub })))
      return refuse('no_hub', 'The tenant has no hub: POST /v1/hub names one.');
    const { dryRun: isDryRun = false, full: isFull = false } = request.body;
    const wanted = { tenant: tenant.name, isDryRun, isFull, requestedBy: apiKey.id };
    const requested = await actsOf(context, caller, request).apply(importFromHub(wanted));
    switch (requested.outcome) {
      case 'sourcing_off':
        return refuse('sourcing_off', 'Switch `sourcing` on with PATCH /v1/hub/settings; a dry run needs no switch.');
      case 'another_runs':
        return refuse('another_runs', `${requested.id} waits, runs or is held: end it first, or wait for it.`);
      case 'requested':
        return show(context, caller, { id: requested.id, status: 202 });
    }
  }),
};

const listQuery = z.strictObject({ cursor: cursorOf('cmp').optional(), limit });

const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
  });

export const listHubImports: Endpoint = {
  contract: {
    name: 'listHubImports',
    summary: 'List imports from the hub',
    description: 'Dry runs as well; the newest first. The last 30 are kept.',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of imports',
        content: json(pageOf(importRun), { items: [importExample], nextCursor: null }),
      },
    },
    refusals: [],
  },
  handler: queryRoute(listQuery, async ({ ledger }, { tenant: { name: tenant } }, { query }) => {
    const filter = { tenant, before: query.cursor ?? null, limit: query.limit + 1, kind: 'import' as const };
    const rows = await listComparisons(ledger, filter);
    const items = rows.slice(0, query.limit);
    const counts = await countImported(ledger, { tenant, ids: items.map(({ id }) => id) });
    const last = rows.length > items.length ? items.at(-1) : undefined;
    const body = {
      items: items.map((run) => toImport(run, counts.get(run.id) ?? [])),
      nextCursor: last === undefined ? null : toCursor(last.id),
    };
    return { status: 200, body };
  }),
};

export const showHubImport: Endpoint = {
  contract: {
    name: 'showHubImport',
    summary: 'Show an import from the hub',
    description: 'How far it is, and how many people it changes.',
    params,
    answers: { 200: answer },
    refusals: ['not_found'],
  },
  handler: queryRoute(noQuery, (context, caller, { params: { importId: id } }) => show(context, caller, { id })),
};

const peopleQuery = z.strictObject({
  action: importedAction.optional().meta({ description: 'Only people with this action' }),
  after: oktaId.meta({ description: 'The last `hubUserId` of the page before' }).optional(),
  limit,
});

const imported = z.strictObject({ items: z.array(importedPerson) });

export const listImportedPeople: Endpoint = {
  contract: {
    name: 'listImportedPeople',
    summary: 'List the people of an import',
    readsPersonalData: true,
    description:
      'Whom it changes or could not change, in the order of their ids in the hub, by ids and names of attributes alone. Those who are as they should be are not listed.',
    params,
    query: peopleQuery,
    answers: { 200: { description: 'A page', content: json(imported, { items: [importedExample] }) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(peopleQuery, async (context, caller, { query, params: { importId } }) => {
    const run = await find(context, caller, importId);
    if (run === null) return notFound;
    const { action, after = null, limit: size } = query;
    const page = { tenant: caller.tenant.name, id: run.id, after, limit: size, action };
    const rows = await listImported(context.ledger, page);
    return { status: 200, body: { items: rows.map(toImportedPerson) } };
  }),
};

const decision = (
  name: ImportDecision,
  contract: { name: string; summary: string; description: string },
): Endpoint => ({
  contract: { ...contract, params, answers: { 200: answer }, refusals: ['not_found', 'import_not_held'] },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const run = await find(context, caller, request.params['importId']);
    if (run === null) return notFound;
    const act = decideOnImport(name, { tenant: caller.tenant.name, id: run.id });
    const isDone = await actsOf(context, caller, request).apply(act);
    if (!isDone) return refuse('import_not_held', `It is ${run.state}.`);
    return show(context, caller, { id: run.id });
  }),
});

export const releaseHubImport = decision('release', {
  name: 'releaseHubImport',
  summary: 'Let a held import go on',
  description:
    'It writes what it found. A person of whom it would be something else, or more attributes, by now is left to a later one.',
});

export const rejectHubImport = decision('reject', {
  name: 'rejectHubImport',
  summary: 'End a held import',
  description:
    'Nothing is written. The next one, which finds the same unless it was corrected, comes with the schedule.',
});
