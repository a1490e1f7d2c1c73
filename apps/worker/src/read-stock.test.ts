import { Writable } from 'node:stream';

import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { ReadStock } from '@keycourier/connectors/fulfillment/read-stock';
import { ConnectorError, type ConnectorFault } from '@keycourier/journey/ports/errors';
import { lastStockRead, type StockRead } from '@keycourier/ledger/overview/stock';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { createLogger } from '@keycourier/runtime/logger';
import { createMetrics } from '@keycourier/runtime/probes';
import { until } from '@keycourier/runtime/testing/until';
import type { Registry } from 'prom-client';

import { createWorkerMetrics } from './metrics.ts';
import { addStockMetrics, startReadingStock } from './read-stock.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let log: string[];
beforeEach(async () => {
  opened = await connectTestLedger();
  log = [];
});

const settings = { every: 3_600_000, lowDays: 30, lowKeys: 10, inventories: ['106'] };
const level = { inventoryProductId: '106', name: 'Advanced Plus', inventoryType: '', quantity: 9 };

function start(read: ReadStock): { registry: Registry; close: () => Promise<void> } {
  const { ledger } = opened;
  const registry = createMetrics('worker');
  const { alarms } = createWorkerMetrics(registry, ledger);
  addStockMetrics(registry, ledger, ['acme', 'globex']);
  const destination = new Writable({
    write(line, _encoding, done) {
      log.push(String(line));
      done();
    },
  });
  const logger = createLogger({ name: 'worker', level: 'info', destination });
  const tenants = new Map(['acme', 'globex'].map((name) => [name, settings]));
  const onError = (error: unknown): void => void log.push(String(error));
  return { registry, ...startReadingStock({ ledger, tenants, read, alarms, logger, onError }, 5) };
}

const untilRead = (tenant: string): Promise<StockRead | null> =>
  until(
    () => lastStockRead(opened.ledger.db, tenant),
    (read) => read !== null && (read.readAt !== null || read.problem !== null),
  );

test('each stock is read once until it is due again, by one of several workers', async () => {
  const calls: string[] = [];
  const read: ReadStock = async (tenant) => {
    calls.push(tenant);
    return [level];
  };
  const workers = [start(read), start(read)];
  await Promise.all([untilRead('acme'), untilRead('globex')]);
  // Each worker looks again meanwhile.
  await opened.ledger.db
    .updateTable('stock_reads')
    .set({ due_at: new Date(0) })
    .where('tenant', '=', 'acme')
    .execute();
  await until(
    () => calls.length,
    (count) => count >= 3,
  );
  await Promise.all(workers.map(({ close }) => close()));
  expect(calls.toSorted()).toEqual(['acme', 'acme', 'globex']);
});

test('a stock that becomes low raises one alarm, and metrics say how many keys are left', async () => {
  const { registry, close } = start(async () => [level, { ...level, inventoryProductId: '999' }]);
  await Promise.all([untilRead('acme'), untilRead('globex')]);
  await close();
  const text = await registry.metrics();
  expect(text).toMatch(/keycourier_alarms_total\{code="stock_low",[^}]*\} 2/);
  expect(text).toMatch(/keycourier_stock_keys\{tenant="acme",inventory="106",[^}]*\} 9/);
  expect(text).toMatch(/keycourier_stock_low\{tenant="acme",inventory="106",[^}]*\} 1/);
  expect(text).not.toMatch(/keycourier_stock_days_left\{/);
  // Of no product of the tenant.
  expect(text).not.toContain('inventory="999"');
  expect(log.filter((line) => line.includes('"alarm":"stock_low"'))).toHaveLength(2);
});

const refusal = (fault: ConnectorFault): ConnectorError =>
  new ConnectorError({ service: 'fulfillment', fault }, 'answered 401');

test.each([
  ['not_offered', null],
  ['unauthorized', refusal('unauthorized')],
  ['refused', refusal('refused')],
  ['unanswered', refusal('outcome_unknown')],
])('what cannot be read is recorded as %s, and stops no other tenant', async (problem, fault) => {
  const { close } = start(async (tenant) => {
    if (tenant !== 'acme') return [level];
    if (fault === null) return null;
    throw fault;
  });
  const [acme, globex] = await Promise.all([untilRead('acme'), untilRead('globex')]);
  await close();
  expect(acme).toMatchObject({ problem });
  expect(globex).toMatchObject({ problem: null, readAt: opened.clock.now });
});

test('a fault of ours is reported, and the stock is read again', async () => {
  let calls = 0;
  const { close } = start(async () => {
    calls += 1;
    throw new TypeError('a fault');
  });
  await until(
    () => log,
    (lines) => lines.some((line) => line.includes('a fault')),
  );
  await close();
  expect(calls).toBeGreaterThan(0);
});
