import { afterAll, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { createApiKey } from '../api-keys/api-keys.ts';
import type { Tx } from '../connect-ledger.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { rowsReadBy } from '../testing/rows-read.ts';
import { aRequest, open } from '../testing/sample-shipments.ts';
import { finishBatch, insertBatch, newBatchId } from './batches.ts';
import { createRows } from './create-rows.ts';
import { lockBatches } from './lock-batches.ts';
import { prepareRows } from './prepare-rows.ts';
import { rejectRows } from './reject-rows.ts';

const tables = ['shipments', 'batches', 'batch_rejections', 'secrets', 'history', 'outbox'];

/** Rows that the transaction has read from tables without an index. */
async function scannedBy(tx: Tx): Promise<number> {
  const { rows } = await sql<{ scanned: number }>`
    select sum(pg_stat_get_xact_tuples_returned(name::regclass))::integer as scanned
    from unnest(${tables}::text[]) as name`.execute(tx);
  return rows[0]?.scanned ?? Number.NaN;
}

afterAll(closeTestLedgers);

test('a batch scans no table, though its connection has planned the same checks while the tables were small', async () => {
  // One connection, so that the plans are the batch's.
  const { ledger } = await connectTestLedger({ maxConnections: 1 });
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
  const openSome = async () => {
    for (let count = 0; count < 10; count += 1) await open(ledger);
  };
  await openSome();
  // What autovacuum does, so that the statistics say "one page".
  await sql`vacuum analyze shipments`.execute(ledger.db);
  await openSome();
  const scanned = await ledger.db.transaction().execute(async (tx) => {
    const batchId = newBatchId();
    await lockBatches(tx, 'acme');
    await insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId });
    const before = await scannedBy(tx);
    for (const firstRow of [1, 251, 501]) {
      const requests = Array.from({ length: 250 }, (_, index) => ({
        ...aRequest({ trigger: 'batch', login: `kept-${firstRow + index}@x.example` }),
        batchRow: firstRow + index,
      }));
      const batch = { ...aRequest({ trigger: 'batch' }), batchId };
      await createRows(tx, await prepareRows(ledger, { batch, rows: requests }));
      await createRows(
        tx,
        await prepareRows(ledger, { batch, rows: requests.map((one) => ({ ...one, batchRow: one.batchRow + 1_000 })) }),
      );
    }
    await rejectRows(ledger, tx, {
      batchId,
      rows: [{ row: 2_000, problems: [], subject: { id: null, login: 'refused@x.example' } }],
    });
    return (await scannedBy(tx)) - before;
  });
  expect(scanned).toBe(0);
});

test('a relay that has planned its look while the outbox was small reads little of it after a large batch', async () => {
  const { ledger, openAnother } = await connectTestLedger({ maxConnections: 1, use: 'migration' });
  await sql`alter table outbox set (autovacuum_enabled = false)`.execute(ledger.db);
  const relay = openAnother();
  const look = () => publishDue(relay, { knownSteps, limit: 10, slotsOf: () => 8 }, async () => undefined);
  const lookOften = async () => {
    for (let count = 0; count < 10; count += 1) {
      await open(ledger);
      await look();
    }
  };
  await lookOften();
  await sql`vacuum analyze outbox`.execute(ledger.db);
  await lookOften();
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
  await ledger.db.transaction().execute(async (tx) => {
    const batchId = newBatchId();
    await lockBatches(tx, 'acme');
    await insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId });
    const rows = Array.from({ length: 2_000 }, (_, index) => ({
      ...aRequest({ trigger: 'batch', login: `relay-${index}@x.example` }),
      batchRow: index + 1,
    }));
    await createRows(tx, await prepareRows(ledger, { batch: { ...aRequest({ trigger: 'batch' }), batchId }, rows }));
    await finishBatch(tx, batchId, { total: 2_000, accepted: 2_000, rejected: [], rejectedTotal: 0 });
  });
  // A plan from before reads all of it nine times.
  const { byScan, byIndex } = await rowsReadBy(relay, look);
  expect((byScan['outbox'] ?? 0) + byIndex).toBeLessThan(1_000);
});
