import { describe, expect, test } from '@jest/globals';

import { checkPurposes, groupTable, productSchema } from './products.ts';

const product = (inventoryProductId: number, fields: Record<string, unknown> = {}) =>
  productSchema.parse({ productId: 29, inventoryProductId, customizationId: 'RXJN83', ...fields });

describe('the purpose of a product', () => {
  test('is primary unless it says backup', () => {
    expect(product(106).purpose).toBe('primary');
    expect(product(107, { purpose: 'backup' }).purpose).toBe('backup');
    expect(() => product(107, { purpose: 'spare' })).toThrow('primary');
  });

  test('is that of the groups that get it', () => {
    const products = [product(106), product(107, { purpose: 'backup' })];
    const groups = [{ name: 'Spare keys', productId: '29', inventoryProductId: '107' }];
    expect(groupTable({ products, groups })).toMatchObject([{ name: 'Spare keys', purpose: 'backup' }]);
  });

  test('is one for each stock', () => {
    const issues: string[] = [];
    const report = (path: (string | number)[], why: string) => issues.push(`${path.join('.')} ${why}`);
    checkPurposes([product(106), product(107, { purpose: 'backup' }), product(106)], report);
    expect(issues).toEqual([]);
    checkPurposes([product(106), product(106, { purpose: 'backup' })], report);
    expect(issues).toEqual(['products.1.purpose must be the same for every product of stock 106']);
  });
});
