import type { FulfillmentPort, OrderDetails } from '@keycourier/journey/ports/fulfillment';

import { orderDetails } from './order-details.ts';
import { orderListSchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

const pageSize = 100;
/** Pages overlap, so that an order deleted between two of them hides no other. */
const overlap = 10;
/** The provider's clock may be behind ours. */
const slackMs = 60_000;

/**
 * Orders by the prefix of our reference, newest first. Reads pages until one is older than `since` or holds no new order.
 * The provider does not document that it lists the newest first, so only a page in that order ends the search early.
 */
export async function findOrders(
  send: SendToProvider,
  { referencePrefix, since }: Parameters<FulfillmentPort['findOrders']>[1],
): Promise<readonly OrderDetails[]> {
  const oldestMs = since.getTime() - slackMs;
  const seen = new Map<string, OrderDetails>();
  for (let offset = 0; ;) {
    const { orders, total } = await readPage(send, offset);
    const known = seen.size;
    for (const order of orders) seen.set(order.orderId, order);
    const isLast = seen.size === known || (total !== null && offset + orders.length >= total);
    if (isLast || endsBefore(orders, oldestMs)) break;
    offset += Math.max(orders.length - overlap, Math.ceil(orders.length / 2));
  }
  return [...seen.values()]
    .filter(({ reference }) => reference?.startsWith(referencePrefix) ?? false)
    .filter(({ createdAt }) => createdAt === null || createdAt.getTime() >= oldestMs)
    .toSorted((one, other) => timeOf(other) - timeOf(one));
}

async function readPage(
  send: SendToProvider,
  offset: number,
): Promise<{ orders: OrderDetails[]; total: number | null }> {
  const { json } = await send({ method: 'GET', path: `/fpr/shipments?limit=${pageSize}&offset=${offset}` });
  const { shipments, total_count: total } = orderListSchema.parse(json);
  return { orders: shipments.map(orderDetails), total: total ?? null };
}

function endsBefore(orders: readonly OrderDetails[], oldestMs: number): boolean {
  const times = orders.map(timeOf);
  const newestFirst = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
  return newestFirst && (times.at(-1) ?? Number.POSITIVE_INFINITY) < oldestMs;
}

/** An order without a time counts as new, so that it is not left out. */
function timeOf({ createdAt }: OrderDetails): number {
  return createdAt?.getTime() ?? Number.POSITIVE_INFINITY;
}
