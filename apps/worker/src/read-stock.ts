import { setTimeout as sleep } from 'node:timers/promises';

import type { ReadStock } from '@keycourier/connectors/fulfillment/read-stock';
import type { StockLimits, StockProblem } from '@keycourier/journey/model/stock';
import { ConnectorError, type ConnectorFault } from '@keycourier/journey/ports/errors';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import {
  claimStockReads,
  finishStockRead,
  readStock,
  recordStock,
  type Stock,
} from '@keycourier/ledger/overview/stock';
import type { Logger } from '@keycourier/runtime/logger';
import { Gauge, type Counter, type Registry } from 'prom-client';

export interface StockSettings extends StockLimits {
  /** Between two reads, in milliseconds. */
  every: number;
  /** The ids of the stocks that the tenant's products are taken from. An account may have others. */
  inventories: readonly string[];
}

interface Parts {
  ledger: Ledger;
  /** Which stocks, and how. */
  tenants: ReadonlyMap<string, StockSettings>;
  read: ReadStock;
  alarms: Counter<'code'>;
  logger: Logger;
  onError: (error: unknown) => void;
}

/** How often a worker looks which stocks are due: one statement for all tenants. */
const lookEveryMs = 60_000;

/** Until a stock is read again that could not be read for a reason that may pass. */
const retryMs = 15 * 60_000;

/** Reads the stock of each tenant at the provider again and again, in one of the workers. */
export function startReadingStock(parts: Parts, everyMs = lookEveryMs): { close: () => Promise<void> } {
  const stopping = new AbortController();
  const loop = readAgainAndAgain(parts, { everyMs, stopping: stopping.signal });
  return {
    close: async () => {
      stopping.abort();
      await loop;
    },
  };
}

async function readAgainAndAgain(
  parts: Parts,
  { everyMs, stopping }: { everyMs: number; stopping: AbortSignal },
): Promise<void> {
  const names = [...parts.tenants.keys()];
  while (!stopping.aborted) {
    try {
      const due = await claimStockReads(parts.ledger, names);
      await Promise.all(due.map((tenant) => readOne(parts, tenant).catch(parts.onError)));
    } catch (error) {
      parts.onError(error);
    }
    await sleep(everyMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function readOne({ ledger, tenants, read, alarms, logger }: Parts, tenant: string): Promise<void> {
  const settings = tenants.get(tenant);
  if (settings === undefined) return;
  const { every, inventories, ...limits } = settings;
  const found = await read(tenant).catch((error: unknown) => {
    if (!(error instanceof ConnectorError)) throw error;
    return error;
  });
  if (found instanceof ConnectorError) {
    const problem = problemOf(found.fault);
    logger.warn({ tenant, problem, err: found }, 'the stock at the provider cannot be read now');
    const dueInMs = Math.min(every, Math.max(retryMs, found.retryAfterMs ?? 0));
    await finishStockRead(ledger, tenant, { problem, dueInMs });
    return;
  }
  const items = (found ?? []).filter(({ inventoryProductId }) => inventories.includes(inventoryProductId));
  const low = await recordStock(ledger, tenant, { items, limits });
  await finishStockRead(ledger, tenant, { problem: found === null ? 'not_offered' : null, dueInMs: every });
  for (const { inventoryProductId, quantity, underWay, daysLeft } of low) {
    alarms.inc({ code: 'stock_low' });
    logger.error(
      { alarm: 'stock_low', tenant, inventoryProductId, quantity, underWay, daysLeft },
      'a stock at the provider is low',
    );
  }
}

function problemOf(fault: ConnectorFault): StockProblem {
  if (fault === 'unauthorized' || fault === 'forbidden') return 'unauthorized';
  return fault === 'refused' ? 'refused' : 'unanswered';
}

/** One read of the ledger serves all gauges of a scrape. */
const freshMs = 1_000;

/** Gauges by tenant and stock, read from the ledger at each scrape: each worker of a fleet shows the same. */
export function addStockMetrics(registry: Registry, { db }: Pick<Ledger, 'db'>, tenants: readonly string[]): void {
  let last: { atMs: number; result: Promise<readonly (readonly [string, Stock])[]> } | null = null;
  // While the database is away there are no values.
  const readAll = () =>
    Promise.all(
      tenants.map(async (tenant) => (await readStock(db, tenant)).map((stock) => [tenant, stock] as const)),
    ).then(
      (all) => all.flat(),
      () => [],
    );
  const read = () => {
    if (last === null || performance.now() - last.atMs > freshMs) last = { atMs: performance.now(), result: readAll() };
    return last.result;
  };
  for (const [name, help, valueOf] of gauges)
    registry.registerMetric(
      new Gauge({
        name: `keycourier_stock_${name}`,
        help,
        labelNames: ['tenant', 'inventory'],
        registers: [],
        async collect() {
          this.reset();
          for (const [tenant, stock] of await read()) {
            const value = valueOf(stock);
            if (value !== null) this.set({ tenant, inventory: stock.inventoryProductId }, value);
          }
        },
      }),
    );
}

const gauges: readonly (readonly [name: string, help: string, valueOf: (stock: Stock) => number | null])[] = [
  ['keys', 'Keys in a stock at the provider, when it was read last', ({ quantity }) => quantity],
  ['days_left', 'Days until a stock is empty at its usual use, where that is known', ({ daysLeft }) => daysLeft],
  ['low', "1 while a stock is low by the tenant's limits", ({ lowSince }) => Number(lowSince !== null)],
  ['read_seconds', 'When a stock was read last, in seconds since 1970', ({ readAt }) => readAt.getTime() / 1_000],
];
