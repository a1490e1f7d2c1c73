import { setImmediate as nextIteration } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { createApiKey } from '../api-keys/api-keys.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import type { CreateRequest } from '../shipments/new-shipment.ts';
import { readShipment } from '../shipments/read-shipment.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest, ask, bring, change, open } from '../testing/sample-shipments.ts';
import { insertBatch, newBatchId } from './batches.ts';
import { createRows } from './create-rows.ts';
import { lockBatches } from './lock-batches.ts';
import { prepareRows } from './prepare-rows.ts';

let opened: TestLedger;
let ledger: Ledger;
let apiKeyId: string;
beforeAll(async () => {
  opened = await connectTestLedger({ maxConnections: 12 });
  ledger = opened.ledger;
  ({ id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] }));
});
afterAll(closeTestLedgers);

type Request = Partial<CreateRequest>;

/** A chunk whose first row has the number `firstRow`; `requests` differ in what rows may differ in. */
function inBatch(batchId: string, requests: readonly Request[], firstRow = 1): Parameters<typeof prepareRows>[1] {
  const made = requests.map((one) => aRequest({ trigger: 'batch', login: null, ...one }));
  return {
    batch: { ...aRequest({ trigger: 'batch', ...requests[0] }), batchId },
    rows: made.map((one, index) => ({ ...one, batchRow: firstRow + index })),
  };
}

async function beginBatch(tx: Tx, { dryRun = false, through = ledger } = {}): Promise<string> {
  const id = newBatchId();
  await lockBatches(tx, 'acme');
  await insertBatch(through, tx, { id, tenant: 'acme', apiKeyId, dryRun });
  return id;
}

/** A batch of one chunk; answers with its id and the obstacles by row. */
const openAll = (requests: readonly Request[], { dryRun = false, through = ledger } = {}) =>
  through.db.transaction().execute(async (tx) => {
    const id = await beginBatch(tx, { dryRun, through });
    const rows = inBatch(
      id,
      requests.map((one) => ({ ...one, dryRun })),
    );
    return { id, obstacles: Object.fromEntries(await createRows(tx, await prepareRows(through, rows))) };
  });

const shipmentsOf = (batchId: string) =>
  ledger.db.selectFrom('shipments').selectAll().where('batch_id', '=', batchId).orderBy('position').execute();

/** Index entries and rows of `shipments` that the transaction has read. */
async function readsOf(tx: Tx): Promise<number> {
  const { rows } = await sql<{ reads: number }>`
    select (sum(pg_stat_get_xact_tuples_returned(indexrelid)) + pg_stat_get_xact_tuples_returned('shipments'::regclass))::integer as reads
    from pg_index where indrelid = 'shipments'::regclass`.execute(tx);
  return rows[0]?.reads ?? Number.NaN;
}

