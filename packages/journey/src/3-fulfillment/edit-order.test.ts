import { describe, expect, test } from '@jest/globals';

import { correct, type Correction } from '../requests/correct-address.ts';
import type { Fault } from '../testing/call-log.ts';
import { drive } from '../testing/drive.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { checkSampleAddress, sampleHold, sampleTenant } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const better = { streetLine1: '1 Main Road', streetLine2: null, city: 'Astoria', state: 'OR', zipCode: '97103-1' };

/** A placed order that the provider will not ship as it is, found by a poll. */
async function heldFor(stateId: 1 | 6 | 7): Promise<Harness> {
  const harness = createHarness({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
  await harness.run('place-order');
  harness.provider.suggestion = better;
  harness.provider.route = [stateId];
  await poll(harness);
  return harness;
}

async function poll(harness: Harness): Promise<void> {
  harness.log.advanceTo(harness.log.nowMs() + sampleTenant.polling.everyMs);
  await harness.run('track-parcel');
}

function ask(harness: Harness, correction: Correction): void {
  const result = correct(harness.shipment(), correction, checkSampleAddress);
  expect(result.outcome).toBe('granted');
  harness.ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
}

const editsAt = ({ provider }: Harness): unknown =>
  provider.orders.map(({ request, isFinal }) => [request.profile.streetLine1, request.profile.city, isFinal]);

describe('the decision about the address of an order', () => {
  test('reaches the provider: its own suggestion', async () => {
    const harness = await heldFor(6);
    ask(harness, { decision: 'accept' });
    await expect(harness.run('edit-order')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(editsAt(harness)).toEqual([['1 Main Road', 'Astoria', false]]);
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'placed', editRequested: false },
      secrets: { profile: { streetLine1: '1 Main Road', zipCode: '97103-1' } },
    });
    expect(harness.shipment().secrets.edit).toBeUndefined();
    expect(harness.shipment().secrets.suggestion).toBeUndefined();
  });

  test('reaches the provider: to ship the address as ordered', async () => {
    const harness = await heldFor(6);
    const before = harness.shipment().secrets.profile;
    ask(harness, { decision: 'reject' });
    await harness.run('edit-order');
    expect(editsAt(harness)).toEqual([['1 Lighthouse Road', 'Astoria', true]]);
    expect(harness.shipment().secrets.profile).toEqual(before);
  });

  test.each([1, 6, 7] as const)(
    'reaches the provider: an address that the operator entered (state %i)',
    async (stateId) => {
      const harness = await heldFor(stateId);
      ask(harness, { fields: { city: 'Portland' } });
      await harness.run('edit-order');
      expect(editsAt(harness)).toEqual([['1 Lighthouse Road', 'Portland', false]]);
    },
  );

  test.each([1, 6, 7] as const)(
    'causes no second hold until it has reached the provider (state %i)',
    async (stateId) => {
      const harness = await heldFor(stateId);
      ask(harness, { fields: { city: 'Portland' } });
      await poll(harness);
      expect(harness.shipment()).toMatchObject({ hold: null, plan: { editRequested: true } });
      await harness.run('edit-order');
      expect(editsAt(harness)).toEqual([['1 Lighthouse Road', 'Portland', false]]);
    },
  );

  test('is dropped once the provider ships the order as it is', async () => {
    const harness = await heldFor(6);
    ask(harness, { decision: 'accept' });
    await harness.run('edit-order');
    harness.provider.route = [3];
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ hold: null, plan: { order: 'placed' } });
  });
});

