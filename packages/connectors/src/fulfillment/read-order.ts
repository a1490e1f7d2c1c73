import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { OrderDetails } from '@keycourier/journey/ports/fulfillment';

import { segment } from '../http/segment.ts';
import { orderDetails } from './order-details.ts';
import { orderSchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

export const orderPath = (orderId: string): string =>
  `/fpr/shipments/${encodeURIComponent(segment('fulfillment', orderId))}`;

export async function readOrder(send: SendToProvider, orderId: string): Promise<OrderDetails> {
  const { json } = await send({ method: 'GET', path: orderPath(orderId) });
  const order = orderDetails(orderSchema.parse(json));
  if (order.orderId !== orderId)
    throw new ConnectorError({ service: 'fulfillment', fault: 'outcome_unknown' }, 'answered with another order');
  return order;
}
