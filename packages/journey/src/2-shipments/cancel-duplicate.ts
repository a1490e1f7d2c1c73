import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';

/**
 * Two open shipments turned out to be for one user: the later is cancelled (ARCHITECTURE.md, "Who"), unless it has got
 * further than its check; then the other is, since nothing was enrolled or ordered for it.
 */
export async function cancelDuplicate(context: Context, shipment: Shipment, of: string): Promise<Outcome> {
  const other = await context.ledger.read(of);
  if (isLater(other, shipment) && isUntouched(other)) {
    await cancel(context, other.id, shipment.id);
    return later(250, 'the later of two shipments of one user was cancelled');
  }
  await cancel(context, shipment.id, other.id);
  return done('duplicate_of');
}

async function cancel(context: Context, shipmentId: string, duplicateOf: string): Promise<void> {
  await context.ledger.move(shipmentId, (current) =>
    isUntouched(current)
      ? {
          change: { order: 'cancelled', duplicateOf },
          note: { event: 'shipment.cancelled', detail: { duplicate_of: duplicateOf } },
        }
      : null,
  );
}

const isUntouched = ({ plan }: Shipment): boolean => plan.order === 'requested' || plan.order === 'ready';

function isLater(one: Shipment, other: Shipment): boolean {
  const apartMs = one.createdAt.getTime() - other.createdAt.getTime();
  return apartMs === 0 ? one.id > other.id : apartMs > 0;
}
