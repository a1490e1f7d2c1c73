import { createSecretKey } from 'node:crypto';
import { setImmediate as nextIteration } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { newBatchId } from '../batches/batches.ts';
import { createSealing, generateKeyring, parseKeyring, type Sealing } from '../sealing.ts';
import { aRequest } from '../testing/sample-shipments.ts';
import { startPreparing, type Preparer } from './prepare-in-thread.ts';
import { prepareRow, type PreparedRows, type RowRequest } from './prepare-rows.ts';

const rowsOf = (count: number): RowRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    ...aRequest({ userId: null, login: `person-${index}@acme.example` }),
    overrides: { firstName: 'Noor' },
    batchRow: index + 1,
  }));

let sealing: Sealing;
/** Values that this thread has sealed. */
let sealedHere: number;
let preparer: Preparer;
let thread: Worker | null;

const onWorker = (worker: Worker): void => {
  thread = worker;
};

beforeEach(() => {
  sealing = createSealing(parseKeyring(generateKeyring()));
  [sealedHere, thread] = [0, null];
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  await preparer.close();
});

function start(sealingKeys = sealing.sealingKeys): void {
  const seal: Sealing['seal'] = (plain, context) => {
    sealedHere += 1;
    return sealing.seal(plain, context);
  };
  preparer = startPreparing({ now: () => new Date(), sealing: { ...sealing, sealingKeys, seal } });
}

async function prepare(count: number): Promise<PreparedRows['rows']> {
  sealedHere = 0;
  const batch = { ...aRequest({ trigger: 'batch' }), batchId: newBatchId() };
  const prepared = await preparer.prepare({ batch, rows: rowsOf(count) }, () => undefined);
  await nextIteration();
  return prepared?.rows ?? [];
}

test('a thread prepares the rows of a long batch, and the process those of a short one and small parts', async () => {
  start();
  expect(await prepare(250)).toHaveLength(250);
  expect(thread).toBeNull();
  const rows = await until(
    () => prepare(250),
    () => sealedHere === 0,
  );
  const requests = rowsOf(250);
  expect(rows).toHaveLength(250);
  for (const [index, { id, own, secrets, row }] of rows.entries()) {
    const request = requests[index];
    if (request === undefined) throw new RangeError('no such row');
    expect({ own, row }).toEqual({ own: prepareRow({ sealing }, { id, request }).own, row: index + 1 });
    expect(secrets.names).toEqual(['login', 'overrides']);
    expect(sealing.unseal(secrets.sealed[0] ?? '', `secrets.login:${id}`)).toBe(JSON.stringify(request.login));
  }
  expect(await prepare(50)).toHaveLength(50);
  expect(sealedHere).toBe(100);
});

test('where the thread fails, the process prepares the rows itself', async () => {
  const { active, ...others } = sealing.sealingKeys;
  start({ ...others, active: { ...active, key: createSecretKey(Buffer.alloc(5)) } });
  await until(
    () => prepare(250),
    () => thread !== null,
  );
  await until(
    async () => ((await prepare(250)).length === 250 && sealedHere === 500 ? thread?.threadId : 0),
    (id) => id === -1,
  );
});

test('the thread ends with its batch', async () => {
  start();
  for (const count of [250, 250, 250]) await prepare(count);
  await preparer.close();
  expect(thread).toMatchObject({ threadId: -1 });
});
