import { resolveSecret } from '@keycourier/config/secrets';
import { readInventory, type InventoryRow } from '@keycourier/connectors/fulfillment/read-stock';
import type { SendToProvider } from '@keycourier/connectors/fulfillment/send';
import { outsideId } from '@keycourier/journey/model/outside-id';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skippedFor, worst, yellow } from '../finding.ts';

const count = z.coerce.number().nullish().catch(null);

/** The name of the list is not documented. */
const shippable = z.record(z.string(), z.unknown()).transform((answer) => Object.values(answer).find(Array.isArray));
const shippableKeys = z.array(z.looseObject({ product_id: outsideId, total_keys_available: count }));

type Shippable = z.output<typeof shippableKeys> | null;

/** Every configured product is in stock. */
export const stock: Check<TenantUnderCheck> = {
  name: 'provider.stock',
  run: async ({ config, environment, provider, lowStock }) => {
    try {
      await resolveSecret(config.fulfillment.token, environment);
      const [rows, keys] = await Promise.all([readInventory(provider), readShippable(provider)]);
      if (rows === null) return yellow('the account may not read its stock', "look at it in the provider's portal");
      const findings = config.products.map((product) => judge(product, { rows, keys, lowStock }));
      return worst(
        findings,
        green(`${config.products.length} products, at least ${minStockOf(config.products, rows)} keys of each`),
      );
    } catch (error) {
      if (error instanceof z.ZodError)
        return yellow('the provider reports its stock in an unknown shape', "check the stock in the provider's portal");
      return skippedFor(error);
    }
  },
};

/** Null if the provider does not offer it. */
async function readShippable(provider: SendToProvider): Promise<Shippable> {
  try {
    const { json } = await provider({ method: 'GET', path: '/shippablekeys' });
    return shippableKeys.safeParse(shippable.safeParse(json).data).data ?? null;
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'not_found') return null;
    throw error;
  }
}

interface Product {
  productId: string;
  inventoryProductId: string;
}

function judge(
  product: Product,
  context: { rows: readonly InventoryRow[]; keys: Shippable; lowStock: number },
): Finding {
  const { productId, inventoryProductId } = product;
  const { rows, keys, lowStock } = context;
  const row = rows.find((one) => one.inventoryProductId === inventoryProductId);
  const name = `product ${productId} from inventory ${inventoryProductId}`;
  const fix = 'fix products, or ask the provider';
  if (row === undefined) return red(`the account has no inventory ${inventoryProductId}`, fix);
  if (row.products?.includes(productId) === false)
    return red(`${name}: the inventory does not contain the product`, fix);
  const key = keys?.find((one) => one.product_id === productId);
  if (keys !== null && key === undefined) return red(`product ${productId} cannot be shipped`, fix);
  const quantities = [row.quantity, key?.total_keys_available];
  const left = Math.min(...quantities.map((quantity) => quantity ?? Number.POSITIVE_INFINITY));
  if (left <= 0) return red(`${name}: none left`, 'order keys from the provider');
  if (left < lowStock) return yellow(`${name}: ${left} left`, 'order keys from the provider');
  return green(name);
}

function minStockOf(products: readonly Product[], rows: readonly InventoryRow[]): number {
  const quantities = products.map(
    ({ inventoryProductId }) => rows.find((one) => one.inventoryProductId === inventoryProductId)?.quantity ?? 0,
  );
  return Math.min(...quantities);
}
