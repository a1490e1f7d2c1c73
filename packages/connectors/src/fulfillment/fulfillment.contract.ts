import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { FulfillmentPort, OrderRequest } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import { addressContract } from './address.contract.ts';
import { createFulfillmentPort } from './create-fulfillment-port.ts';
import { createStockReader } from './read-stock.ts';
import type { FulfillmentSettings } from './settings.ts';

/** A provider that the contract tests. Every order is deleted again, except those passed to `ship`. */
export interface FulfillmentUnderTest {
  settings: FulfillmentSettings;
  /** An order that the provider accepts, for a new enrollment, and that enrollment's key id. */
  makeOrder: (reference: string) => Promise<{ order: OrderRequest; keyId: string }>;
  /** Has the order's key programmed and shipped; null for a provider that would really ship it. */
  ship: ((orderId: string) => Promise<void>) | null;
  /** Has the provider validate the addresses of its orders, and no more. */
  lookAtAddresses: (() => Promise<void>) | null;
  /** Addresses with a known opinion of the provider. */
  addresses: { suggested: Partial<CheckedProfile>; undeliverable: Partial<CheckedProfile> };
  /** A country that is enabled for this tenant, and one that is not. */
  countries: { enabled: string; notEnabled: string };
  /** A stock bucket, and how to change its quantity; null for a provider whose stock is real. */
  stock: { inventoryProductId: string; set: ((quantity: number) => Promise<unknown>) | null };
  /** Whether it encrypts a copy of the PIN to a key of ours. */
  copiesPins: boolean;
  disconnect: () => Promise<void>;
}

/** The behaviour of a fulfillment provider, real or simulated, through our port. */
export function fulfillmentContract(name: string, connect: () => Promise<FulfillmentUnderTest>): void {
  describe(`${name}, as a fulfillment provider`, () => {
    let under: FulfillmentUnderTest;
    let provider: FulfillmentPort;
    beforeAll(async () => {
      under = await connect();
      provider = createFulfillmentPort(() => under.settings);
    });
    afterAll(() => under.disconnect());
    let references = 0;
    const freshReference = (): string => `contract-${Date.now()}-${(references += 1)}`;

    test('publishes transport keys and signing keys', async () => {
      await expect(provider.transportKey('acme')).resolves.toMatchObject({ kty: 'EC', crv: 'P-384', use: 'enc' });
      const signingKeys = await provider.signingKeys('acme');
      expect(signingKeys).not.toEqual([]);
      for (const key of signingKeys)
        expect(key).toMatchObject({ kty: 'EC', crv: 'P-384', use: 'sig', kid: expect.any(String) });
    });

    describe('an order', () => {
      test('is read as it was placed, is found by its reference, and can be deleted', async () => {
        const reference = freshReference();
        const since = new Date();
        const { order } = await under.makeOrder(reference);
        const { orderId, state } = await provider.placeOrder('acme', order);
        expect(state).toMatchObject({ parcel: 'preparing', isLocked: false });
        const read = await provider.readOrder('acme', orderId);
        expect(read).toMatchObject({ orderId, reference, recipientEmail: order.recipientEmail, programmed: null });
        expect(Math.abs((read.createdAt?.getTime() ?? 0) - since.getTime())).toBeLessThan(60_000);
        await expect(provider.findOrders('acme', { referencePrefix: reference, since })).resolves.toEqual([read]);
        await provider.deleteOrder('acme', orderId);
        expect(await faultOf(provider.readOrder('acme', orderId))).toMatchObject({ fault: 'not_found' });
        expect(await faultOf(provider.deleteOrder('acme', orderId))).toMatchObject({ fault: 'not_found' });
        await expect(provider.findOrders('acme', { referencePrefix: reference, since })).resolves.toEqual([]);
      });

      test('sent twice is two orders, and both are found, newest first', async () => {
        const reference = freshReference();
        const { order } = await under.makeOrder(reference);
        const first = await provider.placeOrder('acme', order);
        const second = await provider.placeOrder('acme', order);
        const found = await provider.findOrders('acme', { referencePrefix: reference, since: new Date() });
        expect(found.map(({ orderId }) => orderId)).toEqual([second.orderId, first.orderId]);
        for (const { orderId } of found) await provider.deleteOrder('acme', orderId);
      });

      test('with unusable fields is refused, names each of them, and places no order', async () => {
        const reference = freshReference();
        const { order } = await under.makeOrder(reference);
        const profile = { ...order.profile, primaryPhone: '', firstName: 'x'.repeat(30) };
        const thrown = await faultOf(provider.placeOrder('acme', { ...order, profile }));
        expect(thrown).toMatchObject({ fault: 'refused', status: 400 });
        const fields = thrown.refusals.map(({ field }) => field).join(' ');
        expect(fields).toContain('recipient_telephone');
        expect(fields).toContain('recipient_firstname');
        await expect(provider.findOrders('acme', { referencePrefix: reference, since: new Date() })).resolves.toEqual(
          [],
        );
      });

      test('that does not exist is not found', async () => {
        expect(await faultOf(provider.readOrder('acme', 'no-such-order'))).toMatchObject({
          fault: 'not_found',
          status: 404,
        });
      });

      test('that has shipped has a programmed key and tracking, and cannot be deleted', async () => {
        if (under.ship === null) return;
        const { order, keyId } = await under.makeOrder(freshReference());
        const { orderId } = await provider.placeOrder('acme', order);
        await under.ship(orderId);
        const read = await provider.readOrder('acme', orderId);
        expect(read.state).toMatchObject({ parcel: 'in_transit', isLocked: true });
        expect(read.programmed?.serial).toMatch(/^\d+$/);
        expect(read.programmed?.firmware).toMatch(/^\d+\.\d+/);
        expect(read.programmed?.credResponses).toMatchObject([{ keyId }]);
        expect(typeof read.programmed?.pinCopyJwe).toBe(under.copiesPins ? 'string' : 'object');
        expect(read).toMatchObject({ carrier: expect.any(String), trackingNumber: expect.any(String) });
        expect(read.trackingUrl).toMatch(/^https:/);
        expect(await faultOf(provider.deleteOrder('acme', orderId))).toMatchObject({ fault: 'refused' });
      });
    });

    test('says how many keys are left in each of its buckets', async () => {
      const { inventoryProductId: id, set } = under.stock;
      const readStock = createStockReader(() => under.settings);
      const bucket = async () => (await readStock('acme'))?.find(({ inventoryProductId }) => inventoryProductId === id);
      expect(await bucket()).toEqual({
        inventoryProductId: id,
        name: expect.stringMatching(/\w/),
        inventoryType: expect.any(String),
        quantity: expect.any(Number),
      });
      if (set === null) return;
      await set(41);
      expect(await bucket()).toMatchObject({ quantity: 41 });
    });

    addressContract(() => ({ under, provider, freshReference }));

    test('a token that the provider does not know is refused', async () => {
      const unauthorized = createFulfillmentPort(() => ({ ...under.settings, token: () => 'not-a-token' }));
      expect(await faultOf(unauthorized.readOrder('acme', 'any'))).toMatchObject({
        fault: 'unauthorized',
        status: 401,
      });
    });
  });
}
