import { describe, expect, test } from '@jest/globals';

import { correct, type Correction } from '../requests/correct-address.ts';
import { drive } from '../testing/drive.ts';
import { openHouse, type House } from '../testing/harness.ts';
import type { Fate } from '../testing/call-log.ts';
import { checkSampleAddress, sampleHold, sampleTenant } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const better = { streetLine1: '1 Main Road', streetLine2: null, city: 'Astoria', state: 'OR', zipCode: '97103-1' };

/** An order that the provider will not ship as it is, seen by a look. */
async function heldFor(stateId: 1 | 6 | 7): Promise<House> {
  const house = openHouse({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
  await house.pass('place-order');
  house.provider.suggestion = better;
  house.provider.route = [stateId];
  await look(house);
  return house;
}

async function look(house: House): Promise<void> {
  house.line.advanceTo(house.line.nowMs() + sampleTenant.polling.everyMs);
  await house.pass('track-parcel');
}

function ask(house: House, correction: Correction): void {
  const asked = correct(house.shipment(), correction, checkSampleAddress);
  expect(asked.outcome).toBe('granted');
  house.ledger.move('shp_1', () => (asked.outcome === 'granted' ? asked.decision : null));
}

const toldBy = ({ provider }: House): unknown =>
  provider.orders.map(({ request, isFinal }) => [request.profile.streetLine1, request.profile.city, isFinal]);

describe('what a person decides about the address of an order', () => {
  test('is told to the provider: its own suggestion', async () => {
    const house = await heldFor(6);
    ask(house, { decision: 'accept' });
    await expect(house.pass('edit-order')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(toldBy(house)).toEqual([['1 Main Road', 'Astoria', false]]);
    expect(house.shipment()).toMatchObject({
      plan: { order: 'placed', editRequested: false },
      secrets: { profile: { streetLine1: '1 Main Road', zipCode: '97103-1' } },
    });
    expect(house.shipment().secrets.edit).toBeUndefined();
    expect(house.shipment().secrets.suggestion).toBeUndefined();
  });

  test('is told to the provider: that it ships as it was ordered', async () => {
    const house = await heldFor(6);
    const before = house.shipment().secrets.profile;
    ask(house, { decision: 'reject' });
    await house.pass('edit-order');
    expect(toldBy(house)).toEqual([['1 Lighthouse Road', 'Astoria', true]]);
    expect(house.shipment().secrets.profile).toEqual(before);
  });

  test.each([1, 6, 7] as const)('is told to the provider: an address of their own (state %i)', async (stateId) => {
    const house = await heldFor(stateId);
    ask(house, { fields: { city: 'Portland' } });
    await house.pass('edit-order');
    expect(toldBy(house)).toEqual([['1 Lighthouse Road', 'Portland', false]]);
  });

  test.each([1, 6, 7] as const)('is not asked for again while it is yet to be told (state %i)', async (stateId) => {
    const house = await heldFor(stateId);
    ask(house, { fields: { city: 'Portland' } });
    await look(house);
    expect(house.shipment()).toMatchObject({ hold: null, plan: { editRequested: true } });
    await house.pass('edit-order');
    expect(toldBy(house)).toEqual([['1 Lighthouse Road', 'Portland', false]]);
  });

  test('is nobody’s business any more once the provider is content', async () => {
    const house = await heldFor(6);
    ask(house, { decision: 'accept' });
    await house.pass('edit-order');
    house.provider.route = [3];
    await look(house);
    expect(house.shipment()).toMatchObject({ hold: null, plan: { order: 'placed' } });
  });
});

describe('an edit', () => {
  test.each(['lost_before', 'lost_after', 'late', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    'is sent again when no answer came (%s), and changes nothing more',
    async (fate) => {
      const house = await heldFor(6);
      ask(house, { decision: 'accept' });
      house.fail('provider.editOrder', fate);
      await expect(house.pass('edit-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment().plan.editRequested).toBe(true);
      house.line.advanceTo(house.line.nowMs() + 10 * 60_000);
      await house.pass('edit-order');
      expect(house.shipment().plan.editRequested).toBe(false);
      expect(toldBy(house)).toEqual([['1 Main Road', 'Astoria', false]]);
    },
  );

  test.each(['refused', 'not_found'] as const)('that the provider refuses (%s) is for a person', async (fate) => {
    const house = await heldFor(7);
    const before = house.shipment().secrets.profile;
    ask(house, { fields: { city: 'Portland' } });
    house.fail('provider.editOrder', fate);
    await expect(house.pass('edit-order')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'edit_refused' },
    });
    expect(house.shipment()).toMatchObject({ plan: { editRequested: false }, secrets: { profile: before } });
    expect(house.shipment().secrets.edit).toBeUndefined();
    ask(house, { fields: { city: 'Salem' } });
    await house.pass('edit-order');
    expect(toldBy(house)).toEqual([['1 Lighthouse Road', 'Salem', false]]);
  });

  test('that comes too late, for the order is locked, is for a person', async () => {
    const house = await heldFor(6);
    ask(house, { decision: 'accept' });
    for (const order of house.provider.orders) order.stateId = 100;
    await expect(house.pass('edit-order')).resolves.toMatchObject({
      held: { code: 'edit_refused', problems: [{ code: 'http_409' }] },
    });
  });

  test.each([null, 'refused'] as const)(
    'that ends when a person has decided anew (%s) leaves the new decision to be told',
    async (fate) => {
      const house = await heldFor(7);
      ask(house, { fields: { city: 'Portland' } });
      if (fate !== null) house.fail('provider.editOrder', fate);
      house.line.onEffect = (name) => {
        if (name !== 'provider.editOrder') return;
        house.line.onEffect = () => undefined;
        const hold = sampleHold('address_undeliverable');
        house.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
        ask(house, { fields: { city: 'Salem' } });
      };
      await expect(house.pass('edit-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(house.shipment()).toMatchObject({ hold: null, plan: { editRequested: true } });
      await house.pass('edit-order');
      expect(toldBy(house)).toEqual([['1 Lighthouse Road', 'Salem', false]]);
      expect(house.shipment()).toMatchObject({
        plan: { editRequested: false },
        secrets: { profile: { city: 'Salem' } },
      });
    },
  );

  test('of an order that was cancelled meanwhile changes nothing of it', async () => {
    const house = await heldFor(7);
    ask(house, { fields: { city: 'Portland' } });
    house.line.onEffect = (name) => {
      if (name === 'provider.editOrder')
        house.ledger.move('shp_1', () => ({ change: { cancelRequested: true }, note: { event: 'cancel.requested' } }));
    };
    await house.pass('edit-order');
    expect(house.shipment().plan).toMatchObject({ order: 'cancelling', editRequested: true });
  });

  test.each<Fate>(['dies_before', 'dies_after', 'stalls', 'lost_after', 'late'])(
    'is in time for a parcel that goes to the right address, whatever happens to it (%s)',
    async (fate) => {
      const house = await heldFor(6);
      ask(house, { decision: 'accept' });
      house.fail('provider.editOrder', fate);
      house.provider.route = [6, 3, 3, 100, 103, 104];
      house.org.enrollments.push({
        id: 'fwf0',
        keyId: 'key0',
        userId: '00u1',
        status: 'FULFILLMENT_PENDING',
        createdAt: null,
      });
      await drive(house);
      expect(house.shipment()).toMatchObject({ plan: { order: 'closed', credential: 'active' }, hold: null });
      expect(toldBy(house)).toEqual([['1 Main Road', 'Astoria', false]]);
      expect(house.ledger.violations).toEqual([]);
    },
  );

  test('whose words are gone is forgotten', async () => {
    const house = await heldFor(7);
    house.ledger.move('shp_1', () => ({ change: { hold: null, editRequested: true }, note: { event: 'meanwhile' } }));
    await house.pass('edit-order');
    expect(house.shipment().plan.editRequested).toBe(false);
    expect(house.calls).not.toContain('provider.editOrder');
  });
});