describe('an edit', () => {
  test.each([
    'no_response_before',
    'no_response_after',
    'late_effect',
    'unreachable',
    'rate_limited',
    'unauthorized',
  ] as const)('is sent again when no answer came (%s), and changes nothing more', async (fault) => {
    const harness = await heldFor(6);
    ask(harness, { decision: 'accept' });
    harness.fail('provider.editOrder', fault);
    await expect(harness.run('edit-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.editRequested).toBe(true);
    harness.log.advanceTo(harness.log.nowMs() + 10 * 60_000);
    await harness.run('edit-order');
    expect(harness.shipment().plan.editRequested).toBe(false);
    expect(editsAt(harness)).toEqual([['1 Main Road', 'Astoria', false]]);
  });

  test.each(['refused', 'not_found'] as const)('that the provider refuses (%s) is held', async (fault) => {
    const harness = await heldFor(7);
    const before = harness.shipment().secrets.profile;
    ask(harness, { fields: { city: 'Portland' } });
    harness.fail('provider.editOrder', fault);
    await expect(harness.run('edit-order')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'edit_refused' },
    });
    expect(harness.shipment()).toMatchObject({ plan: { editRequested: false }, secrets: { profile: before } });
    expect(harness.shipment().secrets.edit).toBeUndefined();
    ask(harness, { fields: { city: 'Salem' } });
    await harness.run('edit-order');
    expect(editsAt(harness)).toEqual([['1 Lighthouse Road', 'Salem', false]]);
  });

  test('that comes after the order was locked is held', async () => {
    const harness = await heldFor(6);
    ask(harness, { decision: 'accept' });
    for (const order of harness.provider.orders) order.stateId = 100;
    await expect(harness.run('edit-order')).resolves.toMatchObject({
      held: { code: 'edit_refused', problems: [{ code: 'http_409' }] },
    });
  });

  test.each([null, 'refused'] as const)(
    'that ends after an operator has decided again (%s) leaves the new decision to be sent',
    async (fault) => {
      const harness = await heldFor(7);
      ask(harness, { fields: { city: 'Portland' } });
      if (fault !== null) harness.fail('provider.editOrder', fault);
      harness.log.onEffect = (name) => {
        if (name !== 'provider.editOrder') return;
        harness.log.onEffect = () => undefined;
        const hold = sampleHold('address_undeliverable');
        harness.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
        ask(harness, { fields: { city: 'Salem' } });
      };
      await expect(harness.run('edit-order')).resolves.toMatchObject({ result: { outcome: 'later' } });
      expect(harness.shipment()).toMatchObject({ hold: null, plan: { editRequested: true } });
      await harness.run('edit-order');
      expect(editsAt(harness)).toEqual([['1 Lighthouse Road', 'Salem', false]]);
      expect(harness.shipment()).toMatchObject({
        plan: { editRequested: false },
        secrets: { profile: { city: 'Salem' } },
      });
    },
  );

  test('of an order that was cancelled meanwhile changes nothing', async () => {
    const harness = await heldFor(7);
    ask(harness, { fields: { city: 'Portland' } });
    harness.log.onEffect = (name) => {
      if (name === 'provider.editOrder')
        harness.ledger.move('shp_1', () => ({
          change: { cancelRequested: true },
          note: { event: 'cancel.requested' },
        }));
    };
    await harness.run('edit-order');
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelling', editRequested: true });
  });

  test.each<Fault>(['process_dies_before', 'process_dies_after', 'process_stalls', 'no_response_after', 'late_effect'])(
    'changes the address in time, whichever fault it has (%s)',
    async (fault) => {
      const harness = await heldFor(6);
      ask(harness, { decision: 'accept' });
      harness.fail('provider.editOrder', fault);
      harness.provider.route = [6, 3, 3, 100, 103, 104];
      harness.org.enrollments.push({
        id: 'fwf0',
        keyId: 'key0',
        userId: '00u1',
        status: 'pending',
        createdAt: null,
      });
      await drive(harness);
      expect(harness.shipment()).toMatchObject({ plan: { order: 'closed', credential: 'active' }, hold: null });
      expect(editsAt(harness)).toEqual([['1 Main Road', 'Astoria', false]]);
      expect(harness.ledger.violations).toEqual([]);
    },
  );

  test('whose sealed content is gone is dropped', async () => {
    const harness = await heldFor(7);
    harness.ledger.move('shp_1', () => ({ change: { hold: null, editRequested: true }, note: { event: 'meanwhile' } }));
    await harness.run('edit-order');
    expect(harness.shipment().plan.editRequested).toBe(false);
    expect(harness.calls).not.toContain('provider.editOrder');
  });
});
