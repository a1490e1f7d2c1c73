import { describe, expect, test } from '@jest/globals';

import type { Context, Entry, Visit } from '../ports/context.ts';
import { OutsideError } from '../ports/errors.ts';
import { backoffMs, house, isDoor, passDoor } from './run-step.ts';
import { doors } from '../model/plan.ts';
import { openHouse } from '../testing/harness.ts';
import { sampleHold, sampleShipment } from '../testing/samples.ts';

const answering = (context: Context, entry: Entry): Context => ({
  ...context,
  ledger: { ...context.ledger, enter: () => Promise.resolve(entry) },
});

describe('a door that is not entered', () => {
  const shipment = sampleShipment();
  const hold = sampleHold('parcel_lost', { problems: [{ field: 'order', code: 'provider_state_105' }] });

  test.each<[Entry, unknown]>([
    [{ outcome: 'missing' }, { result: { outcome: 'done', why: 'no such shipment' }, held: null }],
    [
      { outcome: 'superseded' },
      { result: { outcome: 'done', why: 'a later job of this door takes over' }, held: null },
    ],
    [
      { outcome: 'occupied', retryAfterMs: 700 },
      { result: { outcome: 'later', afterMs: 700, why: 'another visit is under way' }, held: null },
    ],
    [
      { outcome: 'paused', retryAfterMs: 900, reason: 'okta answers 401' },
      { result: { outcome: 'later', afterMs: 900, why: 'okta answers 401' }, held: null },
    ],
    [
      { outcome: 'not_owed', shipment },
      { result: { outcome: 'done', why: 'not owed' }, held: null },
    ],
    [
      { outcome: 'not_owed', shipment: { ...shipment, hold } },
      {
        result: { outcome: 'stop', why: 'held' },
        held: { shipmentId: 'shp_1', code: 'parcel_lost', problems: hold.problems },
      },
    ],
  ])('%j', async (entry, passage) => {
    const { context, calls } = openHouse();
    await expect(passDoor(answering(context, entry), 'check-profile', 'shp_1', null)).resolves.toEqual(passage);
    expect(calls).toEqual([]);
  });
});

describe('a visit', () => {
  test('ends with its outcome on the card', async () => {
    const { pass, ledger } = openHouse();
    await expect(pass('check-profile')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(ledger.cards).toEqual([{ door: 'check-profile', attempt: 1, outcome: 'done', why: null, afterMs: null }]);
  });

  test('that asks a person tells of whom and what', async () => {
    const { pass, ledger } = openHouse({ user: { status: 'SUSPENDED' } });
    await expect(pass('check-profile')).resolves.toEqual({
      result: { outcome: 'stop', why: 'held: user_not_active' },
      held: { shipmentId: 'shp_1', code: 'user_not_active', problems: [{ field: 'status', code: 'not_active' }] },
    });
    expect(ledger.cards).toMatchObject([{ outcome: 'stop', why: 'held: user_not_active', afterMs: null }]);
  });

  test.each(['unreachable', 'lost_before', 'rate_limited', 'refused', 'not_found'] as const)(
    'that the outside fails (%s) is made again later, with the shipment untouched',
    async (fate) => {
      const { fail, pass, ledger, shipment } = openHouse();
      const before = shipment();
      fail('okta.readUser', fate);
      const { result } = await pass('check-profile');
      expect(result).toMatchObject({ outcome: 'later' });
      expect(shipment()).toEqual(before);
      expect(ledger.cards).toMatchObject([
        { outcome: 'later', afterMs: result.outcome === 'later' ? result.afterMs : null },
      ]);
    },
  );

  test('raises an alarm for a refusal that nobody planned for, and for no passing failure', async () => {
    const { fail, pass, alarms } = openHouse();
    fail('okta.readUser', 'lost_before', 'refused');
    await pass('check-profile');
    expect(alarms).toEqual([]);
    await pass('check-profile');
    expect(alarms).toEqual([
      { code: 'unexpected_refusal', detail: { door: 'check-profile', shipment: 'shp_1', status: 400 } },
    ]);
  });

  test('waits as long as the service asked', async () => {
    const { context, ledger } = openHouse();
    const busy = new OutsideError('okta', 'rate_limited', 'answered 429', { status: 429, retryAfterMs: 42_000 });
    const busyOkta = { ...context.okta, readUser: () => Promise.reject(busy) };
    await passDoor({ ...context, okta: busyOkta }, 'check-profile', 'shp_1', null);
    expect(ledger.cards).toMatchObject([{ outcome: 'later', afterMs: 42_000, why: 'answered 429' }]);
  });

  test('of the parcel waits no longer after a failure than after a look, however many there were', async () => {
    const { context, ledger } = openHouse({
      shipment: { plan: { order: 'placed', parcel: 'preparing', credential: 'pending' } },
      tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, maxTransitDays: 30 } },
    });
    const enter = async (...asked: Parameters<typeof context.ledger.enter>): Promise<Entry> => {
      const entry = await context.ledger.enter(...asked);
      return entry.outcome === 'entered' ? { ...entry, visit: { ...entry.visit, attempt: 500 } } : entry;
    };
    const lost = {
      ...context.fulfillment,
      readOrder: () => Promise.reject(new OutsideError('fulfillment', 'lost', 'no answer')),
    };
    await passDoor(
      { ...context, fulfillment: lost, ledger: { ...context.ledger, enter } },
      'track-parcel',
      'shp_1',
      null,
    );
    expect(ledger.cards).toMatchObject([{ outcome: 'later', afterMs: 1_000 }]);
  });
});

