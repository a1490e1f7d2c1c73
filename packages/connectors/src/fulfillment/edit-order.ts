import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { labelBody } from './label.ts';
import { orderPath } from './read-order.ts';
import type { SendToProvider } from './send.ts';

/**
 * Changes the label of an order, never its products. Sent once, though the edit is idempotent: if a retry of an edit with
 * an unknown outcome could not be sent, the error would say that the edit never was.
 */
export async function editOrder(
  send: SendToProvider,
  orderId: string,
  { isFinal, ...label }: Parameters<FulfillmentPort['editOrder']>[2],
): Promise<void> {
  const bypass = isFinal ? { address_validation_bypass: true } : {};
  await send({ method: 'PUT', path: orderPath(orderId), body: { ...labelBody(label), ...bypass } });
}
