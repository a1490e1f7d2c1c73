import { missingScope, type Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import {
  countBulkItems,
  createBulkAction,
  listBulkActions as readPage,
  readBulkAction,
  startBulkAction as start,
  stopBulkAction as stop,
  type StartResult,
} from '@keycourier/ledger/bulk/bulk-actions';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { scopesFor } from '@keycourier/operations/bulk/access';
import { keyActs } from '@keycourier/operations/hands';
import { z } from 'zod';

import { actorOf, actsOf } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, limit, toCursor } from '../shipments/query-fields.ts';
import { refuseAddresses } from '../shipments/refuse-addresses.ts';
import { bulk, bulkExample, bulkWithCounts, newBulk, startBody, toBulk, toFilter, withCounts } from './bulk-schema.ts';
import { bulkParams, withBulk } from './with-bulk.ts';

const answer = (description: string) => ({ description, content: json(bulkWithCounts, bulkExample) });

async function show(ledger: Ledger, { tenant, id }: Pick<BulkAction, 'tenant' | 'id'>): Promise<Answer> {
  const found = await readBulkAction(ledger, tenant, id);
  return found === null
    ? refuse('not_found', 'There is no such action any more.')
    : { status: 200, body: withCounts(found, await countBulkItems(ledger, id)) };
}

/** Thousands of addresses or PINs need the scopes of one. */
function refuseAction(caller: Caller, action: BulkAction['action']): Answer | null {
  if (action === 'accept-correction') return refuseAddresses(caller, 'correction');
  const missing = scopesFor(action).find((scope) => !caller.apiKey.scopes.includes(scope));
  return missing === undefined ? null : missingScope(missing, `This needs an API key with the scope "${missing}".`);
}

const byOf = ({ mode }: Pick<Context, 'mode'>, { apiKey }: Caller) => ({
  actor: actorOf(apiKey),
  hand: keyActs(apiKey, mode),
});

export const createBulk: Endpoint = {
  contract: {
    name: 'createBulkAction',
    locatedAt: '/v1/bulk-actions',
    summary: 'Start a dry run of an action on all shipments of a filter',
    description:
      'Selects the shipments that the filter has now, 10,000 at most, and has a worker check in a dry run what the action would do with each: nothing is done before `POST /v1/bulk-actions/{id}/start`. `accept-correction` needs the scope `addresses` too.',
    body: {
      isRequired: true,
      content: json(newBulk, { action: 'retry', filter: { cause: 'profile_problems primaryPhone/missing' } }),
    },
    isOnce: true,
    answers: {
      201: { ...answer('The action, whose dry run is under way') },
    },
    refusals: ['overrides_forbidden', 'too_many_checks'],
  },
  handler: bodyRoute({ query: noQuery, body: newBulk }, async (context, caller, { body, idempotencyKey }) => {
    const { action, filter } = body;
    const { tenant, apiKey } = caller;
    const refusal = refuseAction(caller, action);
    if (refusal !== null) return refusal;
    const once = { apiKeyId: apiKey.id, idempotencyKey, route: 'POST /v1/bulk-actions', body };
    const wanted = { tenant: tenant.name, action, filter: toFilter(filter), by: byOf(context, caller) };
    return answerOnce(context.ledger, once, async (db) => {
      const ledger = { ...context.ledger, db };
      const made = await createBulkAction(ledger, { ...wanted, access: apiKey.id });
      return made === null
        ? refuse('too_many_checks', 'Five dry runs of actions of this tenant are under way. Wait for one of them.')
        : { ...(await show(ledger, made)), status: 201 };
    });
  }),
};

const listQuery = z.strictObject({ cursor: cursorOf('blk').optional(), limit });

