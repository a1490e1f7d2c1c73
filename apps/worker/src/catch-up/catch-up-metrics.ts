import { readCatchUp, type CatchUpStatus } from '@keycourier/ledger/catch-up/read-catch-up';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { Counter, Gauge, type Registry } from 'prom-client';

/** One read of the ledger serves all gauges of a scrape. */
const freshMs = 1_000;

type Read = () => Promise<readonly (readonly [tenant: string, status: CatchUpStatus])[]>;

/** Gauges by tenant, read from the ledger at each scrape: each worker of a fleet shows the same. Returns the counter of its pages. */
export function addCatchUpMetrics(
  registry: Registry,
  ledger: Ledger,
  tenants: ReadonlyMap<string, { hookGrace: number }>,
): Counter<'tenant'> {
  const read = createRead(ledger, tenants);
  for (const [name, help, valueOf] of gauges)
    registry.registerMetric(
      new Gauge({
        name: `keycourier_${name}`,
        help,
        labelNames: ['tenant'],
        registers: [],
        async collect() {
          this.reset();
          for (const [tenant, status] of await read()) {
            const value = valueOf(status, ledger.now());
            if (value !== null) this.set({ tenant }, value);
          }
        },
      }),
    );
  return new Counter({
    name: 'keycourier_catch_up_pages_total',
    help: "Pages of Okta's System Log that this worker read, each a call, by tenant",
    labelNames: ['tenant'],
    registers: [registry],
  });
}

/** While the database is away there are no values, and the other metrics are there all the same. */
function createRead(ledger: Ledger, tenants: ReadonlyMap<string, { hookGrace: number }>): Read {
  let last: { atMs: number; result: ReturnType<Read> } | null = null;
  const readAll: Read = () =>
    Promise.all(
      [...tenants].map(
        async ([tenant, { hookGrace }]) => [tenant, await readCatchUp(ledger, tenant, { graceMs: hookGrace })] as const,
      ),
    ).catch(() => []);
  return () => {
    if (last === null || performance.now() - last.atMs > freshMs) last = { atMs: performance.now(), result: readAll() };
    return last.result;
  };
}

type ValueOf = (status: CatchUpStatus, now: Date) => number | null;

const gauges: readonly (readonly [name: string, help: string, valueOf: ValueOf])[] = [
  [
    'catch_up_lag_seconds',
    "How far behind Okta's System Log the inbox is",
    ({ lagMs }) => (lagMs === null ? null : lagMs / 1_000),
  ],
  [
    'catch_up_found_only_events',
    'Events in the inbox that no event hook delivered',
    ({ foundOnlyHere }) => foundOnlyHere.total,
  ],
  ['catch_up_blocked', '1 while the System Log cannot be read', ({ problem }) => Number(problem !== null)],
  [
    'hook_verified',
    "1 while Okta delivers to the tenant's event hook, 0 while it does not",
    ({ hook: { status } }) => (status === 'unknown' ? null : Number(status === 'verified')),
  ],
  [
    'hook_last_delivery_age_seconds',
    'Time since the last delivery of the event hook',
    ({ hook: { lastDeliveryAt } }, now) =>
      lastDeliveryAt === null ? null : Math.max(0, now.getTime() - lastDeliveryAt.getTime()) / 1_000,
  ],
  ['hook_daily_cap_ratio', "Share of Okta's daily cap of delivered events that is used", ({ cap }) => cap.share],
];
