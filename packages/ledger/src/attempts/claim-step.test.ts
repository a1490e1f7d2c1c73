import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Entry, Visit } from '@keycourier/journey/ports/context';
import type { Door } from '@keycourier/journey/model/plan';
import { sql } from 'kysely';

import { LedgerError } from '../errors.ts';
import { switchFlow } from '../flows/flows.ts';
import type { Ledger } from '../connect-ledger.ts';
import { readHistory } from '../shipments/read-history.ts';
import { endPauses, pauseTenant } from '../tenants.ts';
import { closeTestLedgers, openTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { bring, change, hold, look, open } from '../testing/sample-shipments.ts';
import { enterDoor } from './claim-step.ts';
import { leaveDoor, renewLease } from './finish-attempt.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await openTestLedger({ maxRequestsInFlight: () => 100 });
  ledger = opened.ledger;
});
afterAll(closeTestLedgers);

const enter = (shipmentId: string, door: Door = 'check-profile', turn: string | null = null, leaseMs = 60_000) =>
  enterDoor(ledger, { door, shipmentId, turn, leaseMs });

function visitOf(entry: Entry): Visit {
  if (entry.outcome !== 'entered') throw new LedgerError('bad_row', `The test's visit was ${entry.outcome}`);
  return entry.visit;
}

const knockOf = (id: string, door: Door = 'check-profile') =>
  ledger.db.selectFrom('knocks').selectAll().where('subject_id', '=', id).where('door', '=', door).executeTakeFirst();

const cardsOf = async (id: string) => (await readHistory(ledger, id)).filter(({ kind }) => kind === 'card');

/** As if the worker had been away for longer than its lease. */
const letLeaseRunOut = (id: string) =>
  sql`update card_executions set leased_until = now() - interval '1 ms' where shipment_id = ${id}`.execute(ledger.db);

