import { afterAll, beforeEach, expect, test } from '@jest/globals';

import { createApiKey } from '../api-keys/api-keys.ts';
import { finishBatch, insertBatch, newBatchId } from '../batches/batches.ts';
import { rejectRows } from '../batches/reject-rows.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eraseBatchSubjects } from './erase-batch-subjects.ts';
import { cutOffs } from './policy.ts';

afterAll(closeTestLedgers);

const dayMs = 24 * 3_600_000;
const retention = { acme: { personalDataDays: 30, eventBodyDays: 30, auditDays: 365 } };

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

test('the user of a rejected row is erased after its time, and its problems stay', async () => {
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'one', scopes: ['write'] });
  const id = newBatchId();
  const problems = [{ field: 'login', code: 'invalid' }];
  await ledger.db.transaction().execute(async (tx) => {
    await insertBatch(ledger, tx, { id, tenant: 'acme', apiKeyId, dryRun: false });
    await rejectRows(ledger, tx, {
      batchId: id,
      rows: [{ row: 1, subject: { id: null, login: 'canary@example.com' }, problems }],
    });
    await finishBatch(tx, id, { total: 1, accepted: 0, rejected: [], rejectedTotal: 1 });
  });
  const erase = (days: number): Promise<number> =>
    eraseBatchSubjects(ledger, cutOffs(retention, 'personalDataDays', new Date(Date.now() + days * dayMs)), 10);
  const { created_at: createdAt } = await ledger.db
    .selectFrom('batches')
    .select('created_at')
    .executeTakeFirstOrThrow();
  const ageDays = (Date.now() - createdAt.getTime()) / dayMs;
  expect(await erase(29 - ageDays)).toBe(0);
  expect(await erase(31 - ageDays)).toBe(1);
  expect(await erase(31 - ageDays)).toBe(0);
  expect(await ledger.db.selectFrom('batch_rejections').select(['subject', 'problems']).execute()).toEqual([
    { subject: null, problems },
  ]);
});