describe('rows that are created at once', () => {
  test.each([
    ['new ones', (chunk: number, row: number) => ({ login: `analyzed-${chunk}-${row}@x.example` })],
    ['new ones by id', (chunk: number, row: number) => ({ userId: `00u-analyzed-${chunk}-${row}` })],
    ['dry runs', (chunk: number, row: number) => ({ login: `dry-${chunk}-${row}@x.example`, dryRun: true })],
    ['repeated ones', (_chunk: number, row: number) => ({ login: `repeated-${row}@x.example` })],
  ])('are found by index, %s, though the table is analyzed while they are not committed', async (_what, requestOf) => {
    await ledger.db.transaction().execute(async (tx) => {
      const id = await beginBatch(tx);
      const reads: number[] = [];
      for (let chunk = 0; chunk < 8; chunk += 1) {
        const before = await readsOf(tx);
        const requests = Array.from({ length: 250 }, (_, row) => requestOf(chunk, row));
        await createRows(tx, await prepareRows(ledger, inBatch(id, requests, chunk * 250 + 1)));
        reads.push((await readsOf(tx)) - before);
        if (chunk === 5) await sql`analyze shipments`.execute(ledger.db);
      }
      for (const count of reads.slice(-2)) expect(count).toBeLessThan(10 * 250);
    });
  });

  test('are the shipments that they would be alone, in the order of the file', async () => {
    const requests: Request[] = [
      { login: 'Zoe@x.example', note: 'first', overrides: { firstName: 'Zoë', city: 'Łódź' } },
      { userId: '00u-rows', purpose: 'backup' },
      { login: 'ada@x.example' },
    ];
    const { id, obstacles } = await openAll(requests);
    expect(obstacles).toEqual({});
    const rows = await shipmentsOf(id);
    expect(rows.map(({ batch_row }) => batch_row)).toEqual([1, 2, 3]);
    for (const [index, row] of rows.entries()) {
      const alone = await createAlone({ ...requests[index], trigger: 'batch' });
      const shipment = await readShipment(ledger, 'acme', row.id);
      expect({ ...shipment, id: '', batchId: '', batchRow: 0 }).toEqual({ ...alone, id: '', batchId: '', batchRow: 0 });
    }
  });

  test('have their history, and messages in the order of the file behind those of single requests', async () => {
    const { id } = await openAll([{ login: 'listed-2@x.example' }, { login: 'listed-1@x.example' }]);
    const ids = (await shipmentsOf(id)).map((row) => row.id);
    const history = await ledger.db.selectFrom('history').selectAll().where('shipment_id', 'in', ids).execute();
    expect(history).toMatchObject([
      { event: 'shipment.requested', detail: { trigger: 'batch' }, at: opened.clock.now },
      { event: 'shipment.requested', detail: { trigger: 'batch' } },
    ]);
    const messages = ledger.db.selectFrom('outbox').selectAll().where('subject_id', 'in', ids);
    expect(await messages.orderBy('dispatch_id').execute()).toMatchObject([
      { subject_id: ids[0], step: 'check-profile', tenant: 'acme', priority: 5, published_at: null },
      { subject_id: ids[1], step: 'check-profile', priority: 5 },
    ]);
  });

  test('are one for a person and purpose: the later row of a file is a duplicate, in this chunk and in the next', async () => {
    const requests: Request[] = [
      { login: 'twice@x.example' },
      { login: 'TWICE@x.example' },
      { login: 'twice@x.example', purpose: 'backup' },
      { userId: '00u-twice' },
      { userId: '00u-twice' },
    ];
    await ledger.db.transaction().execute(async (tx) => {
      const id = await beginBatch(tx);
      const first = await createRows(tx, await prepareRows(ledger, inBatch(id, requests)));
      expect([...first]).toEqual([
        [2, 'duplicate_row'],
        [5, 'duplicate_row'],
      ]);
      const second = await createRows(tx, await prepareRows(ledger, inBatch(id, requests, 6)));
      expect([...second]).toEqual([6, 7, 8, 9, 10].map((row) => [row, 'duplicate_row']));
    });
  });

  test('leave out a person whose shipment is open, by login and by id, also of a login that was resolved since', async () => {
    await open(ledger, { login: 'open@x.example' });
    await open(ledger, { login: null, userId: '00u-open' });
    const resolved = await open(ledger, { login: 'resolved@x.example' });
    await change(ledger, resolved.id, { user: { id: '00u-resolved' } });
    const over = await open(ledger, { login: 'over@x.example' });
    await change(ledger, over.id, { order: 'cancelled' });
    await open(ledger, { login: 'tried@x.example', dryRun: true });
    const { obstacles } = await openAll([
      { login: 'OPEN@x.example' },
      { userId: '00u-open' },
      { login: 'resolved@x.example' },
      { userId: '00u-resolved' },
      { login: 'over@x.example' },
      { login: 'tried@x.example' },
      { login: 'open@x.example', purpose: 'backup' },
      { login: 'open@x.example' },
    ]);
    expect(obstacles).toEqual({
      1: 'already_open',
      2: 'already_open',
      3: 'already_open',
      4: 'already_open',
      8: 'already_open',
    });
  });

  test('do not conflict with those of another tenant', async () => {
    await open(ledger, { login: 'everywhere@x.example', tenant: 'globex' });
    expect((await openAll([{ login: 'everywhere@x.example' }])).obstacles).toEqual({});
  });

  test('are created when the conflicting shipment has ended', async () => {
    const shipment = await open(ledger, { login: 'ended@x.example' });
    await bring(ledger, shipment.id, 'ready');
    await change(ledger, shipment.id, { order: 'cancelled' });
    expect((await openAll([{ login: 'ended@x.example' }])).obstacles).toEqual({});
  });

  test('exist whole or not at all', async () => {
    const requests = Array.from({ length: 30 }, (_, index) => ({ login: `whole-${index}@x.example` }));
    const failing = ledger.db.transaction().execute(async (tx) => {
      const id = await beginBatch(tx);
      await createRows(tx, await prepareRows(ledger, inBatch(id, requests)));
      await sql`select 1 / 0`.execute(tx);
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect((await openAll(requests)).obstacles).toEqual({});
  });
});

describe('a dry run', () => {
  test('creates dry runs, and returns the obstacles that the real rows would have', async () => {
    await open(ledger, { login: 'in-the-way@x.example' });
    const requests = [{ login: 'try@x.example' }, { login: 'in-the-way@x.example' }, { login: 'TRY@x.example' }];
    const { id, obstacles } = await openAll(requests, { dryRun: true });
    expect(obstacles).toEqual({ 2: 'already_open', 3: 'duplicate_row' });
    const rows = await shipmentsOf(id);
    expect(rows).toMatchObject([{ dry_run: true, batch_row: 1 }]);
    const messages = await ledger.db
      .selectFrom('outbox')
      .selectAll()
      .where('subject_id', '=', rows[0]?.id ?? '')
      .execute();
    expect(messages).toMatchObject([{ step: 'check-profile', priority: 10 }]);
  });

  test('keeps no other request from being created, and can be repeated', async () => {
    const requests = [{ login: 'tried-twice@x.example' }];
    expect((await openAll(requests, { dryRun: true })).obstacles).toEqual({});
    expect((await openAll(requests, { dryRun: true })).obstacles).toEqual({});
    expect((await openAll(requests)).obstacles).toEqual({});
  });
});

test('batches and single requests that name the same people at once, in any order, create each once and never deadlock', async () => {
  const other = opened.openAnother();
  for (let round = 0; round < 4; round += 1) {
    const people = Array.from({ length: 40 }, (_, index): Request => {
      const name = `at-once-${round}-${index}`;
      return index % 3 === 0 ? { userId: `00u-${name}` } : { login: `${name}@x.example` };
    });
    const batches = [openAll(people), openAll(people.toReversed(), { through: other }), openAll(people.toReversed())];
    const singles = people.map((person, index) => ask(index % 2 === 0 ? ledger : other, { login: null, ...person }));
    const refused = (await Promise.all(batches)).map(({ obstacles }) => Object.keys(obstacles).length);
    const alone = (await Promise.all(singles)).filter(({ outcome }) => outcome === 'created').length;
    expect(refused.reduce((sum, count) => sum + people.length - count, alone)).toBe(people.length);
  }
});

test('preparing rows offers a pause before each fifth row, and waits until it is over', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const requests = Array.from({ length: 24 }, (_, index) => ({ login: `paused-${index}@x.example` }));
  await prepareRows(ledger, inBatch(newBatchId(), requests), async () => {
    begun.push(ended.length);
    await nextIteration();
    ended.push(begun.length);
  });
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(ended).toEqual([1, 2, 3, 4, 5]);
});

/** The same request by itself, of another tenant, so that both can be open. */
async function createAlone(requests: Request) {
  const { id } = await open(ledger, { login: null, ...requests, tenant: 'globex' });
  const shipment = await readShipment(ledger, 'globex', id);
  return { ...shipment, tenant: 'acme' };
}
