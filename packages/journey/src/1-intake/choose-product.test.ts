import { describe, expect, test } from '@jest/globals';

import { otherProduct, product } from '../testing/samples.ts';
import { chooseProduct, productOfGroup } from './choose-product.ts';

const primary = product;
const backup = { ...product, inventoryProductId: '107' };

describe('the product of a request', () => {
  test('is the one that has all the requested ids', () => {
    expect(chooseProduct(backup, [primary, backup, otherProduct])).toBe(backup);
  });

  test('is completed from the list where only one entry fits', () => {
    expect(chooseProduct({ productId: '29' }, [primary, otherProduct])).toBe(otherProduct);
    expect(chooseProduct({}, [primary])).toBe(primary);
    expect(chooseProduct({ productId: '1', inventoryProductId: null, customizationId: null }, [primary])).toBe(primary);
  });

  test.each([
    ['more than one fits', { productId: '1' }],
    ['the product is not in the list', { productId: '55' }],
    ['the inventory id is not in the list', { ...primary, inventoryProductId: '999' }],
    ['the customization id is not in the list', { ...primary, customizationId: 'NOPE' }],
    ['the ids are of two different entries', { productId: '29', inventoryProductId: '107' }],
  ])('is none when %s', (_, wanted) => {
    expect(chooseProduct(wanted, [primary, backup, otherProduct])).toBeNull();
  });
});

describe('the product of a group', () => {
  const byId = { id: '00g1', ...primary };
  const byName = { name: 'YubiKey 5C NFC', ...otherProduct };

  test('is that of its id', () => {
    expect(productOfGroup([byName, byId], { id: '00g1', name: null })).toBe(byId);
  });

  test('is that of its exact name', () => {
    expect(productOfGroup([byId, byName], { id: '00g9', name: 'YubiKey 5C NFC' })).toBe(byName);
  });

  test.each(['yubikey 5c nfc', 'YubiKey 5C NFC ', 'YubiKey', '', null])('is none for the name %j', (name) => {
    expect(productOfGroup([byId, byName], { id: '00g9', name })).toBeNull();
  });
});
