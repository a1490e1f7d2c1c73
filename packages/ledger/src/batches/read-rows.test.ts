import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createApiKey } from '../api-keys/api-keys.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest, hold } from '../testing/sample-shipments.ts';
import { insertBatch, newBatchId } from './batches.ts';
import { createRows } from './create-rows.ts';
import { prepareRows } from './prepare-rows.ts';
import { readRows, type RowQuery } from './read-rows.ts';
import { rejectRows } from './reject-rows.ts';

let ledger: Ledger;
const batchId = newBatchId();
const problems = [{ field: 'login', code: 'invalid' }];
const subjectOf = (row: number) => ({ id: null, login: `canary-${row}@x.example` });

/** Ten rows: every third is rejected, the last two are held. */
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  const good = numbers.filter((row) => row % 3 !== 0);
  await ledger.db.transaction().execute(async (tx) => {
    await insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId });
    const batch = { ...aRequest({ trigger: 'batch' }), batchId };
    const rows = good.map((row) => ({ ...aRequest(), batchRow: row }));
    await createRows(tx, await prepareRows(ledger, { batch, rows }));
    const bad = numbers.filter((row) => row % 3 === 0);
    await rejectRows(ledger, tx, {
      batchId,
      rows: bad.map((row) => ({ row, problems, subject: row === 9 ? null : subjectOf(row) })),
    });
  });
  const last = await ledger.db.selectFrom('shipments').select('id').where('batch_row', '>=', 8).execute();
  for (const { id } of last) await hold(ledger, id);
});
afterAll(closeTestLedgers);

const read = async (query: Partial<RowQuery> = {}) => {
  const { items, nextCursor } = await readRows(ledger, { batchId, after: 0, limit: 100, ...query });
  return { rows: items.map(({ row }) => row), nextCursor, items };
};

describe('the rows of a batch', () => {
  test('are those that were accepted and those that were not, in the order of the file', async () => {
    const { rows, nextCursor, items } = await read();
    expect(rows).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(nextCursor).toBeNull();
    expect(items[2]).toEqual({ row: 3, outcome: 'rejected', problems, subject: subjectOf(3) });
    expect(items[8]).toMatchObject({ row: 9, subject: { id: null, login: null } });
    expect(items[0]).toMatchObject({ row: 1, outcome: 'accepted', shipment: { batchRow: 1 } });
  });

  test('come in pages that miss none', async () => {
    for (const limit of [1, 2, 3, 9, 10]) {
      const seen: number[] = [];
      for (let after: number | null = 0; after !== null;) {
        const page = await read({ limit, after });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        seen.push(...page.rows);
        after = page.nextCursor;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  test.each([
    ['rejected', [3, 6, 9]],
    ['held', [8, 10]],
    ['requested', [1, 2, 4, 5, 7]],
    ['completed', []],
  ] as const)('can be asked for by their status: %s', async (status, rows) => {
    expect((await read({ status })).rows).toEqual(rows);
  });

  test('are stored without a name in plain text', async () => {
    const stored = await ledger.db.selectFrom('batch_rejections').selectAll().execute();
    expect(stored).toHaveLength(3);
    expect(JSON.stringify(stored)).not.toContain('canary');
  });
});
