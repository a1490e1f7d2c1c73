import express, { type Request, type Response, type Router } from 'express';
import type { Pool } from 'pg';
import { z } from 'zod';

import { clockRequestSchema, providerTimeMs, readClock, setSpeed, type Clock } from '../clock/clock.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { pathId } from '../http/handler.ts';
import { showPreregShipment } from '../orders/show-shipment.ts';
import { readMode, modeRequestSchema, setMode } from '../programming/modes.ts';
import { readStock, setStock, stockRequestSchema } from '../stock/stock.ts';
import type { RequestLog } from './request-log.ts';
import { setState, stateRequestSchema } from './set-state.ts';

/** The controls below `/sim`. They are not part of Yubico's API and need no token, because the port is on loopback only. */
export function controlRoutes(context: Context, requestLog: RequestLog): Router {
  const router = express.Router();
  routeClock(router, context);
  routeProgramming(router, context);
  routeInventory(router, context);
  router.post(
    '/shipments/:id/state',
    parsed(stateRequestSchema, async ({ stateId }, request, response) => {
      const shipment = await setState(context, pathId.parse(request.params['id']), stateId);
      if (shipment === undefined) response.status(404).json({ error: 'no such shipment' });
      else response.json(showPreregShipment(shipment));
    }),
  );
  router.get('/requests', async (_request, response) => {
    response.json(await requestLog.list());
  });
  router.delete('/requests', async (_request, response) => {
    await requestLog.clear();
    response.status(204).end();
  });
  return router;
}

function routeClock(router: Router, context: Context): void {
  const show = (clock: Clock): unknown => ({
    speed: clock.speed,
    providerTimeMs: providerTimeMs(clock, context.nowMs()),
  });
  router.get('/clock', async (_request, response) => {
    response.json(show(await readClock(context.pool)));
  });
  router.put(
    '/clock',
    parsed(clockRequestSchema, async ({ speed }, _request, response) => {
      response.json(show(await setSpeed(context.pool, speed, context.nowMs)));
    }),
  );
}

function routeProgramming(router: Router, { pool }: Context): void {
  router.get('/programming', async (_request, response) => {
    response.json({ mode: await readMode(pool) });
  });
  router.put(
    '/programming',
    parsed(modeRequestSchema, async ({ mode }, _request, response) => {
      await setMode(pool, mode);
      response.json({ mode });
    }),
  );
}

function routeInventory(router: Router, { pool, organizations }: Context): void {
  const show = async (response: Response): Promise<void> => {
    const all = await Promise.all(organizations.map(({ name }) => stockOf(pool, name)));
    response.json(all.flat());
  };
  router.get('/inventory', (_request, response) => show(response));
  router.put(
    '/inventory',
    parsed(stockRequestSchema, async (stock, _request, response) => {
      await inTransaction(pool, (client) => setStock(client, stock));
      await show(response);
    }),
  );
}

async function stockOf(pool: Pool, organization: string): Promise<unknown[]> {
  const rows = await readStock(pool, organization);
  return rows.map(({ inventory_product_id: id, quantity }) => ({ organization, inventoryProductId: id, quantity }));
}

/** A control with a strictly parsed body; any other body is a 400 with the reason. */
const parsed =
  <Body>(schema: z.ZodType<Body>, handle: (body: Body, request: Request, response: Response) => Promise<void>) =>
  async (request: Request, response: Response): Promise<void> => {
    const body = schema.safeParse(request.body);
    if (body.success) await handle(body.data, request, response);
    else response.status(400).json({ error: z.prettifyError(body.error) });
  };
