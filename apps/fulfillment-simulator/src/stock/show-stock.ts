import { refusal, type Answer } from '../http/answer.ts';
import { findInventory, findProduct, inventories, products } from './products.ts';
import type { StockRow } from './stock.ts';

/** `GET /inventory`. The numbers of `product_tier` and `inventory_type` are invented. */
export function showInventory(organization: string, stock: readonly StockRow[]): Answer {
  const list = stock.flatMap(({ inventory_product_id: id, quantity }) => {
    const inventory = findInventory(id);
    if (inventory === undefined) return [];
    return [
      {
        organization_product_inventory_id: `${organization}-${id}`,
        organization_id: organization,
        product_id: id,
        product_name: inventory.name,
        product_tier: inventory.isSubscription ? 2 : 0,
        inventory_type: inventory.isSubscription ? 3 : 1,
        organization_product_quantity: quantity,
        is_subscription_product: inventory.isSubscription,
        is_virtual_product: inventory.isSubscription,
        product_mapping: inventory.productMapping,
      },
    ];
  });
  return { status: 200, body: { count: list.length, total_count: list.length, organization_product_inventory: list } };
}

/** `GET /shippablekeys`: the stock of each product in all inventories that supply it. */
export function showShippableKeys(stock: readonly StockRow[]): Answer {
  const quantities = new Map(stock.map(({ inventory_product_id: id, quantity }) => [id, quantity]));
  const list = products.map((product) => ({
    ...product,
    total_keys_available: inventories
      .filter(({ productMapping }) => productMapping.includes(product.product_id))
      .reduce((sum, { inventory_product_id: id }) => sum + (quantities.get(id) ?? 0), 0),
  }));
  return { status: 200, body: { count: list.length, total_count: list.length, result_set: list } };
}

export const showProducts = (): Answer => ({
  status: 200,
  body: { count: products.length, total_count: products.length, products },
});

export function showProduct(id: string): Answer {
  const product = findProduct(Number(id));
  return product === undefined
    ? refusal(404, [{ field: 'product_id', message: 'is not known' }])
    : { status: 200, body: product };
}