describe('a door that is owed', () => {
  test('is entered once, with a card that runs until the visit is left', async () => {
    const shipment = await open(ledger);
    const visit = visitOf(await enter(shipment.id));
    expect(visit).toEqual({ door: 'check-profile', shipment, attempt: 1, execution: expect.stringMatching(/^run_/) });
    expect(await cardsOf(shipment.id)).toMatchObject([
      { card: 'check-profile', attempt: 1, endedAt: null, outcome: null },
    ]);
    await leaveDoor(ledger, visit, { outcome: 'later', why: 'okta is away', afterMs: 1_000 });
    expect(await cardsOf(shipment.id)).toMatchObject([
      { outcome: 'later', why: 'okta is away', endedAt: expect.any(Date) },
    ]);
    expect(visitOf(await enter(shipment.id))).toMatchObject({ attempt: 2 });
  });

  test('is occupied for everybody else while the visit lasts', async () => {
    const { id } = await open(ledger);
    const other = opened.openAnother();
    const entries = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        enterDoor(index % 2 === 0 ? ledger : other, {
          door: 'check-profile',
          shipmentId: id,
          turn: null,
          leaseMs: 60_000,
        }),
      ),
    );
    expect(entries.filter(({ outcome }) => outcome === 'entered')).toHaveLength(1);
    for (const entry of entries.filter(({ outcome }) => outcome !== 'entered'))
      expect(entry).toEqual({ outcome: 'occupied', retryAfterMs: expect.any(Number) });
    const occupied = await enter(id);
    expect(occupied.outcome === 'occupied' ? occupied.retryAfterMs : 0).toBeGreaterThan(50_000);
    expect(await cardsOf(id)).toHaveLength(1);
  });

  test('is let go at the end of the lease, and the card of who did not come back says so', async () => {
    const { id } = await open(ledger);
    const lost = visitOf(await enter(id));
    await letLeaseRunOut(id);
    const visit = visitOf(await enter(id));
    expect(visit.attempt).toBe(2);
    expect(await cardsOf(id)).toMatchObject([
      { attempt: 1, outcome: 'lost', endedAt: expect.any(Date) },
      { attempt: 2, outcome: null },
    ]);
    expect(await renewLease(ledger, lost, 60_000)).toBe(false);
    expect(await enter(id)).toMatchObject({ outcome: 'occupied' });
  });

  test('is not given back by who lost it', async () => {
    const { id } = await open(ledger);
    const lost = visitOf(await enter(id));
    await letLeaseRunOut(id);
    const visit = visitOf(await enter(id));
    const before = await knockOf(id);
    await leaveDoor(ledger, lost, { outcome: 'done', why: null, afterMs: 3_600_000 });
    expect(await knockOf(id)).toEqual(before);
    expect(await enter(id)).toMatchObject({ outcome: 'occupied' });
    expect(await cardsOf(id)).toMatchObject([{ outcome: 'done' }, { outcome: null }]);
    expect(await renewLease(ledger, visit, 60_000)).toBe(true);
  });

  test('lets two in when a short lease was not renewed, and one when it was', async () => {
    const { id } = await open(ledger);
    const visit = visitOf(await enter(id, 'check-profile', null, 1));
    expect(await renewLease(ledger, visit, 60_000)).toBe(true);
    expect(await enter(id)).toMatchObject({ outcome: 'occupied' });
    expect(await renewLease(ledger, visit, 1)).toBe(true);
    let entry = await enter(id);
    while (entry.outcome === 'occupied') entry = await enter(id);
    expect(entry).toMatchObject({ outcome: 'entered' });
  });

  test('is occupied though it was owed no more for a while, as long as the visit lasts', async () => {
    const { id } = await open(ledger);
    const visit = visitOf(await enter(id));
    await hold(ledger, id);
    expect(await knockOf(id)).toBeUndefined();
    await change(ledger, id, { hold: null });
    expect(await enter(id)).toMatchObject({ outcome: 'occupied' });
    expect(await renewLease(ledger, visit, 60_000)).toBe(true);
    await leaveDoor(ledger, visit, { outcome: 'done', why: null });
    expect(await enter(id)).toMatchObject({ outcome: 'entered' });
  });

  test('is not opened early by a process whose clock is ahead, nor kept shut by one whose clock is behind', async () => {
    const [one, other] = [await open(ledger), await open(ledger)];
    const ahead = opened.openAnother({ now: () => new Date(Date.now() + 3_600_000) });
    const behind = opened.openAnother({ now: () => new Date(Date.now() - 3_600_000) });
    const through = (process: Ledger, shipmentId: string, leaseMs: number) =>
      enterDoor(process, { door: 'check-profile', shipmentId, turn: null, leaseMs });
    expect(await through(ledger, one.id, 60_000)).toMatchObject({ outcome: 'entered' });
    expect(await through(ahead, one.id, 60_000)).toMatchObject({ outcome: 'occupied' });
    expect(await through(ahead, other.id, 1)).toMatchObject({ outcome: 'entered' });
    let entry = await through(behind, other.id, 1);
    for (const until = Date.now() + 5_000; entry.outcome === 'occupied' && Date.now() < until;)
      entry = await through(behind, other.id, 1);
    expect(entry).toMatchObject({ outcome: 'entered' });
  });
});

describe('a visit that is left', () => {
  test('says when its door is due again, and gives back the lease', async () => {
    const { id } = await open(ledger);
    const visit = visitOf(await enter(id));
    await leaveDoor(ledger, visit, { outcome: 'later', why: null, afterMs: 3_600_000 });
    const knock = await knockOf(id);
    expect(knock).toMatchObject({ attempts: 1 });
    const aheadMs = (knock?.due_at.getTime() ?? 0) - Date.now();
    expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(60_000);
  });

  test('whose door is owed no more leaves only its card', async () => {
    const { id } = await open(ledger);
    const visit = visitOf(await enter(id));
    await change(ledger, id, { order: 'cancelled' });
    await leaveDoor(ledger, visit, { outcome: 'done', why: null });
    expect(await knockOf(id)).toBeUndefined();
    expect(await cardsOf(id)).toMatchObject([{ outcome: 'done' }]);
  });
});

