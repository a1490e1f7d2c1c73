import { afterAll, expect, test } from '@jest/globals';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import type { Contention } from '@keycourier/runtime/contention';

import { createBatch } from './create-batch.ts';
import { rowsPerChunk, rowsPerSharedChunk } from './limits.ts';
import type { RawRow } from './raw-row.ts';

afterAll(closeTestLedgers);

const rowsOfFile = rowsPerChunk + 2 * rowsPerSharedChunk;

/** Which rows of a file have been read when its first chunk is written and has rested. */
async function readAtFirstRest(isContended: boolean): Promise<number> {
  const { ledger } = await connectTestLedger();
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
  let read = 0;
  const readAtRests: number[] = [];
  const contention: Contention = {
    note: () => undefined,
    isContended: () => isContended,
    giveWay: async () => undefined,
    files: { stretchesOf: () => () => undefined, giveWay: async () => void readAtRests.push(read) },
  };
  async function* rows(): AsyncGenerator<readonly RawRow[]> {
    for (let row = 1; row <= rowsOfFile; row += 1) {
      read = row;
      yield [{ row, fields: { login: `row-${row}@x.example` }, problems: [] }];
    }
  }
  const products = [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }];
  const pinPolicy: PinPolicy = { recipient: 'auto', channel: 'okta', release: 'on_activation' };
  const tenant = { name: 'acme', products, pinPolicy };
  const sender = { tenant, requestedBy: 'ci', apiKeyId, refuseOverrides: () => null };
  const { accepted } = await ledger.db
    .transaction()
    .execute((tx) => createBatch({ ledger, tx, contention }, sender, { rows: rows(), dryRun: true }));
  expect(accepted).toBe(rowsOfFile);
  return readAtRests[0] ?? 0;
}

test('while others have work, no row is read before those before it are written and have rested', async () => {
  expect(await readAtFirstRest(true)).toBe(rowsPerSharedChunk);
  expect(await readAtFirstRest(false)).toBe(rowsOfFile);
});
