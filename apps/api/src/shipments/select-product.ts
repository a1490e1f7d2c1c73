import { chooseProduct } from '@keycourier/journey/1-intake/choose-product';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { Product } from '@keycourier/journey/model/tenant';

export type Selection = { outcome: 'selected'; product: Product } | { outcome: 'refused'; problem: Problem };

type Wanted = { [Id in keyof Product]?: string | undefined };

/** The one product of the tenant's list that the given ids fit; with none given, the list must have just one. */
export function selectProduct(
  { productId, inventoryProductId, customizationId }: Wanted,
  products: readonly Product[],
): Selection {
  const wanted = {
    productId: productId ?? null,
    inventoryProductId: inventoryProductId ?? null,
    customizationId: customizationId ?? null,
  };
  const product = chooseProduct(wanted, products);
  if (product !== null) return { outcome: 'selected', product };
  const isNoneGiven = Object.values(wanted).every((id) => id === null);
  return {
    outcome: 'refused',
    problem: { field: 'productId', code: isNoneGiven ? 'product_needed' : 'product_not_listed' },
  };
}
