import { chooseProduct } from '@keycourier/journey/1-intake/choose-product';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { Product } from '@keycourier/journey/model/tenant';

export type Selection = { outcome: 'selected'; product: Product } | { outcome: 'refused'; problem: Problem };

type ProductIds = { [Id in keyof Product]?: string | undefined };

/** The one product of the tenant's list that matches the ids; without any id, the list must have just one. */
export function selectProduct(
  { productId, inventoryProductId, customizationId }: ProductIds,
  products: readonly Product[],
): Selection {
  const ids = {
    productId: productId ?? null,
    inventoryProductId: inventoryProductId ?? null,
    customizationId: customizationId ?? null,
  };
  const product = chooseProduct(ids, products);
  if (product !== null) return { outcome: 'selected', product };
  const isUnspecified = Object.values(ids).every((id) => id === null);
  return {
    outcome: 'refused',
    problem: { field: 'productId', code: isUnspecified ? 'product_needed' : 'product_not_listed' },
  };
}
