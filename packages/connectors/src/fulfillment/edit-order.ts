import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { labelBody } from './label.ts';
import { orderPath } from './read-order.ts';
import type { SendToProvider } from './send.ts';

/**
 * Changes the label of an order. Products are not named: they may not change. This is sent once, though the same edit
 * twice changes nothing more: tried again by itself, one that was lost and then could not leave would be told as one
 * that never left.
 */
export async function editOrder(
  send: SendToProvider,
  orderId: string,
  { isFinal, ...label }: Parameters<FulfillmentPort['editOrder']>[2],
): Promise<void> {
  const bypass = isFinal ? { address_validation_bypass: true } : {};
  await send({ method: 'PUT', path: orderPath(orderId), body: { ...labelBody(label), ...bypass } });
}
