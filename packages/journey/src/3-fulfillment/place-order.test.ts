import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { ordersThatSurvive } from '../testing/provider.ts';
import { checkedProfile, product, profileValues, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

function enrolledHarness(shipment: SampleShipment = {}, settings: HarnessSettings = {}): Harness {
  const harness = createHarness({ ...settings, shipment: { ...stages.enrolled, ...shipment } });
  const enrollment = { id: 'fwf0', keyId: 'key0', userId: '00u1', createdAt: startOfTime };
  harness.org.enrollments.push({ ...enrollment, status: 'pending' });
  return harness;
}

describe('an order', () => {
  test('commits the intent, with its reference, before the call', async () => {
    const { run, shipment, calls, provider } = enrolledHarness();
    await expect(run('place-order')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(calls).toEqual(['move order.intended', 'provider.placeOrder', 'move order.placed']);
    expect(provider.orders[0]?.request).toEqual({
      profile: checkedProfile(),
      recipientEmail: profileValues.email,
      product,
      deliveryType: 1,
      reference: 'shp_1-1',
      pinRequestJwe: 'pin request key0',
      credRequestJwe: 'credential request key0',
    });
    expect(shipment()).toMatchObject({
      plan: { order: 'placed', parcel: 'preparing', inSlot: false },
      order: { providerId: 'order-1', providerState: 3 },
      intents: { order: { reference: 'shp_1-1', attempt: 1 } },
    });
  });

  test('deletes the request envelopes', async () => {
    const { run, shipment } = enrolledHarness();
    await run('place-order');
    expect(shipment().secrets.requestEnvelopes).toBeUndefined();
  });

  test('is announced to the secondary address of a new user', async () => {
    const secrets = { ...stages.enrolled.secrets, profile: { ...checkedProfile(), isNewUser: true } };
    const { run, provider } = enrolledHarness({ secrets });
    await run('place-order');
    expect(provider.orders[0]?.request.recipientEmail).toBe(profileValues.secondEmail);
  });

  test.each(['unreachable', 'rate_limited', 'unauthorized'] as const)(
    'that surely had no effect (%s) is repeated with a new intent',
    async (fault) => {
      const { run, fail, shipment, provider, calls } = enrolledHarness();
      fail('provider.placeOrder', fault);
      await expect(run('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(shipment()).toMatchObject({ plan: { order: 'enrolled', held: false, inSlot: true } });
      expect(shipment().secrets.requestEnvelopes).toBeDefined();
      expect(calls).toEqual(['move order.intended', 'move order.not_sent']);
      expect(provider.orders).toEqual([]);
    },
  );

  test.each(['refused', 'not_found'] as const)(
    'that the provider refuses (%s) is held with the enrollment pending, and its slot released',
    async (fault) => {
      const { run, fail, shipment, org } = enrolledHarness();
      fail('provider.placeOrder', fault);
      await expect(run('place-order')).resolves.toMatchObject({
        result: { outcome: 'stop' },
        held: { code: 'order_refused' },
      });
      expect(shipment()).toMatchObject({ plan: { order: 'enrolled', credential: 'pending', inSlot: false } });
      expect(org.enrollments).toMatchObject([{ id: 'fwf0', status: 'pending' }]);
    },
  );

  test('after a refusal has a new reference', async () => {
    const { run, fail, ledger, provider } = enrolledHarness();
    fail('provider.placeOrder', 'refused');
    await run('place-order');
    ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
    await run('place-order');
    expect(provider.orders.map(({ reference }) => reference)).toEqual(['shp_1-2']);
  });

  test('is not placed when the shipment was held just before', async () => {
    const { run, calls, log, ledger } = enrolledHarness();
    log.faultOf = (name) => {
      if (name === 'ledger.move')
        ledger.move('shp_1', () => ({
          change: { hold: { code: 'left_group', problems: [], since: startOfTime } },
          note: { event: 'held' },
        }));
      return null;
    };
    await expect(run('place-order')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(calls).toEqual(['move held']);
  });

  test('without its profile waits for another check, with the enrollment kept', async () => {
    const { login, requestEnvelopes } = stages.enrolled.secrets;
    const { run, shipment, calls } = enrolledHarness({ secrets: { login, requestEnvelopes } });
    await run('place-order');
    expect(shipment().plan).toMatchObject({ order: 'enrolled', credential: 'pending', profileChecked: false });
    expect(calls).toEqual(['move profile.gone']);
  });

  test('without its envelopes starts over with a fresh enrollment', async () => {
    const { login, profile } = stages.enrolled.secrets;
    const { run, shipment, calls, org } = enrolledHarness({ secrets: { login, profile } });
    await run('place-order');
    expect(calls).toEqual(['okta.deleteEnrollment', 'move order.started_over']);
    expect(shipment()).toMatchObject({
      plan: { order: 'ready', credential: 'none', inSlot: true },
      credential: { enrollmentId: null, keyId: null },
    });
    expect(org.enrollments).toEqual([]);
  });
});

describe('a response that comes too late', () => {
  const otherIntent = { at: '2026-03-02T10:00:00.000Z', reference: 'shp_1-2', attempt: 2 };

  test.each([null, 'refused', 'unreachable'] as const)(
    'when another attempt has started over changes nothing (%s)',
    async (fault) => {
      const { run, fail, log, ledger, shipment } = enrolledHarness();
      if (fault !== null) fail('provider.placeOrder', fault);
      log.onEffect = (name) => {
        if (name === 'provider.placeOrder')
          ledger.move('shp_1', () => ({
            change: { intents: { order: otherIntent } },
            note: { event: 'order.intended' },
          }));
      };
      await run('place-order');
      expect(shipment()).toMatchObject({
        plan: { order: 'placing', held: false },
        intents: { order: otherIntent },
        order: { providerId: null },
      });
      expect(ledger.violations).toEqual([]);
    },
  );

  test('to an order that is recorded already makes no second one', async () => {
    const { run, log, ledger, shipment, provider } = enrolledHarness();
    log.onEffect = (name) => {
      if (name === 'provider.placeOrder')
        ledger.move('shp_1', () => ({
          change: { order: 'placed', parcel: 'preparing', orderDetails: { providerId: 'adopted' } },
          note: { event: 'order.placed' },
        }));
    };
    await expect(run('place-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(shipment().order.providerId).toBe('adopted');
    expect(ordersThatSurvive(provider)).toHaveLength(1);
  });
});
