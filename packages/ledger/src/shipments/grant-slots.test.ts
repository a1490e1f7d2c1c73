import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import type { Ledger } from '../connect-ledger.ts';
import { switchFlow } from '../flows/flows.ts';
import { endOutage } from '../outages/recover.ts';
import { repairOutbox } from '../outbox/repair-outbox.ts';
import { pauseTenant } from '../tenants.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { bring, change, hold, look, open, steps } from '../testing/sample-shipments.ts';
import { withOutcomes } from '../testing/statement-outcomes.ts';
import { grantFreed, grantSlots, lockSlots, moveAndGrant } from './grant-slots.ts';
import { lockShipment } from './lock-shipment.ts';
import { move, moveAll } from './move.ts';

afterAll(closeTestLedgers);

let limit = 1;
let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  limit = 1;
  opened = await connectTestLedger({ maxRequestsInFlight: () => limit });
  ledger = opened.ledger;
});

/** Opens so many of a tenant's requests, in order. */
async function createCallLog(count: number, tenant = 'acme'): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await open(ledger, { tenant })).id);
  return ids;
}

/** A line of requests that are all checked already. */
async function checkedShipments(count: number, tenant = 'acme'): Promise<string[]> {
  const ids = await createCallLog(count, tenant);
  for (const id of ids) await change(ledger, id, steps.ready);
  return ids;
}

const check = (id: string | undefined) => change(ledger, id ?? '', steps.ready);

async function holdingSlot(tenant = 'acme'): Promise<string[]> {
  const rows = await ledger.db
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('in_slot', '=', true)
    .orderBy('position')
    .execute();
  return rows.map(({ id }) => id);
}

const messagesOf = async (id: string | undefined) =>
  (
    await ledger.db
      .selectFrom('outbox')
      .select('step')
      .where('subject_id', '=', id ?? '')
      .execute()
  ).map(({ step }) => step);

describe('the slots of a tenant', () => {
  test('go to one request at a time, the earliest first', async () => {
    const ids = await checkedShipments(3);
    for (const id of ids) {
      expect(await holdingSlot()).toEqual([id]);
      expect(await messagesOf(id)).toEqual(['enroll-credential']);
      await bring(ledger, id, 'placing');
      expect(await holdingSlot()).toEqual([id]);
      await change(ledger, id, steps.placed);
    }
    expect(await holdingSlot()).toEqual([]);
  });

  test('are as many as the tenant may have requests in flight', async () => {
    limit = 3;
    const ids = await checkedShipments(5);
    expect(await holdingSlot()).toEqual(ids.slice(0, 3));
    await bring(ledger, ids[1] ?? '', 'placed');
    expect(await holdingSlot()).toEqual([ids[0], ids[2], ids[3]]);
  });

  test('that may have fewer in flight than before grants none until there are fewer', async () => {
    limit = 3;
    const ids = await checkedShipments(4);
    limit = 1;
    await bring(ledger, ids[0] ?? '', 'placed');
    await bring(ledger, ids[1] ?? '', 'placed');
    expect(await holdingSlot()).toEqual([ids[2]]);
    await bring(ledger, ids[2] ?? '', 'placed');
    expect(await holdingSlot()).toEqual([ids[3]]);
  });

  test('does not wait for that of another tenant', async () => {
    const [one] = await checkedShipments(2);
    const [other] = await checkedShipments(2, 'globex');
    expect([await holdingSlot(), await holdingSlot('globex')]).toEqual([[one], [other]]);
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['is placed', (id) => bring(ledger, id, 'placed')],
    ['is held', (id) => hold(ledger, id)],
    ['is cancelled', (id) => change(ledger, id, { order: 'cancelled' })],
    ['fails', (id) => change(ledger, id, { order: 'failed' })],
  ])('go to the next when the shipment in the slot %s', async (_how, finishAttempt) => {
    const [first = '', second] = await checkedShipments(2);
    await finishAttempt(first);
    expect(await holdingSlot()).toEqual([second]);
    expect(await messagesOf(second)).toEqual(['enroll-credential']);
  });

  test('keep their shipment while the provider is away', async () => {
    const [first = ''] = await checkedShipments(2);
    for (const back of ['enrolling', 'ready'] as const) await change(ledger, first, { order: back });
    await bring(ledger, first, 'enrolled').catch(() => undefined);
    for (const back of ['placing', 'enrolled'] as const) await change(ledger, first, { order: back });
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(first)).toEqual(['place-order']);
  });

  test('puts a shipment that was held at the end, in its former state', async () => {
    const [first = '', second = '', third = ''] = await checkedShipments(3);
    await bring(ledger, first, 'enrolled');
    await hold(ledger, first, 'order_refused');
    expect(await holdingSlot()).toEqual([second]);
    await change(ledger, first, { hold: null, moveToBack: true });
    await bring(ledger, second, 'placed');
    expect(await holdingSlot()).toEqual([third]);
    await bring(ledger, third, 'placed');
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(first)).toEqual(['place-order']);
  });

  test('never go to a dry run, and never wait for one', async () => {
    const { id } = await open(ledger, { dryRun: true });
    const [first] = await createCallLog(1);
    await check(first);
    await check(id);
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(id)).toEqual([]);
  });
});

