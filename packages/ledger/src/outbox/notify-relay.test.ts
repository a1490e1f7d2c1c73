import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';

import { createApiKey } from '../api-keys/api-keys.ts';
import { finishBatch, insertBatch, newBatchId } from '../batches/batches.ts';
import { createRows } from '../batches/create-rows.ts';
import { prepareRows } from '../batches/prepare-rows.ts';
import type { Ledger } from '../connect-ledger.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { switchFlow } from '../flows/flows.ts';
import { prepared } from '../prepared.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest, ask, bring, change, open, steps } from '../testing/sample-shipments.ts';
import { countStatements, withOutcomes } from '../testing/statement-outcomes.ts';

let opened: TestLedger;
let ledger: Ledger;
let listener: pg.Client;
let heard = 0;
beforeAll(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
  listener = new pg.Client({ connectionString: opened.url });
  await listener.connect();
  listener.on('error', () => undefined);
  listener.on('notification', () => (heard += 1));
  await listener.query('listen keycourier_outbox');
});
afterAll(closeTestLedgers);

/** Notifications so far have arrived: they come before the answer to a later query. */
async function listen(): Promise<number> {
  await ledger.notifier.flush();
  await listener.query('select 1');
  return heard;
}

beforeEach(async () => {
  await listen();
  heard = 0;
});

describe('a relay is notified at once', () => {
  const event = (uuid: string) => ({ uuid, eventType: 't', published: null, body: {}, setAside: null });

  test.each<[string, () => Promise<() => Promise<unknown>>]>([
    [
      'of a delivery',
      async () => () => recordDelivery(ledger, { tenant: 'a', envelopeEventId: null, events: [event('u')] }),
    ],
    ['of a new shipment', async () => () => ask(ledger)],
    [
      'of a finished batch, whose rows it may publish',
      async () => async () => {
        const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
        const batchId = newBatchId();
        await ledger.db.transaction().execute(async (tx) => {
          await insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId });
          const batch = { ...aRequest({ trigger: 'batch' }), batchId };
          await createRows(tx, await prepareRows(ledger, { batch, rows: [{ ...batch, batchRow: 1 }] }));
          await finishBatch(tx, batchId, { total: 1, accepted: 1, rejected: [], rejectedTotal: 0 });
        });
      },
    ],
    [
      'of a move that makes a step next',
      async () => {
        const { id } = await open(ledger, { tenant: 'b' });
        return () => change(ledger, id, steps.ready);
      },
    ],
    [
      'of a slot that the move of another shipment freed',
      async () => {
        const [first, second] = [await open(ledger, { tenant: 'c' }), await open(ledger, { tenant: 'c' })];
        for (const { id } of [first, second]) await bring(ledger, id, 'ready');
        return () => change(ledger, first.id, { order: 'cancelled' });
      },
    ],
    [
      'of slots that are granted again',
      async () => {
        await switchFlow(ledger, { tenant: 'd', slug: 'process-shipments', enabled: false });
        await bring(ledger, (await open(ledger, { tenant: 'd' })).id, 'ready');
        return () => switchFlow(ledger, { tenant: 'd', slug: 'process-shipments', enabled: true });
      },
    ],
  ])('%s', async (_what, prepare) => {
    const act = await prepare();
    await listen();
    heard = 0;
    await act();
    expect(await listen()).toBeGreaterThan(0);
  });
});

describe('a relay is not notified', () => {
  test('by what is rolled back, and by what makes no step next', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'placed');
    await listen();
    heard = 0;
    await change(ledger, id, { parcelDetails: { carrier: 'DHL' } });
    await expect(change(ledger, id, { order: 'requested' })).rejects.toMatchObject({ code: 'illegal_move' });
    expect(await listen()).toBe(0);
  });
});

describe('a notification that is sent with a statement', () => {
  const one = sql`${prepared} select ${1}::int as one`;
  const run = (own: Ledger, statement = one) => own.notifier.runAndNotify(statement, () => true);

  test('is no message of its own, and follows the commit of what it is about', async () => {
    const event = { uuid: 'with', eventType: 't', published: null, body: {}, setAside: null };
    const found: Promise<unknown[]>[] = [];
    listener.once('notification', () => {
      found.push(opened.openAnother().db.selectFrom('outbox').select('step').where('tenant', '=', 'with').execute());
    });
    const record = () => recordDelivery(ledger, { tenant: 'with', envelopeEventId: null, events: [event] });
    expect(await countStatements(record)).toBe(1);
    expect(await listen()).toBe(1);
    expect(await Promise.all(found)).toEqual([[{ step: 'accept-event' }]]);
  });

  test('is one of few for many statements at once', async () => {
    await Promise.all(Array.from({ length: 300 }, () => run(ledger)));
    const notices = await listen();
    expect(notices).toBeGreaterThan(0);
    expect(notices).toBeLessThan(60);
  });

  test('does no harm to what follows on its connection, also where the statement fails', async () => {
    const own = opened.openAnother({ maxConnections: 1 });
    const read = async () => (await sql<{ two: number }>`${prepared} select ${2}::int as two`.execute(own.db)).rows;
    for (let times = 0; times < 3; times += 1) {
      const both = [run(own), read(), read()];
      expect(await Promise.all(both)).toEqual([[{ one: 1 }], [{ two: 2 }], [{ two: 2 }]]);
      await own.notifier.flush();
      await expect(run(own, sql`${prepared} select 1 / ${0}::int`)).rejects.toMatchObject({ code: '22012' });
      await own.notifier.flush();
    }
    const lose = withOutcomes(
      () => 'lost_after',
      () => run(own),
    );
    await expect(lose).rejects.toThrow('Connection terminated unexpectedly');
    expect(await read()).toEqual([{ two: 2 }]);
  });
});

test('many calls at once make few notifications', async () => {
  for (let notify = 0; notify < 1_000; notify += 1) ledger.notifier.notify();
  const notices = await listen();
  expect(notices).toBeGreaterThan(0);
  expect(notices).toBeLessThan(10);
});

describe('a relay of the process itself', () => {
  test('is notified without Postgres, until it leaves', async () => {
    let woken = 0;
    const leave = ledger.notifier.attach(() => {
      woken += 1;
      return true;
    });
    ledger.notifier.notify();
    expect([woken, await listen()]).toEqual([1, 0]);
    leave();
    ledger.notifier.notify();
    expect([woken, await listen()]).toEqual([1, 1]);
  });

  test('that cannot publish leaves it to the others', async () => {
    const leave = ledger.notifier.attach(() => false);
    ledger.notifier.notify();
    expect(await listen()).toBe(1);
    leave();
  });
});
