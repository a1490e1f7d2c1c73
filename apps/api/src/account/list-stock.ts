import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { stockProblems } from '@keycourier/journey/model/stock';
import { lastStockRead, readStock, type Stock } from '@keycourier/ledger/overview/stock';
import { describeStockProblem } from '@keycourier/messages/stock';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';

const time = z.iso.datetime().nullable();

const stock = z
  .strictObject({
    inventoryProductId: z.string(),
    name: z.string().meta({ description: 'As the provider names it' }),
    productIds: z.array(z.string()).meta({ description: 'The tenant’s products that are taken from it' }),
    quantity: z.int().meta({ description: 'Keys; below 0 where more were requested than there are' }),
    ordered: z.int().meta({ description: 'Keys that the tenant ordered from it in the last `orderedDays`' }),
    orderedDays: z.int().meta({ description: '28, or fewer where the tenant has been requesting keys for less' }),
    underWay: z.int().meta({ description: 'Keys that are requested and not ordered yet' }),
    usedPerDay: z.number().nullable().meta({ description: 'The usual use; null: the history is shorter than a week' }),
    daysLeft: z
      .int()
      .nullable()
      .meta({ description: 'Days until it is empty at that use; null: not known, or nothing is used' }),
    lowSince: time.meta({ description: 'Since when it has been low, by `stock` in keycourier.yaml; null: it is not' }),
    readAt: z.iso.datetime().meta({ description: 'When the provider said so' }),
  })
  .meta({ id: 'Stock', description: 'A stock at the provider, which may supply several products' });

const stocks = z
  .strictObject({
    items: z.array(stock),
    lastReadAt: time.meta({ description: 'When it was last read; null: not yet' }),
    nextReadAt: time.meta({ description: 'When the worker reads it next; null: it has not begun' }),
    problem: z
      .strictObject({ code: z.enum(stockProblems), message: z.string() })
      .nullable()
      .meta({ description: 'Why it could not be read the last time; null: it could' }),
  })
  .meta({ id: 'Stocks' });

const readAt = '2026-03-02T09:00:00.000Z';
const example: z.input<typeof stocks> = {
  items: [
    {
      inventoryProductId: '106',
      name: 'Primary Subscr - Advanced Plus',
      productIds: ['1', '29'],
      quantity: 240,
      ordered: 224,
      orderedDays: 28,
      underWay: 16,
      usedPerDay: 8,
      daysLeft: 28,
      lowSince: readAt,
      readAt,
    },
  ],
  lastReadAt: readAt,
  nextReadAt: '2026-03-02T15:00:00.000Z',
  problem: null,
};

/** What the worker read last; the provider is not called. */
export const listStock: Endpoint = {
  contract: {
    name: 'listStock',
    summary: 'Show the stock at the provider',
    description:
      'How many keys are left in the stocks that the tenant’s products are taken from, the shortest-lasting first, as the worker read them last.',
    answers: { 200: { description: 'The stocks', content: json(stocks, example) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger: { db } }, { tenant }) => {
    const [found, last] = await Promise.all([readStock(db, tenant.name), lastStockRead(db, tenant.name)]);
    const problem = last?.problem ?? null;
    return {
      status: 200,
      body: {
        items: found.map((one) => toDto(one, tenant.products)),
        lastReadAt: last?.readAt?.toISOString() ?? null,
        nextReadAt: last?.nextAt.toISOString() ?? null,
        problem: problem === null ? null : { code: problem, message: describeStockProblem(problem) },
      },
    };
  }),
};

function toDto(
  { inventoryType: _, lowSince, ...found }: Stock,
  products: readonly { productId: string; inventoryProductId: string }[],
): z.input<typeof stock> {
  const own = products.filter(({ inventoryProductId }) => inventoryProductId === found.inventoryProductId);
  return {
    ...found,
    productIds: [...new Set(own.map(({ productId }) => productId))],
    lowSince: lowSince?.toISOString() ?? null,
    readAt: found.readAt.toISOString(),
  };
}
