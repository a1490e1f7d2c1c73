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
  // A locked read would not be safer: another move may commit right after it as well. What the look found has its
  // intent committed before the call that made it, so a committed read sees the intent of any later attempt.
  return isStill(await ledger.read(shipmentId));
}
