import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parse } from 'yaml';

import { recordSignIns } from '../../apps/console/dist/sign-in/record-sign-ins.js';
import { createReceiverMetrics } from '../../apps/receiver/dist/metrics.js';
import { addCatchUpMetrics } from '../../apps/worker/dist/catch-up/catch-up-metrics.js';
import { addLinkMetrics } from '../../apps/worker/dist/hub-metrics.js';
import { addExpiryMetrics, addWaitingMetrics, createWorkerMetrics } from '../../apps/worker/dist/metrics.js';
import { addStockMetrics } from '../../apps/worker/dist/read-stock.js';
import { addReadyMetric, createMetrics } from '../../packages/runtime/dist/probes.js';

/** @typedef {{ alert: string, expr: string, for?: string, labels?: Record<string, string>, annotations?: Record<string, string> }} Rule */

/** @type {{ groups: { rules: Rule[] }[] }} */
const file = parse(readFileSync(new URL('../alerts/keycourier.yaml', import.meta.url), 'utf8'));
const rules = file.groups.flatMap((group) => group.rules);

/** What the processes export: each metric's name with its labels. Nothing is scraped, so no database is needed. */
function exported() {
  /** @type {any} */
  const ledger = { db: null, now: () => new Date() };
  /** @type {any} */
  const logger = {};
  const worker = createMetrics('worker');
  createWorkerMetrics(worker, ledger);
  addCatchUpMetrics(worker, ledger, new Map());
  addStockMetrics(worker, ledger, []);
  addExpiryMetrics(worker, ledger, { tenants: {} });
  addWaitingMetrics(worker, ledger, []);
  addLinkMetrics(worker, ledger);
  addReadyMetric(worker, {});
  const receiver = createMetrics('receiver');
  createReceiverMetrics(receiver, []);
  const metrics = createMetrics('console');
  recordSignIns({ ledger, logger, metrics, tenants: [], refusals: { record: () => {}, close: async () => {} } });
  /** @type {Map<string, Set<string>>} */
  const names = new Map();
  for (const registry of [worker, receiver, metrics])
    for (const metric of registry.getMetricsAsArray()) {
      /** @type {readonly string[]} */
      const labels = Reflect.get(metric, 'labelNames');
      names.set(metric.name, new Set([...labels, 'process']));
    }
  return names;
}

/** The metrics of an expression, with the labels that it selects or groups by. */
function selectorsOf(/** @type {string} */ expr) {
  const grouped = [...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/\s*,\s*/),
  );
  return [...expr.matchAll(/\b((?:keycourier|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      labels: [...[...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label), ...grouped],
    }),
  );
}

/** What is wrong with a rule; the labels that its texts use have to be left by its expression. */
function problemsOf(/** @type {Rule} */ { expr, annotations = {} }, names = exported()) {
  const selectors = selectorsOf(expr);
  const isGrouped = /\bby\s*\(/.test(expr);
  const left = selectors.flatMap(({ name, labels }) => (isGrouped ? labels : [...(names.get(name) ?? [])]));
  const used = Object.values(annotations).flatMap((text) =>
    [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
  );
  return [
    ...(selectors.length === 0 ? ['no metric'] : []),
    ...selectors.filter(({ name }) => !names.has(name)).map(({ name }) => `no metric ${name}`),
    ...selectors.flatMap(({ name, labels }) =>
      labels.filter((label) => names.get(name)?.has(label) === false).map((label) => `${name} has no label ${label}`),
    ),
    ...used.filter((label) => !left.includes(label)).map((label) => `the text uses ${label}`),
    ...['summary', 'runbook'].filter((part) => (annotations[part] ?? '').length < 20).map((part) => `no ${part}`),
  ];
}

test('each alert rule names metrics and labels that the processes export, and says what to do', () => {
  const names = exported();
  assert.deepEqual(
    rules.flatMap((rule) => problemsOf(rule, names).map((problem) => `${rule.alert}: ${problem}`)),
    [],
  );
  assert.ok(rules.length >= 12);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
});

test('a metric, a label of a selector or group, and a label of a text that do not exist are found', () => {
  const annotations = {
    summary: 'something is wrong with {{ $labels.tenant }}',
    runbook: 'look at what is wrong with it',
  };
  const found = (/** @type {string} */ expr) => problemsOf({ alert: 'A', expr, annotations });
  assert.deepEqual(found('keycourier_stock_low == 1'), []);
  assert.deepEqual(found('keycourier_stock_lower{tenant="a"} == 1'), [
    'no metric keycourier_stock_lower',
    'the text uses tenant',
  ]);
  assert.deepEqual(found('keycourier_stock_low{stock="1"} == 1'), ['keycourier_stock_low has no label stock']);
  assert.deepEqual(found('sum by (inventory) (keycourier_stock_low) > 0'), ['the text uses tenant']);
  assert.deepEqual(problemsOf({ alert: 'A', expr: 'keycourier_stock_low' }), ['no summary', 'no runbook']);
});

test('what an operator has to hear of has a rule', () => {
  const metrics = new Set(rules.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name)));
  for (const name of [
    'keycourier_console_break_glass_sign_ins_total',
    'keycourier_catch_up_lag_seconds',
    'keycourier_oldest_kept_delivery_seconds',
    'keycourier_held_shipments',
    'keycourier_stock_low',
    'keycourier_secret_ends_seconds',
    'keycourier_oldest_due_message_seconds',
    'keycourier_ready',
    'keycourier_hub_refused',
    'keycourier_hub_comparison_failed',
    'keycourier_hub_import_held',
    'keycourier_hub_import_failed',
    'keycourier_hub_waiting_seconds',
    'process_start_time_seconds',
  ])
    assert.ok(metrics.has(name), name);
});