describe('an earlier request that is not yet checked', () => {
  test('keeps the later ones back', async () => {
    const [first, second] = await createCallLog(2);
    await check(second);
    expect(await holdingSlot()).toEqual([]);
    await check(first);
    expect(await holdingSlot()).toEqual([first]);
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['held', (id) => hold(ledger, id)],
    ['cancelled', (id) => change(ledger, id, { order: 'cancelled' })],
    ['failed', (id) => change(ledger, id, { order: 'failed' })],
  ])('does so no longer once it is %s', async (_how, end) => {
    const [first = '', second] = await createCallLog(2);
    await check(second);
    await end(first);
    expect(await holdingSlot()).toEqual([second]);
  });

  test('does so only for the grace period; then the sweep grants the slot to the next', async () => {
    opened.clock.now = new Date(Date.now() - 60_000);
    const [first] = await createCallLog(1);
    opened.clock.now = new Date();
    const [second] = await createCallLog(1);
    const patient = opened.openAnother({ checkGraceMs: 600_000 });
    await move(patient, second ?? '', () => ({ change: steps.ready, note: { event: 'profile.checked' } }));
    await repairOutbox(patient, 100);
    expect(await holdingSlot()).toEqual([]);
    await repairOutbox(ledger, 100);
    expect(await holdingSlot()).toEqual([second]);
    await check(first);
    expect(await holdingSlot()).toEqual([second]);
  });
});

describe('while the tenant is paused', () => {
  test('no slot is granted, and afterwards the sweep grants it', async () => {
    await pauseTenant(ledger, 'acme', {
      until: new Date(Date.now() + 3_600_000),
      reason: 'okta answers 401',
      service: 'okta',
      credential: null,
    });
    const [first] = await checkedShipments(2);
    expect(await holdingSlot()).toEqual([]);
    await repairOutbox(ledger, 100);
    expect(await holdingSlot()).toEqual([]);
    await endOutage(ledger, { tenant: 'acme', service: 'okta' });
    await repairOutbox(ledger, 100);
    expect(await holdingSlot()).toEqual([first]);
  });

  test('a slot is granted when the pause has run out', async () => {
    await pauseTenant(ledger, 'acme', {
      until: new Date(Date.now() - 1),
      reason: 'okta answers 401',
      service: 'okta',
      credential: null,
    });
    const [first] = await checkedShipments(2);
    expect(await holdingSlot()).toEqual([first]);
  });
});

