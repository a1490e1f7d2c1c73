import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';

export const product = z
  .strictObject({
    productId: z.string().meta({ description: 'The kind of key' }),
    inventoryProductId: z.string().meta({ description: 'The stock that it is taken from' }),
    customizationId: z.string().meta({ description: 'How the provider programs it for the org' }),
  })
  .meta({ id: 'Product', description: 'By the ids that the provider’s contract with the tenant names' });

const products = z.strictObject({ items: z.array(product) });

const example: z.input<typeof products> = {
  items: [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }],
};

export const listProducts: Endpoint = {
  contract: {
    name: 'listProducts',
    summary: 'List products',
    description:
      'The products that the tenant may order. A request names as many of the ids as distinguish one of them, and none where there is only one.',
    answers: { 200: { description: 'All products of the tenant', content: json(products, example) } },
    refusals: [],
  },
  handler: queryRoute(noQuery, async (_, { tenant }) => ({ status: 200, body: { items: [...tenant.products] } })),
};
