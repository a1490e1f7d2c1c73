import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { house as rooms } from './steps/run-step.ts';
import { doors, type Door } from './model/plan.ts';
import { drive } from './testing/drive.ts';
import { openHouse, type House } from './testing/harness.ts';
import { rehearse } from './testing/run-with-faults.ts';
import { sampleHold, sampleShipment, sampleTenant, sampleUser } from './testing/samples.ts';
import { stages } from './testing/stages.ts';

const permutations = fc.shuffledSubarray([...doors], { minLength: doors.length });
const isOutside = (call: string): boolean => !call.startsWith('move ');

async function finished(): Promise<House> {
  const house = openHouse();
  await drive(house);
  expect(house.shipment().plan.order).toBe('closed');
  return house;
}

describe('every job of a finished shipment, run again in any order', () => {
  test('makes no outside call, and changes nothing', async () => {
    const house = await finished();
    const before = JSON.stringify([
      house.shipment(),
      house.ledger.history,
      house.calls,
      house.ledger.cards,
      house.alarms,
    ]);
    await fc.assert(
      fc.asyncProperty(permutations, async (order) => {
        for (const door of order)
          expect(await house.pass(door)).toEqual({ result: { outcome: 'done', why: 'not owed' }, held: null });
      }),
    );
    expect(
      JSON.stringify([house.shipment(), house.ledger.history, house.calls, house.ledger.cards, house.alarms]),
    ).toBe(before);
  });

  test.each(['cancel', 'revoke', 'recall'] as const)('is as harmless when it was taken back (%s)', async (kind) => {
    const { house, made, faults } = await rehearse({}, [], { at: 24, kind });
    expect([made[24], faults]).toEqual(['ledger.move', []]);
    house.calls.splice(0);
    await fc.assert(
      fc.asyncProperty(permutations, async (jobs) => {
        for (const door of jobs) expect((await house.pass(door)).result).toEqual({ outcome: 'done', why: 'not owed' });
        expect(house.calls).toEqual([]);
      }),
    );
  });

  test.each(['cancelled', 'failed'] as const)('is as harmless when it was %s', async (order) => {
    const house = openHouse({ shipment: { plan: { order } } });
    await fc.assert(
      fc.asyncProperty(permutations, async (jobs) => {
        await Promise.all(jobs.map((door) => house.pass(door)));
        expect(house.calls).toEqual([]);
      }),
    );
  });
});

describe('a visit that was let in before the shipment ended', () => {
  const visits: readonly (readonly [Door, House['shipment']])[] = [
    ['check-profile', () => sampleShipment()],
    ['enroll-credential', () => sampleShipment({ ...stages.ready, plan: { ...stages.ready.plan, inSlot: true } })],
    ['place-order', () => sampleShipment({ ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } })],
    ['activate-credential', () => sampleShipment(stages.programmed)],
    ['release-pin', () => sampleShipment(stages.active)],
    ['send-pin', () => sampleShipment({ ...stages.active, plan: { ...stages.active.plan, pin: 'released' } })],
  ];
  const effects = [
    'okta.enroll',
    'provider.placeOrder',
    'okta.activate',
    'mail.sendPinMail',
    'okta.deleteEnrollment',
    'provider.deleteOrder',
  ];

  test.each(visits)('has no effect any more (%s)', async (door, shipmentBefore) => {
    const house = await finished();
    const { calls, context, shipment } = house;
    const before = JSON.stringify(shipment());
    calls.splice(0);
    await rooms[door]
      .pass(context, { door, shipment: shipmentBefore(), attempt: 1, execution: 'run-old' })
      .catch(() => undefined);
    expect(calls.filter((call) => effects.includes(call))).toEqual([]);
    expect(calls.every(isOutside)).toBe(true);
    expect(JSON.stringify(shipment())).toBe(before);
  });
});

describe('any job at any time, also those that nobody asked for', () => {
  test('leaves one order, one active credential and one PIN mail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...doors), { maxLength: 60 }), async (jobs) => {
        const house = openHouse();
        for (const door of jobs) {
          house.line.advanceTo(house.line.nowMs() + sampleTenant.polling.firstAfterMs);
          await Promise.all([house.pass(door), house.pass('track-parcel'), house.pass(door)]);
        }
        await drive(house);
        expect(house.shipment().plan.order).toBe('closed');
        expect(house.provider.orders).toHaveLength(1);
        expect(house.org.enrollments.map(({ status }) => status)).toEqual(['ACTIVE']);
        expect(house.mails).toHaveLength(1);
        expect(house.ledger.violations).toEqual([]);
      }),
    );
  });
});

describe('one request at a time', () => {
  const people = ['1', '2', '3'];

  function houseOf(maxRequestsInFlight: number): House {
    const house = openHouse({ shipment: null });
    house.ledger.maxRequestsInFlight = maxRequestsInFlight;
    house.org.users = people.map((id) => ({
      id,
      login: `${id}@work.example`,
      status: 'ACTIVE',
      profile: house.org.users[0]?.profile ?? {},
    }));
    for (const id of people)
      house.ledger.open(sampleShipment({ id: `shp_${id}`, user: { id }, secrets: { login: `${id}@work.example` } }));
    return house;
  }

  test('each gets a key, in the order they came, and the provider never has two requests at once', async () => {
    const house = houseOf(1);
    let inFlight = 0;
    house.line.onEffect = () => {
      inFlight = Math.max(inFlight, [...house.ledger.shipments.values()].filter(({ plan }) => plan.inSlot).length);
    };
    await drive(house);
    expect(inFlight).toBe(1);
    expect(house.provider.orders.map(({ reference }) => reference)).toEqual(['shp_1-1', 'shp_2-1', 'shp_3-1']);
    expect([...house.ledger.shipments.values()].map(({ plan }) => plan.order)).toEqual(['closed', 'closed', 'closed']);
  });

  test('the head waits while the provider is down, and keeps its place', async () => {
    const house = houseOf(1);
    house.fail('provider.placeOrder', 'unreachable', 'lost_before', 'rate_limited', 'unauthorized', 'lost_after');
    await drive(house);
    expect(house.provider.orders.map(({ reference }) => reference.slice(0, 5))).toEqual(['shp_1', 'shp_2', 'shp_3']);
  });

  test('whoever is held lets the next one in, and rejoins at the end', async () => {
    const house = houseOf(1);
    house.fail('okta.enroll', 'refused');
    await drive(house);
    expect(house.shipment('shp_1').hold?.code).toBe('enrollment_refused');
    house.ledger.move('shp_1', () => ({
      change: { hold: null, profileChecked: false, rejoinLine: true },
      note: { event: 'shipment.rechecked' },
    }));
    await drive(house);
    expect(house.provider.orders.map(({ reference }) => reference)).toEqual(['shp_2-1', 'shp_3-1', 'shp_1-1']);
  });

  test('the flow that is off lets nobody in, while what was ordered goes on', async () => {
    const house = houseOf(1);
    house.ledger.flowsOff.add('process-shipments');
    house.org.users.push(sampleUser());
    house.ledger.open(sampleShipment({ ...stages.active, id: 'shp_4', hold: sampleHold('parcel_lost') }));
    house.ledger.move('shp_4', () => ({ change: { hold: null, parcel: 'delivered' }, note: { event: 'lifted' } }));
    await drive(house);
    expect(house.provider.orders).toEqual([]);
    expect(house.shipment('shp_1').plan).toMatchObject({ order: 'ready', inSlot: false });
    expect(house.shipment('shp_4').plan.order).toBe('closed');
  });
});
