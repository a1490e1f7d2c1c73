import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';

/**
 * Whether what a visit began with is still so. Asked between a look and what is taken away because of it: to a visit that
 * stood still meanwhile, what another one made since would look like a leftover.
 */
export async function stillStands(
  { ledger }: Context,
  shipmentId: string,
  isStill: (current: Shipment) => boolean,
): Promise<boolean> {
  const { shipment } = await ledger.move(shipmentId, () => null);
  return isStill(shipment);
}