describe('credentials that a service does not take', () => {
  test('pause the tenant and raise an alarm, without touching the shipment', async () => {
    const { fail, pass, ledger, alarms, shipment, line, calls } = openHouse();
    const before = shipment();
    fail('okta.readUser', 'unauthorized');
    await expect(pass('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'okta.readUser failed', afterMs: 300_000 },
    });
    expect(alarms).toEqual([{ code: 'tenant_paused', detail: { tenant: 'acme', service: 'okta', status: 401 } }]);
    expect(ledger.pausedUntilMs).toBeGreaterThan(line.nowMs() + 299_000);
    await expect(pass('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'okta.readUser failed' },
    });
    expect(calls).toEqual([]);
    expect(shipment()).toEqual(before);
  });

  test('pause it no longer than its polling interval, which is short where everything is', async () => {
    const { fail, pass } = openHouse({ tenant: { polling: { firstAfterMs: 0, everyMs: 1_000, maxTransitDays: 30 } } });
    fail('okta.readUser', 'unauthorized');
    await expect(pass('check-profile')).resolves.toMatchObject({ result: { outcome: 'later', afterMs: 1_000 } });
  });
});

describe('a bug', () => {
  test('is recorded on the card, by its name alone, and thrown on', async () => {
    const { context, ledger } = openHouse();
    const broken: Context = {
      ...context,
      checkAddress: () => {
        throw new RangeError('zuzana@work.example is no city');
      },
    };
    await expect(passDoor(broken, 'check-profile', 'shp_1', null)).rejects.toThrow(RangeError);
    expect(ledger.cards).toMatchObject([{ outcome: 'threw', why: 'RangeError' }]);
    expect(ledger.cards[0]?.afterMs).toBeGreaterThanOrEqual(500);
  });

  test('that is not even an error is recorded too', async () => {
    const { context, ledger } = openHouse();
    const okta = { ...context.okta, readUser: () => Promise.reject('a string') };
    await expect(passDoor({ ...context, okta }, 'check-profile', 'shp_1', null)).rejects.toBe('a string');
    expect(ledger.cards).toMatchObject([{ outcome: 'threw', why: 'unknown' }]);
  });
});

describe('the wait after a failure', () => {
  test.each([1, 2, 3, 5, 10, 11, 100, 10_000])(
    'of attempt %i doubles up to five minutes, with a quarter of jitter',
    (attempt) => {
      const base = Math.min(500 * 2 ** (attempt - 1), 300_000);
      for (let time = 0; time < 50; time += 1) {
        expect(backoffMs(attempt)).toBeGreaterThanOrEqual(base);
        expect(backoffMs(attempt)).toBeLessThanOrEqual(base * 1.25);
      }
    },
  );
});

test('every door has a room behind it, and nothing else is a door', () => {
  expect(Object.keys(house)).toEqual([...doors]);
  expect(doors.every(isDoor)).toBe(true);
  expect(['', 'accept-event', 'toString'].some(isDoor)).toBe(false);
});

test('a room is only let in by the ledger', async () => {
  const { context } = openHouse();
  const visits: Visit[] = [];
  const ledger = { ...context.ledger, leave: (visit: Visit) => Promise.resolve(void visits.push(visit)) };
  await passDoor({ ...context, ledger }, 'check-profile', 'shp_1', null);
  expect(visits).toMatchObject([{ door: 'check-profile', attempt: 1 }]);
});
