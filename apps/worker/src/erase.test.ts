import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { change, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { until } from '@keycourier/runtime/testing/until';

import { startErasing, type Erasable } from './erase.ts';

let testLedger: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  testLedger = await connectTestLedger();
  ledger = testLedger.ledger;
});
afterAll(closeTestLedgers);

const dayMs = 24 * 3_600_000;
const retentions = { acme: { personalDataDays: 2, eventBodyDays: 1, auditDays: 365 } };

function start(through: Ledger, everyMs: number) {
  const erased: [Erasable, number][] = [];
  const errors: unknown[] = [];
  const { close } = startErasing({
    ledger: through,
    retentions,
    idempotencyHours: 24,
    everyMs,
    onErased: (what, rows) => void erased.push([what, rows]),
    onResealed: () => undefined,
    onError: (error) => void errors.push(error),
  });
  return { erased, errors, close };
}

async function cancelled(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await open(ledger, { note: 'canary' });
    await change(ledger, id, { order: 'cancelled' });
    ids.push(id);
  }
  return ids;
}

test('data whose retention ended is erased at the start', async () => {
  await cancelled(1);
  testLedger.clock.now = new Date(testLedger.clock.now.getTime() + 3 * dayMs);
  const { erased, close } = start(ledger, 3_600_000);
  await until(
    () => erased.length,
    (count) => count > 0,
  );
  expect(erased).toEqual([['personal_data', 1]]);
  await close();
});

test('data whose retention ended is erased again and again, each row by one of the workers', async () => {
  const [first] = await cancelled(3);
  testLedger.clock.now = new Date(testLedger.clock.now.getTime() + 3 * dayMs);
  const workers = [start(ledger, 50), start(testLedger.openAnother(), 50)];
  const erased = () => workers.flatMap((worker) => worker.erased);
  const rows = () => erased().reduce((sum, [, count]) => sum + count, 0);
  await until(rows, (count) => count >= 3);
  expect(await look(ledger, first ?? '')).toMatchObject({ note: null, secrets: {} });
  await cancelled(2);
  testLedger.clock.now = new Date(testLedger.clock.now.getTime() + 3 * dayMs);
  await until(rows, (count) => count >= 5);
  await Promise.all(workers.map((worker) => worker.close()));
  expect(rows()).toBe(5);
  expect(new Set(erased().map(([what]) => what))).toEqual(new Set(['personal_data']));
  expect(workers.flatMap(({ errors }) => errors)).toEqual([]);
});

test('a ledger that is away is reported and tried again', async () => {
  const away = testLedger.openAnother({ databaseUrl: 'postgres://none@127.0.0.1:1/none' });
  const { errors, close } = start(away, 20);
  await until(
    () => errors.length,
    (count) => count > 1,
  );
  await close();
});
