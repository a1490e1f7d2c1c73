import { createHash } from 'node:crypto';

import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { prepared } from '../prepared.ts';
import { sealedContext } from '../sealed-columns.ts';

export interface Answer {
  status: number;
  body: unknown;
}

export type Remembered = { outcome: 'first' } | { outcome: 'repeated'; answer: Answer } | { outcome: 'other_body' };

/** What is stored of a key and a body. Both may name a person, and a plain hash of either could be guessed. */
const keyIndexOf = ({ sealing }: Ledger, key: string): string => sealing.blindIndex(`idempotency key:${key}`);
const bodyHashOf = ({ sealing }: Ledger, body: string): Buffer =>
  Buffer.from(sealing.blindIndex(`idempotent body:${body}`), 'base64url');

/** Rows of 0.1.0 have the key itself and this hash; the last of them is forgotten with `IDEMPOTENCY_HOURS`. */
const plainHashOf = (body: string): Buffer => createHash('sha256').update(body, 'utf8').digest();

export interface OnceRequest {
  apiKeyId: string;
  key: string;
  body: string;
}

/**
 * Finds the answer to an earlier request with this API key and Idempotency-Key. Takes a lock to the end of the
 * transaction, so that of two requests at the same moment one waits, and then returns the other's answer. A refusal that an
 * earlier version stored is deleted: it had no effect.
 */
export async function findStoredAnswer(ledger: Ledger, tx: Tx, request: OnceRequest): Promise<Remembered> {
  await lockKey(tx, request);
  const row = await tx
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('api_key_id', '=', request.apiKeyId)
    .where('key', 'in', [keyIndexOf(ledger, request.key), request.key])
    .executeTakeFirst();
  if (row === undefined) return { outcome: 'first' };
  if (row.status >= 400) {
    await tx
      .deleteFrom('idempotency_keys')
      .where('api_key_id', '=', request.apiKeyId)
      .where('key', '=', row.key)
      .execute();
    return { outcome: 'first' };
  }
  const hash = row.key === request.key ? plainHashOf(request.body) : bodyHashOf(ledger, request.body);
  if (!row.body_hash.equals(hash)) return { outcome: 'other_body' };
  const text = ledger.sealing.unseal(row.answer, sealedContext.answer(request.apiKeyId, row.key));
  return { outcome: 'repeated', answer: { status: row.status, body: z.json().parse(JSON.parse(text)) } };
}

/** Stores the first answer, in the transaction of the request. */
export async function rememberAnswer(
  ledger: Ledger,
  tx: Tx,
  { answer, ...request }: OnceRequest & { answer: Answer },
): Promise<void> {
  await tx
    .insertInto('idempotency_keys')
    .values(rowOf(ledger, request, answer))
    .execute();
}

function rowOf(ledger: Ledger, request: OnceRequest, { status, body }: Answer) {
  const { apiKeyId, key: sent } = request;
  const key = keyIndexOf(ledger, sent);
  return {
    api_key_id: apiKeyId,
    key,
    body_hash: bodyHashOf(ledger, request.body),
    status,
    answer: ledger.sealing.seal(JSON.stringify(body), sealedContext.answer(apiKeyId, key)),
    created_at: ledger.now(),
  };
}

/**
 * What a statement needs to do its work once, in a transaction of its own, and to store the answer with it: the lock is taken
 * before it, in the same transaction, and it does nothing where `isUsed`. `storing` is a part of it that stores the answer for each row of `made`.
 */
export function onceInStatement(ledger: Ledger, request: OnceRequest) {
  return {
    lock: lockingKey(request),
    isUsed: sql<boolean>`exists (
      select from idempotency_keys
      where api_key_id = ${request.apiKeyId} and key in (${keyIndexOf(ledger, request.key)}, ${request.key})
    )`,
    storing: (answer: Answer, made: string): RawBuilder<unknown> => {
      const row = rowOf(ledger, request, answer);
      return sql`insert into idempotency_keys (api_key_id, key, body_hash, status, answer, created_at)
        select ${row.api_key_id}, ${row.key}, ${row.body_hash}::bytea, ${row.status}::integer, ${row.answer},
          ${row.created_at}::timestamptz from ${sql.table(made)}`;
    },
  };
}

const lockKey = (tx: Tx, request: OnceRequest): Promise<unknown> => lockingKey(request).execute(tx);

const lockingKey = ({ apiKeyId, key }: OnceRequest): RawBuilder<unknown> =>
  sql`${prepared} select pg_advisory_xact_lock(hashtextextended(${`${apiKeyId}:${key}`}, 0))`;
