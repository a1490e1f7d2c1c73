import { purposes } from '@keycourier/journey/model/purpose';
import type { StockedProduct, Tenant } from '@keycourier/journey/model/tenant';
import { z } from 'zod';

const digits = z.coerce.string().regex(/^\d+$/, 'must be a number');
const customizationId = z.string().min(1).max(64);

export const productSchema = z.strictObject({
  productId: digits,
  inventoryProductId: digits,
  customizationId,
  /** What the keys of this stock are for, where an event of Okta's asks for one. */
  purpose: z.enum(purposes).default('primary'),
});

/** A group whose members get a key. Ids that are left out are those of the one product that matches the others. */
export const groupSchema = z
  .strictObject({
    id: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    productId: digits,
    inventoryProductId: digits.optional(),
    customizationId: customizationId.optional(),
  })
  .refine(({ id, name }) => (id === undefined) !== (name === undefined), 'needs either an id or a name');

type Group = z.output<typeof groupSchema>;

interface Products {
  products: readonly StockedProduct[];
  groups: readonly Group[];
}

/** Reports each group that does not mean exactly one product. */
export function checkGroups(
  { products, groups }: Products,
  issue: (path: (string | number)[], why: string) => void,
): void {
  for (const [index, group] of groups.entries()) {
    const matching = products.filter((product) => isMatch(group, product));
    if (matching.length !== 1)
      issue(['groups', index], `must match exactly one entry of products, but matches ${matching.length}`);
  }
}

/** Reports each stock that is listed for two purposes. */
export function checkPurposes(
  products: readonly StockedProduct[],
  issue: (path: (string | number)[], why: string) => void,
): void {
  const known = new Map<string, StockedProduct['purpose']>();
  for (const [index, { inventoryProductId, purpose }] of products.entries())
    if (known.has(inventoryProductId) && known.get(inventoryProductId) !== purpose)
      issue(['products', index, 'purpose'], `must be the same for every product of stock ${inventoryProductId}`);
    else known.set(inventoryProductId, purpose);
}

/** The table from group to product, with every id filled in. */
export function groupTable({ products, groups }: Products): Tenant['groups'] {
  return groups.flatMap((group) => {
    const product = products.find((candidate) => isMatch(group, candidate));
    return product === undefined ? [] : [{ id: group.id, name: group.name, ...product }];
  });
}

function isMatch(group: Group, product: StockedProduct): boolean {
  return (
    group.productId === product.productId &&
    (group.inventoryProductId ?? product.inventoryProductId) === product.inventoryProductId &&
    (group.customizationId ?? product.customizationId) === product.customizationId
  );
}
