import type { Purpose } from '../model/purpose.ts';
import type { Product, StockedProduct, Tenant } from '../model/tenant.ts';
import type { PreregistrationDetail } from './okta-event.ts';

/**
 * The product that an MFA-initiated request means: what the event leaves out is taken from the tenant's list when only
 * one entry fits. Null when the list has no such product, or more than one (invariant 8: ids from an event count only if the
 * tenant's list has them).
 */
export function chooseProduct<Listed extends Product>(
  wanted: Partial<PreregistrationDetail>,
  products: readonly Listed[],
): Listed | null {
  const fitting = products.filter(
    (product) =>
      (wanted.productId ?? product.productId) === product.productId &&
      (wanted.inventoryProductId ?? product.inventoryProductId) === product.inventoryProductId &&
      (wanted.customizationId ?? product.customizationId) === product.customizationId,
  );
  const [only] = fitting;
  return only !== undefined && fitting.length === 1 ? only : null;
}

/** The product of a group in the tenant's table, by the group's id or by its exact name as Okta has it now. */
export function productOfGroup(
  groups: Tenant['groups'],
  group: { id: string; name: string | null },
): StockedProduct | null {
  return groups.find((row) => row.id === group.id || (group.name !== null && row.name === group.name)) ?? null;
}

/** What the keys of a product are for: the tenant's list says so, by the stock that they come from. */
export const purposeOf = ({ purpose }: StockedProduct): Purpose => purpose ?? 'primary';
