import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { stepNames, type StepName } from './model/plan.ts';
import { shipmentSteps } from './steps/steps.ts';
import { drive } from './testing/drive.ts';
import { createHarness, type Harness } from './testing/harness.ts';
import { runWithFaults } from './testing/run-with-faults.ts';
import { sampleHold, sampleShipment, sampleTenant, sampleUser } from './testing/samples.ts';
import { stages } from './testing/stages.ts';

const permutations = fc.shuffledSubarray([...stepNames], { minLength: stepNames.length });
const isRemoteCall = (call: string): boolean => !call.startsWith('move ');

async function finished(): Promise<Harness> {
  const harness = createHarness();
  await drive(harness);
  expect(harness.shipment().plan.order).toBe('closed');
  return harness;
}

describe('every job of a finished shipment, run again in any order', () => {
  test('makes no remote call, and changes nothing', async () => {
    const harness = await finished();
    const before = JSON.stringify([
      harness.shipment(),
      harness.ledger.history,
      harness.calls,
      harness.ledger.attempts,
      harness.alarms,
    ]);
    await fc.assert(
      fc.asyncProperty(permutations, async (order) => {
        for (const step of order)
          expect(await harness.run(step)).toEqual({ result: { outcome: 'done', why: 'not next' }, held: null });
      }),
    );
    expect(
      JSON.stringify([
        harness.shipment(),
        harness.ledger.history,
        harness.calls,
        harness.ledger.attempts,
        harness.alarms,
      ]),
    ).toBe(before);
  });

  test.each(['cancel', 'revoke', 'offboard'] as const)(
    'is as harmless after it was cancelled or revoked (%s)',
    async (kind) => {
      const { harness, allCalls, violations } = await runWithFaults({}, [], { at: 25, kind });
      expect([allCalls[25], violations]).toEqual(['ledger.finishWithMove', []]);
      harness.calls.splice(0);
      await fc.assert(
        fc.asyncProperty(permutations, async (jobs) => {
          for (const step of jobs)
            expect((await harness.run(step)).result).toEqual({ outcome: 'done', why: 'not next' });
          expect(harness.calls).toEqual([]);
        }),
      );
    },
  );

  test.each(['cancelled', 'failed'] as const)('is as harmless when it was %s', async (order) => {
    const harness = createHarness({ shipment: { plan: { order } } });
    await fc.assert(
      fc.asyncProperty(permutations, async (jobs) => {
        await Promise.all(jobs.map((step) => harness.run(step)));
        expect(harness.calls).toEqual([]);
      }),
    );
  });
});

describe('an attempt that was claimed before the shipment ended', () => {
  const attempts: readonly (readonly [StepName, Harness['shipment']])[] = [
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

  test.each(attempts)('has no effect any more (%s)', async (step, shipmentBefore) => {
    const harness = await finished();
    const { calls, context, shipment } = harness;
    const before = JSON.stringify(shipment());
    calls.splice(0);
    const begun = { number: 1, failures: 0, id: 'run-old', flowsOff: [], hasDirectory: false };
    const end = await shipmentSteps[step]
      .run(context, { step, shipment: shipmentBefore(), ...begun })
      .catch(() => undefined);
    for (const decide of end?.outcome === 'last_move' ? end.moves : []) harness.ledger.move('shp_1', decide);
    expect(calls.filter((call) => effects.includes(call))).toEqual([]);
    expect(calls.every(isRemoteCall)).toBe(true);
    expect(JSON.stringify(shipment())).toBe(before);
  });
});

describe('any job at any time, also one that is not next', () => {
  test('leaves one order, one active credential and one PIN mail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...stepNames), { maxLength: 60 }), async (jobs) => {
        const harness = createHarness();
        for (const step of jobs) {
          harness.log.advanceTo(harness.log.nowMs() + sampleTenant.polling.firstAfterMs);
          await Promise.all([harness.run(step), harness.run('track-parcel'), harness.run(step)]);
        }
        await drive(harness);
        expect(harness.shipment().plan.order).toBe('closed');
        expect(harness.provider.orders).toHaveLength(1);
        expect(harness.org.enrollments.map(({ status }) => status)).toEqual(['active']);
        expect(harness.mails).toHaveLength(1);
        expect(harness.ledger.violations).toEqual([]);
      }),
    );
  });
});

describe('one request at a time', () => {
  const userIds = ['1', '2', '3'];

  function harnessOf(maxRequestsInFlight: number): Harness {
    const harness = createHarness({ shipment: null });
    harness.ledger.maxRequestsInFlight = maxRequestsInFlight;
    harness.org.users = userIds.map((id) => ({
      id,
      login: `${id}@work.example`,
      status: 'active',
      profile: harness.org.users[0]?.profile ?? {},
    }));
    for (const id of userIds)
      harness.ledger.open(sampleShipment({ id: `shp_${id}`, user: { id }, secrets: { login: `${id}@work.example` } }));
    return harness;
  }

  test('each user gets a key, in the order of the requests, and one shipment at a time has a slot', async () => {
    const harness = harnessOf(1);
    let inFlight = 0;
    harness.log.onEffect = () => {
      inFlight = Math.max(inFlight, [...harness.ledger.shipments.values()].filter(({ plan }) => plan.inSlot).length);
    };
    await drive(harness);
    expect(inFlight).toBe(1);
    expect(harness.provider.orders.map(({ reference }) => reference)).toEqual(['shp_1-1', 'shp_2-1', 'shp_3-1']);
    expect([...harness.ledger.shipments.values()].map(({ plan }) => plan.order)).toEqual([
      'closed',
      'closed',
      'closed',
    ]);
  });

  test('the first shipment waits while the provider is down, and keeps its position', async () => {
    const harness = harnessOf(1);
    harness.fail(
      'provider.placeOrder',
      'unreachable',
      'no_response_before',
      'rate_limited',
      'unauthorized',
      'no_response_after',
    );
    await drive(harness);
    expect(harness.provider.orders.map(({ reference }) => reference.slice(0, 5))).toEqual(['shp_1', 'shp_2', 'shp_3']);
  });

  test('a held shipment releases its slot to the next, and gets the last position', async () => {
    const harness = harnessOf(1);
    harness.fail('okta.enroll', 'refused');
    await drive(harness);
    expect(harness.shipment('shp_1').hold?.code).toBe('enrollment_refused');
    harness.ledger.move('shp_1', () => ({
      change: { hold: null, profileChecked: false, moveToBack: true },
      note: { event: 'shipment.rechecked' },
    }));
    await drive(harness);
    expect(harness.provider.orders.map(({ reference }) => reference)).toEqual(['shp_2-1', 'shp_3-1', 'shp_1-1']);
  });

  test('no slot is granted while the flow is off, and placed orders continue', async () => {
    const harness = harnessOf(1);
    harness.ledger.flowsOff.add('process-shipments');
    harness.org.users.push(sampleUser());
    harness.ledger.open(sampleShipment({ ...stages.active, id: 'shp_4', hold: sampleHold('parcel_lost') }));
    harness.ledger.move('shp_4', () => ({ change: { hold: null, parcel: 'delivered' }, note: { event: 'lifted' } }));
    await drive(harness);
    expect(harness.provider.orders).toEqual([]);
    expect(harness.shipment('shp_1').plan).toMatchObject({ order: 'ready', inSlot: false });
    expect(harness.shipment('shp_4').plan.order).toBe('closed');
  });
});
