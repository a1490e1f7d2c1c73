import type { Logger } from '@keycourier/runtime/logger';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import type { Express } from 'express';
import { Pool } from 'pg';

import { startTicker } from './clock/ticker.ts';
import type { SimulatorConfig } from './config.ts';
import type { Context } from './context.ts';
import { createTables } from './database/create-tables.ts';
import { inTransaction } from './database/transaction.ts';
import { createApp } from './http/create-app.ts';
import { loadProviderKeys, type ProviderKeys } from './keys/provider-keys.ts';
import { fillStock } from './stock/stock.ts';

export interface FulfillmentSimulator {
  app: Express;
  ready: Readonly<Record<string, ReadyCheck>>;
  /** Stops the ticker and closes the database pool. Close the server of `app` first. */
  stop: () => Promise<void>;
}

export interface SimulatorOptions {
  databaseUrl: string;
  config: SimulatorConfig;
  logger: Logger;
  /** The wall clock, in milliseconds since 1970. */
  nowMs?: () => number;
  tickMs?: number;
}

const defaultTickMs = 250;

/** Prepares the database and starts the provider and its clock; open shipments of an earlier run continue. */
export async function startFulfillmentSimulator(options: SimulatorOptions): Promise<FulfillmentSimulator> {
  const { config, logger, nowMs = Date.now } = options;
  const pool = new Pool({ connectionString: options.databaseUrl, max: 10 });
  pool.on('error', (error) => logger.warn({ err: error }, 'a database connection was lost'));
  const keys = await prepare(pool, config, nowMs).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  const context: Context = { pool, logger, nowMs, keys, organizations: config.organizations };
  const ready = { database: async () => (await pool.query('select 1')).rowCount === 1 };
  const ticker = startTicker(context, options.tickMs ?? defaultTickMs);
  return {
    app: createApp(context, ready),
    ready,
    stop: async () => {
      await ticker.stop();
      await pool.end();
    },
  };
}

const insertProvider = `insert into provider (speed, provider_ms, since_ms, programming_mode)
  values ($1, 0, $2, 'honest') on conflict do nothing`;

const prepare = (pool: Pool, config: SimulatorConfig, nowMs: () => number): Promise<ProviderKeys> =>
  inTransaction(pool, async (client) => {
    await createTables(client);
    await client.query(insertProvider, [config.clockSpeed ?? 1, nowMs()]);
    for (const { name } of config.organizations) await fillStock(client, name);
    return loadProviderKeys(client, nowMs());
  });