describe('while the flow process-shipments is off', () => {
  const switchProcessing = (enabled: boolean) =>
    switchFlow(ledger, { tenant: 'acme', slug: 'process-shipments', enabled });

  test('no slot is granted, and on again grants it at once', async () => {
    await switchProcessing(false);
    const [first] = await checkedShipments(2);
    await repairOutbox(ledger, 100);
    expect(await holdingSlot()).toEqual([]);
    await switchProcessing(true);
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(first)).toEqual(['enroll-credential']);
  });

  test.each(['ready', 'enrolled'] as const)('a shipment in a slot that is %s waits again', async (state) => {
    const [first = '', second] = await checkedShipments(2);
    await bring(ledger, first, state);
    await switchProcessing(false);
    expect(await holdingSlot()).toEqual([]);
    expect(await messagesOf(first)).toEqual([]);
    await switchProcessing(true);
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(first)).toEqual([state === 'ready' ? 'enroll-credential' : 'place-order']);
    expect(await messagesOf(second)).toEqual([]);
  });

  test.each(['enrolling', 'placing'] as const)('whose call has begun goes on from %s', async (state) => {
    const [first = ''] = await checkedShipments(1);
    await bring(ledger, first, state);
    await switchProcessing(false);
    expect(await holdingSlot()).toEqual([first]);
    expect(await messagesOf(first)).toEqual([state === 'enrolling' ? 'enroll-credential' : 'place-order']);
  });

  test('the other flows and the other tenants grant no slot', async () => {
    await switchProcessing(false);
    await checkedShipments(1);
    await switchFlow(ledger, { tenant: 'acme', slug: 'group-add', enabled: true });
    await switchFlow(ledger, { tenant: 'globex', slug: 'process-shipments', enabled: true });
    expect(await holdingSlot()).toEqual([]);
  });

  test('switched off while slots are granted leaves no shipment in a slot that has not begun', async () => {
    for (let round = 0; round < 15; round += 1) {
      const [first = '', second = ''] = await checkedShipments(2);
      await Promise.all([bring(ledger, first, 'placed'), switchProcessing(false)]);
      const { plan } = await look(ledger, second);
      expect(plan).toMatchObject({ order: 'ready', inSlot: false });
      await change(ledger, second, { order: 'cancelled' });
      if ((await look(ledger, first)).plan.order !== 'placed') await change(ledger, first, { order: 'cancelled' });
      await switchProcessing(true);
    }
  });
});

describe('the first that waits, locked at the moment when a slot becomes free', () => {
  /** Holds a shipment's row as a claim or a declined move does, while `meanwhile` happens. */
  const whileLocked = (id: string, meanwhile: () => Promise<unknown>) =>
    ledger.db.transaction().execute(async (tx) => {
      await lockShipment(ledger, tx, id);
      await meanwhile();
    });

  test('is not overtaken', async () => {
    const [first = '', second = '', third = ''] = await checkedShipments(3);
    await whileLocked(second, () => bring(ledger, first, 'placed'));
    expect(await holdingSlot()).not.toEqual([third]);
    await repairOutbox(ledger, 100);
    expect(await holdingSlot()).toEqual([second]);
  });

  test('gets the slot by the very move that held it, even if that declines', async () => {
    const [first = '', second = ''] = await checkedShipments(2);
    await ledger.db.transaction().execute(async (tx) => {
      await lockShipment(ledger, tx, second);
      await bring(ledger, first, 'placed');
      await moveAll(ledger, tx, { ids: [second], decide: () => null });
    });
    expect(await holdingSlot()).toEqual([second]);
  });

  test('that is cancelled by the move that held it leaves the slot to the next', async () => {
    const [first = '', second = '', third = ''] = await checkedShipments(3);
    await ledger.db.transaction().execute(async (tx) => {
      await lockShipment(ledger, tx, second);
      await bring(ledger, first, 'placed');
      await moveAll(ledger, tx, {
        ids: [second],
        decide: () => ({ change: { order: 'cancelled' }, note: { event: 'test.cancelled' } }),
      });
    });
    expect(await holdingSlot()).toEqual([third]);
  });

  test('keeps later ones back, though there are slots for all', async () => {
    limit = 2;
    const [one = '', two = '', third = '', fourth = ''] = await checkedShipments(4);
    await ledger.db.transaction().execute(async (tx) => {
      await lockShipment(ledger, tx, third);
      for (const id of [one, two]) await bring(ledger, id, 'placed');
      expect(await holdingSlot()).toEqual([]);
      await moveAll(ledger, tx, { ids: [third], decide: () => null });
    });
    expect(await holdingSlot()).toEqual([third, fourth]);
  });

  test('does not delay the switching off of its flow, and its next claim releases the slot', async () => {
    const [first = ''] = await checkedShipments(1);
    await whileLocked(first, () => switchFlow(ledger, { tenant: 'acme', slug: 'process-shipments', enabled: false }));
    const claim = await claimStep(ledger, {
      step: 'enroll-credential',
      shipmentId: first,
      dispatchId: null,
      leaseMs: 60_000,
    });
    expect(claim).toMatchObject({ outcome: 'not_next' });
    expect(await holdingSlot()).toEqual([]);
  });
});

test('slots are granted once, however many grant them at the same moment', async () => {
  limit = 2;
  await switchFlow(ledger, { tenant: 'acme', slug: 'process-shipments', enabled: false });
  const ids = await checkedShipments(6);
  await sql`update flows set enabled = true`.execute(ledger.db);
  const other = opened.openAnother();
  const filled = await Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const through = index % 2 === 0 ? ledger : other;
      return through.db.transaction().execute((tx) => grantSlots(through, tx, 'acme'));
    }),
  );
  expect(filled.flat().toSorted()).toEqual(ids.slice(0, 2).toSorted());
  expect(await holdingSlot()).toEqual(ids.slice(0, 2));
});

