import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { editOrder } from './edit-order.ts';
import { createCountryReader } from './enabled-countries.ts';
import { findOrders } from './find-orders.ts';
import { placeOrder } from './place-order.ts';
import { createKeyReader, signingKeys, transportKey } from './published-keys.ts';
import { orderPath, readOrder } from './read-order.ts';
import { createSend } from './send.ts';
import type { FulfillmentSettingsOf } from './settings.ts';
import { validateAddress } from './validate-address.ts';

export interface FulfillmentOptions {
  resilience?: Partial<ResilienceOptions>;
  nowMs?: () => number;
}

/** The fulfillment provider's API, for every tenant. Reads are retried here; orders and edits are sent once. */
export function createFulfillmentPort(
  settingsOf: FulfillmentSettingsOf,
  options: FulfillmentOptions = {},
): FulfillmentPort {
  const nowMs = options.nowMs ?? Date.now;
  const sendOf = createSend(settingsOf, createGuard('fulfillment', options.resilience));
  const readKeys = createKeyReader(nowMs);
  const readCountries = createCountryReader(nowMs);
  const call = <Result>(name: string, run: () => Promise<Result>): Promise<Result> => runCall('fulfillment', name, run);
  return {
    transportKey: (tenant) => call('transportKey', () => transportKey(readKeys, sendOf(tenant))),
    signingKeys: (tenant) => call('signingKeys', () => signingKeys(sendOf(tenant))),
    placeOrder: (tenant, order) => call('placeOrder', () => placeOrder(sendOf(tenant), order)),
    readOrder: (tenant, orderId) => call('readOrder', () => readOrder(sendOf(tenant), orderId)),
    findOrders: (tenant, query) => call('findOrders', () => findOrders(sendOf(tenant), query)),
    deleteOrder: (tenant, orderId) =>
      call('deleteOrder', async () => {
        await sendOf(tenant)({ method: 'DELETE', path: orderPath(orderId) });
      }),
    editOrder: (tenant, orderId, label) => call('editOrder', () => editOrder(sendOf(tenant), orderId, label)),
    validateAddress: (tenant, profile) => call('validateAddress', () => validateAddress(sendOf(tenant), profile)),
    enabledCountries: (tenant) => call('enabledCountries', () => readCountries(tenant, sendOf(tenant))),
  };
}
