import express, { type RequestHandler, type Router } from 'express';

import { countriesCsv } from '../address/countries.ts';
import { validateAddress } from '../address/validate-address.ts';
import type { Context } from '../context.ts';
import { showExactShipment, showPreregShipment } from '../orders/show-shipment.ts';
import { showInventory, showProduct, showProducts, showShippableKeys } from '../stock/show-stock.ts';
import { readStock } from '../stock/stock.ts';
import { withOrganization, type Handler } from './handler.ts';
import { getOrder, getOrders, postOrder, putOrder, removeOrder } from './order-handlers.ts';

/** All routes of the API. */
const routes: readonly (readonly [method: 'get' | 'post' | 'put' | 'delete', path: string, handler: Handler])[] = [
  ['post', '/fpr/shipments', postOrder],
  ['get', '/fpr/shipments', getOrders(showPreregShipment)],
  ['get', '/fpr/shipments/:id', getOrder(showPreregShipment)],
  ['put', '/fpr/shipments/:id', putOrder],
  ['delete', '/fpr/shipments/:id', removeOrder],
  ['get', '/shipments_exact', getOrders(showExactShipment)],
  ['get', '/shipments_exact/:id', getOrder(showExactShipment)],
  ['delete', '/shipments_exact/:id', removeOrder],
  ['post', '/validate-address', (_context, _organization, { body }) => validateAddress(body)],
  ['get', '/inventory', async ({ pool }, { name }) => showInventory(name, await readStock(pool, name))],
  ['get', '/shippablekeys', async ({ pool }, { name }) => showShippableKeys(await readStock(pool, name))],
  ['get', '/products', showProducts],
  ['get', '/products/:id', (_context, _organization, { id }) => showProduct(id)],
  ['get', '/countries/csv', () => ({ status: 200, body: countriesCsv(), contentType: 'text/csv' })],
];

export function providerRoutes(context: Context): Router {
  const router = express.Router();
  for (const [method, path, handler] of routes) router[method](path, withOrganization(context, handler));
  return router;
}

/** The provider's public keys, which need no token. */
export function publishedKeys({ keys: { published } }: Context): Router {
  const router = express.Router();
  router.get('/yubico-transport-keys.jwks', serveJson(published.transport));
  router.get('/yubico-sign.jwks', serveJson(published.sign));
  return router;
}

const serveJson =
  (json: unknown): RequestHandler =>
  (_request, response) => {
    response.json(json);
  };
