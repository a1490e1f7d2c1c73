import { resolveSecret } from '@keycourier/config/secrets';
import type { SendToProvider } from '@keycourier/connectors/fulfillment/send';
import { outsideId } from '@keycourier/journey/model/outside-id';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skippedFor, worst, yellow } from '../finding.ts';

const count = z.coerce.number().nullish().catch(null);

const inventory = z.looseObject({
  organization_product_inventory: z.array(
    z.looseObject({
      product_id: outsideId,
      organization_product_quantity: count,
      /** Its items are not documented; only a plain list of product ids is used. */
      product_mapping: z.array(outsideId).nullish().catch(null),
    }),
  ),
});

/** The name of the list is not documented. */
const shippable = z.record(z.string(), z.unknown()).transform((answer) => Object.values(answer).find(Array.isArray));
const shippableKeys = z.array(z.looseObject({ product_id: outsideId, total_keys_available: count }));

type Inventory = z.output<typeof inventory>['organization_product_inventory'];
type Shippable = z.output<typeof shippableKeys> | null;

/** Every configured product is in stock. */
export const stock: Check<TenantUnderCheck> = {
  name: 'provider.stock',
  run: async ({ config, environment, provider, lowStock }) => {
    try {
      await resolveSecret(config.fulfillment.token, environment);
      const [answer, keys] = await Promise.all([
        provider({ method: 'GET', path: '/inventory' }),
        readShippable(provider),
      ]);
      const parsed = inventory.safeParse(answer.json);
      if (!parsed.success)
        return yellow('the provider reports its stock in an unknown shape', "check the stock in the provider's portal");
      const rows = parsed.data.organization_product_inventory;
      const findings = config.products.map((product) => judge(product, { rows, keys, lowStock }));
      return worst(
        findings,
        green(`${config.products.length} products, at least ${minStockOf(config.products, rows)} keys of each`),
      );
    } catch (error) {
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

function judge(product: Product, context: { rows: Inventory; keys: Shippable; lowStock: number }): Finding {
  const { productId, inventoryProductId } = product;
  const { rows, keys, lowStock } = context;
  const row = rows.find((one) => one.product_id === inventoryProductId);
  const name = `product ${productId} from inventory ${inventoryProductId}`;
  const fix = 'fix products, or ask the provider';
  if (row === undefined) return red(`the account has no inventory ${inventoryProductId}`, fix);
  if (row.product_mapping?.includes(productId) === false)
    return red(`${name}: the inventory does not contain the product`, fix);
  const key = keys?.find((one) => one.product_id === productId);
  if (keys !== null && key === undefined) return red(`product ${productId} cannot be shipped`, fix);
  const quantities = [row.organization_product_quantity, key?.total_keys_available];
  const left = Math.min(...quantities.map((quantity) => quantity ?? Number.POSITIVE_INFINITY));
  if (left <= 0) return red(`${name}: none left`, 'order keys from the provider');
  if (left < lowStock) return yellow(`${name}: ${left} left`, 'order keys from the provider');
  return green(name);
}

function minStockOf(products: readonly Product[], rows: Inventory): number {
  const quantities = products.map(
    ({ inventoryProductId }) =>
      rows.find((one) => one.product_id === inventoryProductId)?.organization_product_quantity ?? 0,
  );
  return Math.min(...quantities);
}
