import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { Tx } from '@keycourier/ledger/connect-ledger';
import { createContention } from '@keycourier/runtime/contention';

import type { Caller } from '../endpoint.ts';
import { nfc, runApi, type RunningApi } from '../testing/running-api.ts';
import { createBatch } from './create-batch.ts';
import { rowsPerChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';

const pinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' } as const;

let api: RunningApi;
let caller: Caller;
beforeAll(async () => {
  api = await runApi();
  const { key } = await api.keyFor('globex');
  const apiKey = await findApiKey(api.ledger, key);
  if (apiKey === null) throw new RangeError('the key was not found');
  const catchUp = { enabled: true, hookGrace: 0 };
  caller = {
    apiKey,
    tenant: {
      name: 'globex',
      products: [nfc],
      pinPolicy,
      addressOverrides: 'allowed',
      isTriggerGroup: () => false,
      auditDays: 730,
      catchUp,
      orgUrl: 'https://acme.okta.com',
      hub: null,
      registration: null,
    },
  };
});
afterAll(() => api.stop());

async function countWritten(tx: Tx): Promise<number> {
  const { count } = await tx
    .selectFrom('shipments')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

test('a batch reads at most four chunks ahead of what is written, however many rows there are', async () => {
  const leads: number[] = [];
  async function* manyRows(tx: Tx): AsyncGenerator<readonly RawRow[]> {
    for (let row = 1; row <= 5_000; row += 1) {
      // Not at every chunk: a count waits for the writes before it, which would hold back a reader without limit.
      if (row % (5 * rowsPerChunk) === 0) leads.push(row - (await countWritten(tx)));
      yield [{ row, fields: { login: `ahead-${row}@x.example` }, problems: [] }];
    }
  }
  const answer = await api.ledger.db.transaction().execute((tx) =>
    createBatch({ ledger: api.ledger, tx, contention: createContention() }, caller, {
      rows: manyRows(tx),
      dryRun: false,
    }),
  );
  expect(answer).toMatchObject({ status: 202, body: { total: 5_000, accepted: 5_000 } });
  expect(leads).toHaveLength(4);
  expect(Math.max(...leads)).toBeLessThanOrEqual(4 * rowsPerChunk);
});
