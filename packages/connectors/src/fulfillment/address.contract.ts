import { describe, expect, test } from '@jest/globals';
import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import type { FulfillmentUnderTest } from './fulfillment.contract.ts';

interface AddressCase {
  under: FulfillmentUnderTest;
  provider: FulfillmentPort;
  freshReference: () => string;
}

interface PlacedOrder {
  orderId: string;
  label: Parameters<FulfillmentPort['editOrder']>[2];
}

async function placeAt({ under, provider, freshReference }: AddressCase, address: Address): Promise<PlacedOrder> {
  const { order } = await under.makeOrder(freshReference());
  const { recipientEmail, deliveryType } = order;
  const profile = { ...order.profile, ...address };
  const { orderId } = await provider.placeOrder('acme', { ...order, profile });
  return { orderId, label: { profile, recipientEmail, deliveryType, isFinal: false } };
}

type Address = Partial<CheckedProfile>;

const undecidedHolds = ['address_suggested', 'address_undeliverable'];

/** How a fulfillment provider treats addresses: before an order, and when an operator decides about one. */
export function addressContract(current: () => AddressCase): void {
  describe('an edit', () => {
    test('that accepts the suggested address ends the hold, and is idempotent', async () => {
      const { under, provider } = current();
      if (under.lookAtAddresses === null) return;
      const { orderId, label } = await placeAt(current(), under.addresses.suggested);
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ suggestion: null });
      await under.lookAtAddresses();
      const suggesting = await provider.readOrder('acme', orderId);
      expect(suggesting).toMatchObject({
        state: { hold: 'address_suggested' },
        suggestion: { streetLine1: expect.any(String) },
      });
      const profile = { ...label.profile, ...suggesting.suggestion };
      await provider.editOrder('acme', orderId, { ...label, profile });
      await provider.editOrder('acme', orderId, { ...label, profile });
      await under.lookAtAddresses();
      const edited = await provider.readOrder('acme', orderId);
      expect(edited).toMatchObject({ orderId, suggestion: null });
      expect(undecidedHolds).not.toContain(edited.state.hold);
      await provider.deleteOrder('acme', orderId);
    });

    test.each([
      ['suggested', 'address_suggested'],
      ['undeliverable', 'address_undeliverable'],
    ] as const)('that is final ships to the %s address unchanged', async (kind, hold) => {
      const { under, provider } = current();
      if (under.lookAtAddresses === null) return;
      const { orderId, label } = await placeAt(current(), under.addresses[kind]);
      await under.lookAtAddresses();
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ state: { hold } });
      await provider.editOrder('acme', orderId, { ...label, isFinal: true });
      await under.lookAtAddresses();
      expect(undecidedHolds).not.toContain((await provider.readOrder('acme', orderId)).state.hold);
      await provider.deleteOrder('acme', orderId);
    });

    test('changes the recipient of the parcel', async () => {
      const { provider } = current();
      const { orderId, label } = await placeAt(current(), {});
      const recipientEmail = 'grace@acme.example';
      await provider.editOrder('acme', orderId, { ...label, recipientEmail });
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ recipientEmail });
      await provider.deleteOrder('acme', orderId);
    });

    test('with an unusable field is refused, and names the field', async () => {
      const { provider } = current();
      const { orderId, label } = await placeAt(current(), {});
      const profile = { ...label.profile, primaryPhone: '' };
      const thrown = await faultOf(provider.editOrder('acme', orderId, { ...label, profile }));
      expect(thrown).toMatchObject({ fault: 'refused', status: 400 });
      expect(thrown.refusals.map(({ field }) => field).join(' ')).toContain('recipient_telephone');
      await provider.deleteOrder('acme', orderId);
    });

    test('of a deleted order finds none', async () => {
      const { provider } = current();
      const { orderId, label } = await placeAt(current(), {});
      await provider.deleteOrder('acme', orderId);
      expect(await faultOf(provider.editOrder('acme', orderId, label))).toMatchObject({ fault: 'not_found' });
    });

    test('of an order that has shipped is refused, a final one too', async () => {
      const { under, provider } = current();
      if (under.ship === null) return;
      const { orderId, label } = await placeAt(current(), {});
      await under.ship(orderId);
      for (const isFinal of [false, true])
        expect(await faultOf(provider.editOrder('acme', orderId, { ...label, isFinal }))).toMatchObject({
          fault: 'refused',
        });
    });
  });

  test('says before an order whether an address is deliverable', async () => {
    const { under, provider, freshReference } = current();
    const { order } = await under.makeOrder(freshReference());
    const opinionOf = (address: Address): Promise<string> =>
      provider.validateAddress('acme', { ...order.profile, ...address });
    await expect(opinionOf({})).resolves.toBe('deliverable');
    await expect(opinionOf(under.addresses.suggested)).resolves.toBe('deliverable');
    await expect(opinionOf(under.addresses.undeliverable)).resolves.toBe('undeliverable');
    await expect(opinionOf({ countryCode: under.countries.notEnabled })).resolves.toBe('undeliverable');
  });

  test('names the countries that it ships to', async () => {
    const { under, provider } = current();
    const countries = (await provider.enabledCountries('acme')) ?? [];
    expect(countries.filter((code) => !/^[A-Z]{2}$/.test(code))).toEqual([]);
    expect(countries).toContain(under.countries.enabled);
    expect(countries).not.toContain(under.countries.notEnabled);
  });
}
