import { lockInOrder } from '@keycourier/ledger/directory/lock-in-order';
import { inSavepoint } from '@keycourier/ledger/directory/savepoint';
import type { Scope } from '@keycourier/ledger/directory/scope';
import { createNewUsers } from '@keycourier/ledger/directory/users/create-user';
import { resolveBulkIds } from '@keycourier/scim-protocol/bulk/bulk-ids';
import type { BulkOperation, BulkPlan, BulkTarget } from '@keycourier/scim-protocol/bulk/bulk-operation';
import { toBulkResponse, type BulkResult } from '@keycourier/scim-protocol/bulk/bulk-response';
import { readBulk } from '@keycourier/scim-protocol/bulk/read-bulk';
import { toEtag } from '@keycourier/scim-protocol/resources/etag';
import { locationOf } from '@keycourier/scim-protocol/resources/present';
import { wholeResource } from '@keycourier/scim-protocol/resources/projection';
import { readUser } from '@keycourier/scim-protocol/resources/read-resource';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import { z } from 'zod';

import type { Outcome } from '../http/answer-log.ts';
import type { Handler } from '../http/handler.ts';
import { writing } from '../http/in-directory.ts';
import { isId } from '../http/is-id.ts';
import { answerJson } from '../http/scim-answer.ts';
import { showWritten } from '../resources/show.ts';
import { write } from '../resources/write.ts';

/**
 * RFC 7644 §3.7. The request is one transaction: what a process that dies has not answered is not there. An operation that
 * is refused undoes itself alone.
 */
export const bulk: Handler = async (context, { connection, baseUrl, readBody }) => {
  const plan = readBulk(await readBody());
  const results = await writing(context, connection, (scope) => runAll(scope, plan, baseUrl));
  return { ...answerJson(200, toBulkResponse(results)), outcomes: results.flatMap(outcomesOf) };
};

const withUserName = z.looseObject({ userName: z.string().min(1) });

/** Whom an operation was about, as of a request of its own. */
function outcomesOf({ operation: { target }, outcome }: BulkResult): readonly Outcome[] {
  const error = outcome instanceof ScimError ? outcome : null;
  if (target === null) return [];
  if (target.id !== null) return [{ subject: { id: target.id }, error }];
  const parsed = withUserName.safeParse(target.data);
  return parsed.success ? [{ subject: { userName: parsed.data.userName }, error }] : [];
}

async function runAll(scope: Scope, { operations, failOnErrors }: BulkPlan, baseUrl: string): Promise<BulkResult[]> {
  await lockInOrder(scope, operations.flatMap(({ target }) => target?.id ?? []).filter(isId));
  const progress = { made: new Map<string, string>(), baseUrl };
  const results: BulkResult[] = [];
  const isOver = (): boolean =>
    failOnErrors !== null && results.filter(({ outcome }) => outcome instanceof ScimError).length >= failOnErrors;
  for (const run of runsOf(operations)) {
    const created = isOver() ? [] : await createTogether(scope, run, progress);
    results.push(...(created ?? []));
    for (const operation of created === null ? run : []) {
      if (isOver()) break;
      results.push(await runOne(scope, operation, progress));
    }
  }
  return results;
}

/** As many new users by one statement: one that is not new costs no more work than of these. */
const maxTogether = 100;

/** Neighbours that create users, and each other operation by itself. */
function runsOf(operations: readonly BulkOperation[]): readonly BulkOperation[][] {
  const runs: BulkOperation[][] = [];
  for (const operation of operations) {
    const last = runs.at(-1);
    const [neighbour] = last ?? [];
    const isNext = neighbour !== undefined && isNewUser(neighbour) && isNewUser(operation);
    if (last !== undefined && isNext && last.length < maxTogether) last.push(operation);
    else runs.push([operation]);
  }
  return runs;
}

const isNewUser = ({ target }: BulkOperation): boolean => target?.method === 'POST' && target.resourceType === 'User';

/**
 * Creates the users of several operations at once. Null where not all of them are new, or one is refused: then nothing was
 * written, and each is done by itself, in its turn.
 */
async function createTogether(
  scope: Scope,
  run: readonly BulkOperation[],
  { made, baseUrl }: Progress,
): Promise<BulkResult[] | null> {
  const users = run.length < 2 ? null : readAll(run, made);
  const created = users === null ? null : await createNewUsers(scope, users);
  if (created === null) return null;
  return run.flatMap((operation, index) => {
    const user = created[index];
    if (user === undefined) return [];
    if (operation.bulkId !== null) made.set(operation.bulkId, user.id);
    const location = locationOf(user.id, 'User', baseUrl);
    return [{ operation, location, outcome: { status: statuses.POST, etag: toEtag(user.version) } }];
  });
}

/** Null where one cannot be read. */
function readAll(run: readonly BulkOperation[], made: ReadonlyMap<string, string>): readonly WrittenUser[] | null {
  try {
    return run.flatMap(({ target }) => {
      if (target === null) return [];
      return [readUser(resolveBulkIds(target, (id) => made.get(id) ?? null).data)];
    });
  } catch (error) {
    if (error instanceof ScimError) return null;
    throw error;
  }
}

interface Progress {
  /** Ids of what operations have made, by their bulkIds. */
  made: Map<string, string>;
  baseUrl: string;
}

async function runOne(scope: Scope, operation: BulkOperation, { made, baseUrl }: Progress): Promise<BulkResult> {
  const { target, refusal, bulkId } = operation;
  if (target === null) return { operation, location: null, outcome: refusal };
  try {
    const done = await inSavepoint(scope.db, () =>
      runTarget(
        scope,
        resolveBulkIds(target, (id) => made.get(id) ?? null),
      ),
    );
    if (bulkId !== null && target.method === 'POST') made.set(bulkId, done.id);
    const location = locationOf(done.id, target.resourceType, baseUrl);
    return { operation, location, outcome: { status: statuses[target.method], etag: done.etag } };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const location = target.id === null ? null : locationOf(target.id, target.resourceType, baseUrl);
    return { operation, location, outcome: error };
  }
}

const statuses = { POST: 201, PUT: 200, PATCH: 200, DELETE: 204 } as const;

async function runTarget(scope: Scope, target: BulkTarget): Promise<{ id: string; etag: string | null }> {
  const { method, resourceType, version, data } = target;
  const ifMatch = version ?? undefined;
  const written = await write(scope, { method, resourceType }, { id: target.id ?? '', ifMatch, body: data });
  if (method === 'DELETE') return { id: written.id, etag: null };
  const projection = { ...wholeResource, only: [] };
  const resource = await showWritten(scope, { ...written, resourceType }, { baseUrl: '', projection });
  return { id: written.id, etag: toEtag(resource.version) };
}
