import { describe, expect, test } from '@jest/globals';
import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { faultOf } from '../testing/fault-of.ts';
import type { FulfillmentUnderTest } from './fulfillment.contract.ts';

interface Given {
  under: FulfillmentUnderTest;
  provider: FulfillmentPort;
  freshReference: () => string;
}

interface PlacedOrder {
  orderId: string;
  label: Parameters<FulfillmentPort['editOrder']>[2];
}

async function placeAt({ under, provider, freshReference }: Given, address: Address): Promise<PlacedOrder> {
  const { order } = await under.makeOrder(freshReference());
  const { recipientEmail, deliveryType } = order;
  const profile = { ...order.profile, ...address };
  const { orderId } = await provider.placeOrder('acme', { ...order, profile });
  return { orderId, label: { profile, recipientEmail, deliveryType, isFinal: false } };
}

type Address = Partial<CheckedProfile>;

const waitingForADecision = ['address_suggested', 'address_undeliverable'];

/** What a fulfillment provider does with addresses: before an order, and when a person decides about one. */
export function addressContract(given: () => Given): void {
  describe('an edit', () => {
    test('that accepts the suggested address ends the asking, and twice is as good as once', async () => {
      const { under, provider } = given();
      if (under.lookAtAddresses === null) return;
      const { orderId, label } = await placeAt(given(), under.addresses.suggested);
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ suggestion: null });
      await under.lookAtAddresses();
      const asking = await provider.readOrder('acme', orderId);
      expect(asking).toMatchObject({
        state: { hold: 'address_suggested' },
        suggestion: { streetLine1: expect.any(String) },
      });
      const profile = { ...label.profile, ...asking.suggestion };
      await provider.editOrder('acme', orderId, { ...label, profile });
      await provider.editOrder('acme', orderId, { ...label, profile });
      await under.lookAtAddresses();
      const edited = await provider.readOrder('acme', orderId);
      expect(edited).toMatchObject({ orderId, suggestion: null });
      expect(waitingForADecision).not.toContain(edited.state.hold);
      await provider.deleteOrder('acme', orderId);
    });

    test.each([
      ['suggested', 'address_suggested'],
      ['undeliverable', 'address_undeliverable'],
    ] as const)('that is final ships to the %s address as it was written', async (kind, hold) => {
      const { under, provider } = given();
      if (under.lookAtAddresses === null) return;
      const { orderId, label } = await placeAt(given(), under.addresses[kind]);
      await under.lookAtAddresses();
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ state: { hold } });
      await provider.editOrder('acme', orderId, { ...label, isFinal: true });
      await under.lookAtAddresses();
      expect(waitingForADecision).not.toContain((await provider.readOrder('acme', orderId)).state.hold);
      await provider.deleteOrder('acme', orderId);
    });

    test('changes who the parcel goes to', async () => {
      const { provider } = given();
      const { orderId, label } = await placeAt(given(), {});
      const recipientEmail = 'grace@acme.example';
      await provider.editOrder('acme', orderId, { ...label, recipientEmail });
      await expect(provider.readOrder('acme', orderId)).resolves.toMatchObject({ recipientEmail });
      await provider.deleteOrder('acme', orderId);
    });

    test('with a field that cannot be used is refused, and the field named', async () => {
      const { provider } = given();
      const { orderId, label } = await placeAt(given(), {});
      const profile = { ...label.profile, primaryPhone: '' };
      const thrown = await faultOf(provider.editOrder('acme', orderId, { ...label, profile }));
      expect(thrown).toMatchObject({ fault: 'refused', status: 400 });
      expect(thrown.refusals.map(({ field }) => field).join(' ')).toContain('recipient_telephone');
      await provider.deleteOrder('acme', orderId);
    });

    test('of an order that is gone finds none', async () => {
      const { provider } = given();
      const { orderId, label } = await placeAt(given(), {});
      await provider.deleteOrder('acme', orderId);
      expect(await faultOf(provider.editOrder('acme', orderId, label))).toMatchObject({ fault: 'not_found' });
    });

    test('of an order that has shipped is refused, a final one too', async () => {
      const { under, provider } = given();
      if (under.ship === null) return;
      const { orderId, label } = await placeAt(given(), {});
      await under.ship(orderId);
      for (const isFinal of [false, true])
        expect(await faultOf(provider.editOrder('acme', orderId, { ...label, isFinal }))).toMatchObject({
          fault: 'refused',
        });
    });
  });

  test('says of an address whether it can be delivered to, before anything is ordered', async () => {
    const { under, provider, freshReference } = given();
    const { order } = await under.makeOrder(freshReference());
    const opinionOf = (address: Address): Promise<string> =>
      provider.validateAddress('acme', { ...order.profile, ...address });
    await expect(opinionOf({})).resolves.toBe('deliverable');
    await expect(opinionOf(under.addresses.suggested)).resolves.toBe('deliverable');
    await expect(opinionOf(under.addresses.undeliverable)).resolves.toBe('undeliverable');
    await expect(opinionOf({ countryCode: under.countries.notEnabled })).resolves.toBe('undeliverable');
  });

  test('names the countries that it ships to', async () => {
    const { under, provider } = given();
    const countries = (await provider.enabledCountries('acme')) ?? [];
    expect(countries.filter((code) => !/^[A-Z]{2}$/.test(code))).toEqual([]);
    expect(countries).toContain(under.countries.enabled);
    expect(countries).not.toContain(under.countries.notEnabled);
  });
}
