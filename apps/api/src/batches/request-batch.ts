import { finishBatch, insertBatch, newBatchId, type Batch } from '@keycourier/ledger/batches/batches';
import { lockBatches } from '@keycourier/ledger/batches/lock-batches';
import type { Tx } from '@keycourier/ledger/open-ledger';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { noQuery, taking } from '../http/given.ts';
import type { Handler } from '../http/handler.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { openRow } from './open-row.ts';
import { describeRejected } from './rejected.ts';

const body = z.strictObject({ rows: z.array(z.unknown()).min(1).max(1_000) });

const fromJson = taking({ query: noQuery, body }, async (context, caller, given) => {
  const asked = { idempotencyKey: given.idempotencyKey, route: 'POST /v1/batches', body: given.body };
  return answerOnce(context, caller, asked, (tx) => openBatch(context, caller, tx, given.body.rows));
});

/** Asks for many keys. Rows that cannot be used are told, the others are open: all of it is committed, or nothing. */
export const requestBatch: Handler = async (context, caller, request) => {
  if (request.mediaType === 'text/csv')
    return refuse('unsupported_media_type', 'CSV is not taken yet. Send { "rows": [ … ] } as application/json.');
  return fromJson(context, caller, request);
};

async function openBatch(context: Context, caller: Caller, tx: Tx, rows: readonly unknown[]): Promise<Answer> {
  const id = newBatchId();
  await lockBatches(tx, caller.tenant.name);
  await insertBatch(context.ledger, tx, { id, tenant: caller.tenant.name, apiKeyId: caller.apiKey.id });
  const opened = new Set<string>();
  const rejected: Batch['rejected'][number][] = [];
  for (const [index, row] of rows.entries()) {
    const ending = await openRow(context, caller, tx, { row, batchId: id, opened });
    if (ending.outcome === 'opened') opened.add(ending.shipmentId);
    else rejected.push({ row: index + 1, problems: ending.problems });
  }
  const counts = { total: rows.length, accepted: opened.size, rejected, rejectedTotal: rejected.length };
  await finishBatch(tx, id, counts);
  return { status: 202, body: { id, ...counts, rejected: describeRejected(rejected) } };
}
