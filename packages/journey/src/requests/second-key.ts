import type { Product } from '../model/tenant.ts';
import type { RecordedKey, ShipmentRequest } from '../ports/ledger.ts';

/** What keeps a request from being created, with the product of the shipment that is open already. */
export type Obstacle =
  | { outcome: 'already_open'; shipmentId: string; product: Product; isWithdrawn?: boolean }
  | { outcome: 'has_active_key'; shipmentId: string; isWithdrawn?: boolean };

/**
 * What becomes of an event's request that meets one: a repetition is ignored; one that comes while the former key is
 * ended (`isWithdrawn`) is no repetition, and set aside for an operator. An initiation for another product is no
 * repetition but a second key, as where Okta raises an event for each key: it is set aside for an operator.
 */
export function obstructed({ trigger, product }: ShipmentRequest, obstacle: Obstacle): RecordedKey {
  const { outcome, shipmentId, isWithdrawn = false } = obstacle;
  if (isWithdrawn)
    return {
      outcome: 'set_aside',
      reason: `${shipmentId} is still being cancelled or revoked: request the key again when that has ended`,
    };
  if (trigger === 'mfa-initiated' && outcome === 'already_open' && !isSameProduct(product, obstacle.product))
    return {
      outcome: 'set_aside',
      reason: `a second key for the purpose of ${shipmentId}: give its stock another one (products[].purpose), or request it later`,
    };
  return { outcome: 'ignored', reason: `${outcome} (${shipmentId})` };
}

const isSameProduct = (one: Product, other: Product): boolean =>
  one.productId === other.productId &&
  one.inventoryProductId === other.inventoryProductId &&
  one.customizationId === other.customizationId;