describe('a door that is not to be entered', () => {
  test.each<[string, (id: string) => Promise<unknown>, Door]>([
    ['was passed', (id) => bring(ledger, id, 'placed'), 'place-order'],
    ['is not reached yet', async () => undefined, 'send-pin'],
    ['is held', (id) => hold(ledger, id), 'check-profile'],
    ['is of a finished shipment', (id) => bring(ledger, id, 'delivered'), 'track-parcel'],
  ])(
    'because it %s leaves no trace, and takes back a knock that an upgrade may have left',
    async (_why, arrange, door) => {
      const { id } = await open(ledger);
      await arrange(id);
      await sql`insert into knocks (subject_id, door, tenant) values (${id}, ${door}, 'acme')`.execute(ledger.db);
      const before = await readHistory(ledger, id);
      expect(await enter(id, door)).toEqual({ outcome: 'not_owed', shipment: await look(ledger, id) });
      expect(await readHistory(ledger, id)).toEqual(before);
      expect(await knockOf(id, door)).toBeUndefined();
    },
  );

  test('of every kind, for a finished shipment, lets nobody in', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'delivered');
    for (const door of [
      'check-profile',
      'enroll-credential',
      'place-order',
      'track-parcel',
      'activate-credential',
      'release-pin',
      'send-pin',
    ] as const)
      expect(await enter(id, door, '1')).toMatchObject({ outcome: 'not_owed' });
    expect(await cardsOf(id)).toEqual([]);
  });

  test('of a shipment that is not there is missing', async () => {
    expect(await enter('shp_none')).toEqual({ outcome: 'missing' });
  });

  test('under an earlier turn is left to the later one', async () => {
    const { id } = await open(ledger);
    const turn = (await knockOf(id))?.turn ?? '';
    await change(ledger, id, { knockAgain: true });
    expect(await enter(id, 'check-profile', turn)).toEqual({ outcome: 'superseded' });
    expect(await enter(id, 'check-profile', (await knockOf(id))?.turn)).toMatchObject({ outcome: 'entered' });
  });

  test('while its tenant is paused tells how long and why', async () => {
    const [{ id }, other] = [await open(ledger, { tenant: 'paused' }), await open(ledger)];
    await pauseTenant(ledger, 'paused', new Date(Date.now() + 60_000), 'okta answers 401');
    const entry = await enter(id);
    expect(entry).toEqual({ outcome: 'paused', retryAfterMs: expect.any(Number), reason: 'okta answers 401' });
    const { retryAfterMs } = entry.outcome === 'paused' ? entry : { retryAfterMs: 0 };
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(await enter(other.id)).toMatchObject({ outcome: 'entered' });
    expect(await cardsOf(id)).toEqual([]);
    await endPauses(ledger);
    expect(await enter(id)).toMatchObject({ outcome: 'entered' });
  });

  test('because process-shipments went off steps back into the line, though its job came too early', async () => {
    const tenant = 'off';
    const { id } = await open(ledger, { tenant });
    await bring(ledger, id, 'ready');
    await sql`insert into flows (tenant, slug, enabled) values (${tenant}, 'process-shipments', false)`.execute(
      ledger.db,
    );
    expect(await enter(id, 'enroll-credential')).toMatchObject({
      outcome: 'not_owed',
      shipment: { plan: { inSlot: false } },
    });
    expect(await look(ledger, id)).toMatchObject({ plan: { order: 'ready', inSlot: false } });
    await switchFlow(ledger, tenant, 'process-shipments', true);
    expect(await enter(id, 'enroll-credential')).toMatchObject({ outcome: 'entered' });
  });

  test('but for process-shipments being off goes on where its call has begun', async () => {
    const tenant = 'off-begun';
    const { id } = await open(ledger, { tenant });
    await bring(ledger, id, 'placing');
    await switchFlow(ledger, tenant, 'process-shipments', false);
    expect(await enter(id, 'place-order')).toMatchObject({ outcome: 'entered' });
  });
});

test('visits that come and go at once on one door, with leases that run out, never deadlock', async () => {
  const { id } = await open(ledger);
  const others = [ledger, opened.openAnother(), opened.openAnother()];
  const visits = Array.from({ length: 60 }, async (_, index) => {
    const through = others[index % 3] ?? ledger;
    const entry = await enterDoor(through, { door: 'check-profile', shipmentId: id, turn: null, leaseMs: 1 });
    if (entry.outcome === 'entered') await leaveDoor(through, entry.visit, { outcome: 'later', why: null, afterMs: 0 });
    return entry.outcome;
  });
  expect(await Promise.all(visits)).toContain('entered');
});
