import { describe, expect, test } from '@jest/globals';

import { isStockLow, outlookOf, type StockUse } from './stock.ts';

const use = (part: Partial<StockUse> = {}): StockUse => ({
  ordered: 0,
  orderedDays: 28,
  underWay: 0,
  quantities: [],
  quantityDays: 0,
  ...part,
});

describe('a stock of 90 keys', () => {
  test.each([
    ['lasts as long as the orders of the last weeks say', use({ ordered: 56 }), 2, 45],
    ['is less by what is under way', use({ ordered: 56, underWay: 40 }), 2, 25],
    ['lasts for no day once all of it is under way', use({ ordered: 56, underWay: 91 }), 2, 0],
    ['has no end where nothing is used', use(), 0, null],
    ['is of an unknown use in the first six days', use({ ordered: 60, orderedDays: 6 }), null, null],
    ['falls by what others order, too', use({ ordered: 28, quantities: [150, 90], quantityDays: 20 }), 3, 30],
    ['is used as before where keys were added', use({ quantities: [50, 40, 140, 90], quantityDays: 10 }), 6, 15],
    [
      'is not judged by the quantities of six days',
      use({ ordered: 28, quantities: [990, 90], quantityDays: 6 }),
      1,
      90,
    ],
  ])('%s', (_name, known, usedPerDay, daysLeft) => {
    expect(outlookOf(90, known)).toEqual({ usedPerDay, daysLeft });
  });
});

test.each([
  [{ quantity: 500, underWay: 0, daysLeft: 29 }, true],
  [{ quantity: 500, underWay: 0, daysLeft: 30 }, false],
  [{ quantity: 500, underWay: 0, daysLeft: null }, false],
  [{ quantity: 10, underWay: 0, daysLeft: null }, false],
  [{ quantity: 10, underWay: 1, daysLeft: null }, true],
  [{ quantity: -3, underWay: 0, daysLeft: null }, true],
])('%j is low: %p', (stock, isLow) => {
  expect(isStockLow(stock, { lowDays: 30, lowKeys: 10 })).toBe(isLow);
});
