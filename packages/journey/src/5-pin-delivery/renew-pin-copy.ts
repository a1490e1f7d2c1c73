import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import { orRefusal } from '../steps/hold.ts';

/**
 * After an operator's retry of a refused PIN copy, takes the copy that the provider has by now, with the keys that it
 * publishes by now. What it has no more is left as it is, and is refused again.
 */
export async function renewPinCopy(context: Context, shipment: Shipment): Promise<Shipment> {
  const { tenant, order, liftedHold } = shipment;
  if (liftedHold?.code !== 'pin_copy_refused' || shipment.pinPolicy.channel === 'okta') return shipment;
  const read = await orRefusal(() => context.fulfillment.readOrder(tenant, order.providerId ?? ''));
  const copy = read instanceof ConnectorError ? null : (read.programmed?.pinCopyJwe ?? null);
  const signingKeys = copy === null ? [] : await context.fulfillment.signingKeys(tenant);
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'sending' || current.liftedHold?.code !== 'pin_copy_refused') return null;
    const secrets = copy === null ? {} : { secrets: { pinCopy: { jwe: copy, signingKeys } } };
    return { change: { liftedHold: null, ...secrets }, note: { event: 'pin.copy_read_again' } };
  });
  return moved.shipment;
}
