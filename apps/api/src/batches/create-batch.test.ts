import { setImmediate, setTimeout } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { createLogger } from '@keycourier/runtime/logger';
import { createMetrics } from '@keycourier/runtime/probes';
import { sql } from 'kysely';

import type { Caller } from '../access/find-caller.ts';
import { createContext, type Context } from '../context.ts';
import { nfc, runApi, type RunningApi } from '../testing/running-api.ts';
import { createBatch } from './create-batch.ts';
import { rowsPerChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';

const pinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' } as const;

let api: RunningApi;
let context: Context;
let caller: Caller;
beforeAll(async () => {
  api = await runApi();
  context = createContext({
    ledger: api.ledger,
    tenants: {},
    mode: 'local',
    limits: { requestsPerMinute: 1, failuresPerMinute: 1 },
    metrics: createMetrics('test'),
    logger: createLogger({ name: 'test', level: 'fatal' }),
  });
  const { key } = await api.keyFor('globex');
  const apiKey = await findApiKey(api.ledger, key);
  if (apiKey === null) throw new RangeError('the key is not there');
  caller = { apiKey, tenant: { name: 'globex', products: [nfc], pinPolicy } };
});
afterAll(() => api.stop());

const isWaiting = async (): Promise<boolean> => {
  const { rows } = await sql`select from pg_locks where not granted`.execute(api.ledger.db);
  return rows.length > 0;
};

test('a batch reads no further ahead of what is written than three chunks, however many rows there are', async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<RawRow> {
    for (let row = 1; row <= 5_000; row += 1) {
      taken = row;
      yield { row, given: { login: `ahead-${row}@x.example` }, problems: [] };
    }
  }
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const holding = api.ledger.db.transaction().execute(async (tx) => {
    await sql`lock table outbox in exclusive mode`.execute(tx);
    await released;
  });
  const streamRoute = api.ledger.db
    .transaction()
    .execute((tx) => createBatch(context, caller, tx, { rows: endless(), dryRun: false }));
  while (!(await isWaiting())) await setTimeout(5);
  for (let turn = 0; turn < 500; turn += 1) await setImmediate();
  expect(taken).toBeLessThanOrEqual(4 * rowsPerChunk);
  release();
  await holding;
  expect(await streamRoute).toMatchObject({ status: 202, body: { total: 5_000, accepted: 5_000 } });
});