const page = z.strictObject({
  items: z.array(bulk).meta({ description: 'The actions of this page' }),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

const { counts: _counts, reasons: _reasons, ...listedExample } = bulkExample;

export const listBulks: Endpoint = {
  contract: {
    name: 'listBulkActions',
    summary: 'List actions on filters',
    readsPersonalData: true,
    description: 'Newest first, also those of the console. `GET /v1/bulk-actions/{id}` counts the outcomes of one.',
    query: listQuery,
    answers: {
      200: { description: 'A page of actions', content: json(page, { items: [listedExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(listQuery, async ({ ledger }, { tenant }, { query: { cursor: before, limit: pageSize } }) => {
    const { items, nextCursor } = await readPage(ledger, { tenant: tenant.name, before, limit: pageSize });
    const next = nextCursor === null ? null : toCursor(nextCursor);
    return { status: 200, body: { items: items.map(toBulk), nextCursor: next } };
  }),
};

export const showBulk: Endpoint = {
  contract: {
    name: 'showBulkAction',
    summary: 'Show an action on a filter',
    readsPersonalData: true,
    description: 'How far it is, how many shipments have each outcome, and why shipments have no part in it.',
    params: bulkParams,
    answers: { 200: answer('The action') },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withBulk(({ ledger }, { found }) => show(ledger, found)),
  ),
};

const running = { ...bulkExample, state: 'running', reason: 'The phone numbers are in Okta now' };

export const startBulk: Endpoint = {
  contract: {
    name: 'startBulkAction',
    summary: 'Start an action on a filter',
    description:
      'Within an hour of its dry run, any key of the tenant that may. A shipment that changed since then is left as it is; each one is done once, with an audit entry that names the key and the reason. PINs that need a second hand are left out, as with the single action. It ends when the key is revoked. A repeat changes nothing.',
    params: bulkParams,
    body: { isRequired: true, content: json(startBody, { reason: running.reason }) },
    answers: { 200: { description: 'The action, which runs', content: json(bulkWithCounts, running) } },
    refusals: ['not_found', 'overrides_forbidden', 'check_not_ended', 'check_too_old', 'another_runs'],
  },
  handler: bodyRoute(
    { query: noQuery, body: startBody },
    withBulk(async (context, { caller, found, request }) => {
      const refusal = refuseAction(caller, found.action);
      if (refusal !== null) return refusal;
      const { reason } = request.body;
      const { requestId } = request;
      const begun = { by: byOf(context, caller), access: caller.apiKey.id, reason, requestId };
      const result = await actsOf(context, caller, request).change(
        (ledger) => start(ledger, found, begun),
        (outcome) =>
          outcome === 'started' ? { ...actOn(found, 'bulk.started'), reason, detail: detailOf(found) } : null,
      );
      return refuseStart[result] ?? show(context.ledger, found);
    }),
  ),
};

const refuseStart: Readonly<Record<StartResult, Answer | null>> = {
  started: null,
  already: null,
  not_checked: refuse('check_not_ended', 'Its dry run is under way. Wait until `state` is `checked`.'),
  too_old: refuse(
    'check_too_old',
    'Its dry run was more than an hour ago, and much may have changed. Start another one.',
  ),
  another_runs: refuse(
    'another_runs',
    'The same action with the same filter runs already. Wait for its end, or stop it.',
  ),
};

const actOn = ({ id }: BulkAction, action: 'bulk.started' | 'bulk.stopped') => ({
  action,
  subject: { kind: 'bulk_action', id },
});

const detailOf = ({ action, filter, total }: BulkAction) => ({
  action,
  filter: Object.keys(filter).join(' '),
  selected: total,
});

export const stopBulk: Endpoint = {
  contract: {
    name: 'stopBulkAction',
    summary: 'Stop an action on a filter',
    description: 'What is done stays done; the rest is left as it is. A repeat, or after its end, changes nothing.',
    params: bulkParams,
    body: { isRequired: false, content: json(noBody, {}) },
    answers: { 200: answer('The action, which stops') },
    refusals: ['not_found'],
  },
  handler: bodyRoute(
    { query: noQuery, body: noBody },
    withBulk(async (context, { caller, found, request }) => {
      await actsOf(context, caller, request).change(
        (ledger) => stop(ledger, found),
        (isStopped) => (isStopped ? actOn(found, 'bulk.stopped') : null),
      );
      return show(context.ledger, found);
    }),
  ),
};
