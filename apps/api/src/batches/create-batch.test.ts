import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tx } from '@keycourier/ledger/connect-ledger';
import { createBatch } from '@keycourier/operations/batches/create-batch';
import type { BatchSender } from '@keycourier/operations/batches/judge-row';
import { rowsPerChunk } from '@keycourier/operations/batches/limits';
import type { RawRow } from '@keycourier/operations/batches/raw-row';
import { createContention } from '@keycourier/runtime/contention';

import { nfc, runApi, type RunningApi } from '../testing/running-api.ts';

const pinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' } as const;

let api: RunningApi;
const sender: BatchSender = {
  tenant: { name: 'globex', products: [nfc], pinPolicy },
  requestedBy: 'key_1',
  apiKeyId: null,
  refuseOverrides: () => null,
};
beforeAll(async () => {
  api = await runApi();
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
    createBatch({ ledger: api.ledger, tx, contention: createContention() }, sender, {
      rows: manyRows(tx),
      dryRun: false,
    }),
  );
  expect(answer).toMatchObject({ total: 5_000, accepted: 5_000 });
  expect(leads).toHaveLength(4);
  expect(Math.max(...leads)).toBeLessThanOrEqual(4 * rowsPerChunk);
});
