export interface Product {
  product_id: number;
  product_name: string;
}

/** Yubico's own product ids. */
export const products: readonly Product[] = [
  { product_id: 1, product_name: 'YubiKey 5 NFC' },
  { product_id: 2, product_name: 'YubiKey 5 Nano' },
  { product_id: 3, product_name: 'YubiKey 5C' },
  { product_id: 4, product_name: 'YubiKey 5C Nano' },
  { product_id: 5, product_name: 'YubiKey 5Ci' },
  { product_id: 7, product_name: 'Security Key NFC by Yubico' },
  { product_id: 29, product_name: 'YubiKey 5C NFC' },
  { product_id: 54, product_name: 'YubiKey 5 NFC FIPS' },
  { product_id: 55, product_name: 'YubiKey 5C NFC FIPS' },
  { product_id: 56, product_name: 'YubiKey 5Ci FIPS' },
  { product_id: 57, product_name: 'YubiKey 5 Nano FIPS' },
];

export const findProduct = (id: number): Product | undefined => products.find(({ product_id: known }) => known === id);

export interface Inventory {
  inventory_product_id: number;
  name: string;
  isSubscription: boolean;
  /** The products that it can supply. */
  productMapping: readonly number[];
}

const allProducts = products.map(({ product_id: id }) => id);

/** Subscription inventories supply every product; any other inventory has its product's id and supplies only that one. */
export const inventories: readonly Inventory[] = [
  {
    inventory_product_id: 12,
    name: 'Primary Subscr - Base Tier: Initial',
    isSubscription: true,
    productMapping: allProducts,
  },
  {
    inventory_product_id: 15,
    name: 'Primary Subscr - Adv. Tier: Initial',
    isSubscription: true,
    productMapping: allProducts,
  },
  {
    inventory_product_id: 106,
    name: 'Primary Subscr - Advanced Plus',
    isSubscription: true,
    productMapping: allProducts,
  },
  {
    inventory_product_id: 107,
    name: 'Backup Subscr - Advanced Plus',
    isSubscription: true,
    productMapping: allProducts,
  },
  ...products.map(({ product_id: id, product_name: name }) => ({
    inventory_product_id: id,
    name,
    isSubscription: false,
    productMapping: [id],
  })),
];

export const findInventory = (id: number): Inventory | undefined =>
  inventories.find(({ inventory_product_id: known }) => known === id);

/** The customizations of an organization; every organization has this one. */
export const customizationIds: ReadonlySet<string> = new Set(['RXJN83']);