describe('a move that frees a slot', () => {
  test("does not wait for the tenant's row", async () => {
    const [first, second] = await createCallLog(2);
    await check(first);
    await ledger.db.transaction().execute(async (tx) => {
      await lockSlots(tx, 'acme');
      await change(ledger, first ?? '', { order: 'cancelled' });
    });
    await check(second);
    expect(await holdingSlot()).toEqual([second]);
  });

  test('is one message with the look behind it, which sees the slot free', async () => {
    const [first, second, third] = await checkedShipments(3);
    const cancel = async (id = ''): Promise<number> => {
      let count = 0;
      await withOutcomes(
        (_, text) => {
          if (text.includes('shipments')) count += 1;
          return 'sent';
        },
        () => change(ledger, id, { order: 'cancelled' }),
      );
      return count;
    };
    // Reading the shipment, the move with the look, and the grant.
    expect([await cancel(first), await cancel(second)]).toEqual([3, 3]);
    expect(await holdingSlot()).toEqual([third]);
    expect(await cancel(third)).toBe(2);
  });

  test('beside another one that does has a look of its own: the later sees both', async () => {
    limit = 2;
    const ids = await checkedShipments(6);
    await Promise.all(ids.slice(0, 2).map((id) => change(ledger, id, { order: 'cancelled' })));
    expect(await holdingSlot()).toEqual(ids.slice(2, 4));
  });

  test('fails alone: the look behind it runs all the same', async () => {
    const [first] = await checkedShipments(2);
    await sql`update shipments set in_slot = false`.execute(ledger.db);
    await expect(moveAndGrant(ledger, 'acme', sql`select 1 / 0`)).rejects.toMatchObject({ code: '22012' });
    await until(holdingSlot, ({ length }) => length === 1);
    expect(await holdingSlot()).toEqual([first]);
  });

  test('is seen by the look after a move that left a shipment waiting at the same time', async () => {
    const [first, second] = await createCallLog(2);
    await check(first);
    const ready = { change: steps.ready, note: { event: 'test.checked' } };
    await ledger.db.transaction().execute(async (tx) => {
      await moveAll(ledger, tx, { ids: [second ?? ''], decide: () => ready });
      await change(ledger, first ?? '', { order: 'cancelled' });
    });
    expect(await holdingSlot()).toEqual([]);
    await grantFreed(ledger, 'acme');
    expect(await holdingSlot()).toEqual([second]);
    expect(await messagesOf(second)).toContain('enroll-credential');
  });

  test('gives it to another, of a tenant without a row too', async () => {
    const [first, second] = await checkedShipments(2);
    await sql`delete from tenants`.execute(ledger.db);
    await change(ledger, first ?? '', { order: 'cancelled' });
    expect(await holdingSlot()).toEqual([second]);
  });

  test('returns before it is granted, in a process that does not wait for that; closing the ledger does', async () => {
    const [first, second] = await checkedShipments(2);
    const worker = opened.openAnother({ waitsForGrants: false });
    await ledger.db.transaction().execute(async (tx) => {
      await lockSlots(tx, 'acme');
      await change(worker, first ?? '', { order: 'cancelled' });
    });
    await worker.close();
    expect(await holdingSlot()).toEqual([second]);
  });

  test('reports why it cannot be granted', async () => {
    const [first] = await checkedShipments(2);
    const failures: unknown[] = [];
    const cause = new RangeError('no limit');
    const broken = opened.openAnother({
      onWorkError: (error) => void failures.push(error),
      maxRequestsInFlight: () => {
        throw cause;
      },
    });
    await change(broken, first ?? '', { order: 'cancelled' });
    expect(failures).toEqual([cause]);
  });

  test('gives as many as are free to those that wait longest, however many looks there are', async () => {
    limit = 3;
    const ids = await checkedShipments(8);
    await Promise.all(ids.slice(0, 3).map((id) => change(ledger, id, { order: 'cancelled' })));
    await Promise.all(Array.from({ length: 10 }, () => grantFreed(ledger, 'acme')));
    expect(await holdingSlot()).toEqual(ids.slice(3, 6));
  });
});
