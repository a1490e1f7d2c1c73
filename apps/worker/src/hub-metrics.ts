import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readHubHealth, type HubHealth } from '@keycourier/ledger/hub/hub-health';
import { Gauge, type Registry } from 'prom-client';

/** One read of the ledger serves the gauges of a scrape. */
const freshMs = 10_000;

interface HubGauge {
  name: string;
  help: string;
  labelNames: readonly string[];
  valuesOf: (health: HubHealth) => readonly (readonly [labels: Record<string, string>, value: number])[];
}

const gauges: readonly HubGauge[] = [
  {
    name: 'keycourier_hub_refused',
    help: 'People and groups that are not in the hub as their org requires, by tenant, what they are, and code',
    labelNames: ['tenant', 'what', 'code'],
    valuesOf: ({ refused }) => refused.map(({ count, ...labels }) => [labels, count]),
  },
  {
    name: 'keycourier_hub_comparison_failed',
    help: 'Whether the last comparison of the people of a link failed, by tenant',
    labelNames: ['tenant'],
    valuesOf: ({ compared }) => compared.map(({ tenant, hasFailed }) => [{ tenant }, hasFailed ? 1 : 0]),
  },
  {
    name: 'keycourier_hub_comparison_age_seconds',
    help: 'Age of the last comparison of the people of a link that compared everyone, by tenant',
    labelNames: ['tenant'],
    valuesOf: ({ compared }) =>
      compared.flatMap(({ tenant, ageSeconds }) => (ageSeconds === null ? [] : [[{ tenant }, ageSeconds] as const])),
  },
  {
    name: 'keycourier_hub_import_held',
    help: 'Whether an import of a hub waits for an operator, for it would change too many, by tenant',
    labelNames: ['tenant'],
    valuesOf: ({ imported }) => imported.map(({ tenant, isHeld }) => [{ tenant }, isHeld ? 1 : 0]),
  },
  {
    name: 'keycourier_hub_import_failed',
    help: 'Whether the last import of a hub failed, by tenant',
    labelNames: ['tenant'],
    valuesOf: ({ imported }) => imported.map(({ tenant, hasFailed }) => [{ tenant }, hasFailed ? 1 : 0]),
  },
  {
    name: 'keycourier_hub_waiting_seconds',
    help: 'For how long the steps of a link have waited for an org of it, by tenant and reason',
    labelNames: ['tenant', 'reason'],
    valuesOf: ({ waiting }) =>
      waiting.map(({ tenant, isRefused, seconds }) => [
        { tenant, reason: isRefused ? 'credentials_refused' : 'no_answer' },
        seconds,
      ]),
  },
];

const none: HubHealth = { refused: [], compared: [], imported: [], waiting: [] };

/** How the links to hubs do, by tenant. Read from the ledger at most every ten seconds; none while it is away. */
export function addLinkMetrics(registry: Registry, ledger: Pick<Ledger, 'db'>): void {
  let last: { atMs: number; health: Promise<HubHealth> } | null = null;
  const read = (): Promise<HubHealth> => {
    if (last === null || performance.now() - last.atMs > freshMs)
      last = { atMs: performance.now(), health: readHubHealth(ledger).catch(() => none) };
    return last.health;
  };
  for (const { valuesOf, ...gauge } of gauges)
    registry.registerMetric(
      new Gauge({
        ...gauge,
        registers: [],
        async collect() {
          this.reset();
          for (const [labels, value] of valuesOf(await read())) this.set(labels, value);
        },
      }),
    );
}
