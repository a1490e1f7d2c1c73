import type { Config } from '@keycourier/config/config-file';
import { expiringOf, expiringOfConsole } from '@keycourier/config/expiring';
import { listExpiring, type Expiring } from '@keycourier/journey/model/expiring';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { oldestKept } from '@keycourier/ledger/deliveries/put-off-delivery';
import { countDrifting } from '@keycourier/ledger/hub/list-mirrors';
import { oktaUsedAt, readExpiring } from '@keycourier/ledger/overview/expiring';
import { readQueues } from '@keycourier/ledger/overview/health';
import { readHeldCauses } from '@keycourier/ledger/overview/held-causes';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface WorkerMetrics {
  jobs: Counter<'step' | 'outcome'>;
  alarms: Counter<'code'>;
  unpacked: Counter<'tenant' | 'outcome'>;
  republished: Counter;
  unknownStepJobs: Counter<'step'>;
  unknownStepMessages: Gauge<'step'>;
  erased: Counter<'what'>;
}

export function createWorkerMetrics(registry: Registry, ledger: Pick<Ledger, 'db'>): WorkerMetrics {
  addKeptDeliveryAge(registry, ledger);
  const registers = [registry];
  return {
    ...createLedgerCounters(registers),
    jobs: new Counter({
      name: 'keycourier_jobs_total',
      help: 'Job runs that ended, by step and outcome',
      labelNames: ['step', 'outcome'],
      registers,
    }),
    alarms: new Counter({
      name: 'keycourier_alarms_total',
      help: 'Alarms that need an operator, by code',
      labelNames: ['code'],
      registers,
    }),
    unknownStepJobs: new Counter({
      name: 'keycourier_unknown_step_jobs_total',
      help: 'Jobs left in their queue for a newer worker, by step',
      labelNames: ['step'],
      registers,
    }),
    unknownStepMessages: new Gauge({
      name: 'keycourier_unknown_step_messages',
      help: 'Outbox messages that only a newer version can publish, by step',
      labelNames: ['step'],
      registers,
    }),
    erased: new Counter({
      name: 'keycourier_erased_total',
      help: 'Rows whose data was erased because its retention ended, by kind of data',
      labelNames: ['what'],
      registers,
    }),
  };
}

const createLedgerCounters = (registers: Registry[]): Pick<WorkerMetrics, 'unpacked' | 'republished'> => ({
  unpacked: new Counter({
    name: 'keycourier_unpacked_events_total',
    help: 'Events in deliveries that the receiver kept: recorded (new), duplicate (already recorded), set_aside (unreadable)',
    labelNames: ['tenant', 'outcome'],
    registers,
  }),
  republished: new Counter({
    name: 'keycourier_jobs_republished_total',
    help: 'Jobs that were missing from their queue and were published again',
    registers,
  }),
});

/** Read from the ledger at each scrape. While the database is away there are no values. */
export function addKeptDeliveryAge(registry: Registry, ledger: Pick<Ledger, 'db'>): void {
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_oldest_kept_delivery_seconds',
      help: 'Age of the oldest delivery that the receiver kept and no worker has unpacked, by tenant',
      labelNames: ['tenant'],
      registers: [],
      async collect() {
        this.reset();
        for (const { tenant, seconds } of await oldestKept(ledger).catch(() => [])) this.set({ tenant }, seconds);
      },
    }),
  );
}

/** When secrets end, of those that end within 45 days. Read from the ledger at each scrape; while it is away, only what the config says. */
export function addExpiryMetrics(registry: Registry, ledger: Pick<Ledger, 'db' | 'now'>, config: Config): void {
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_secret_ends_seconds',
      help: 'When a secret that is not replaced ends, in seconds since 1970, by tenant (none: the console), kind and id',
      labelNames: ['tenant', 'kind', 'id'],
      registers: [],
      async collect() {
        this.reset();
        for (const [tenant, secrets] of await readAllExpiring(ledger, config))
          for (const { kind, id, expiresAt } of listExpiring(secrets, ledger.now()))
            if (expiresAt !== null) this.set({ tenant, kind, id }, expiresAt.getTime() / 1_000);
      },
    }),
  );
}

const readAllExpiring = async (
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  { tenants, console }: Config,
): Promise<readonly (readonly [tenant: string, secrets: readonly Expiring[]])[]> => [
  ['', expiringOfConsole(console)],
  ...(await Promise.all(
    Object.entries(tenants).map(async ([tenant, config]) => {
      const [stored, usedAt] = await Promise.all([readExpiring(db, tenant, now()), oktaUsedAt(db, tenant)]).catch(
        (): [readonly Expiring[], null] => [[], null],
      );
      const secrets = [...stored, ...expiringOf(config, usedAt)].filter(({ isReplaced }) => !isReplaced);
      return [tenant, secrets] as const;
    }),
  )),
];

/** One read of the ledger serves both gauges of a scrape. */
const freshMs = 10_000;

/** What waits for an operator or for a worker, by tenant. Read from the ledger at most every ten seconds; none while it is away. */
export function addWaitingMetrics(
  registry: Registry,
  ledger: Pick<Ledger, 'db' | 'now'>,
  tenants: readonly string[],
): void {
  let last: { atMs: number; result: ReturnType<typeof readWaiting> } | null = null;
  const read = (): ReturnType<typeof readWaiting> => {
    if (last === null || performance.now() - last.atMs > freshMs)
      last = { atMs: performance.now(), result: readWaiting(ledger, tenants).catch(() => []) };
    return last.result;
  };
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_held_shipments',
      help: 'Held shipments by tenant and cause, up to 1,000 a cause; snoozed ones are left out',
      labelNames: ['tenant', 'code', 'cause'],
      registers: [],
      async collect() {
        this.reset();
        for (const { tenant, held } of await read())
          for (const { code, cause, count } of held) this.set({ tenant, code, cause }, count);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_oldest_due_message_seconds',
      help: 'For how long the oldest message of a step that is due has not reached its queue, by tenant and step',
      labelNames: ['tenant', 'step'],
      registers: [],
      async collect() {
        this.reset();
        for (const { tenant, queues } of await read())
          for (const { step, oldestDue } of queues)
            if (oldestDue !== null)
              this.set({ tenant, step }, Math.max(0, (ledger.now().getTime() - oldestDue.getTime()) / 1_000));
      },
    }),
  );
}

/** Whose users in the tenant's org and in its hub differ; none while the ledger is away. */
export function addHubMetrics(registry: Registry, ledger: Pick<Ledger, 'db'>, tenants: readonly string[]): void {
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_hub_drifting_people',
      help: 'People whose users in the org of the tenant and in its hub differ in login, status or addresses',
      labelNames: ['tenant'],
      registers: [],
      async collect() {
        this.reset();
        for (const { tenant, people } of await countDrifting(ledger, tenants).catch(() => []))
          this.set({ tenant }, people);
      },
    }),
  );
}

const readWaiting = (ledger: Pick<Ledger, 'db' | 'now'>, tenants: readonly string[]) =>
  Promise.all(
    tenants.map(async (tenant) => {
      const [{ causes: held }, ...queues] = await Promise.all([
        readHeldCauses(ledger, tenant),
        readQueues(ledger.db, tenant),
        // The steps of a hub are its own: a step's name says which of the two it is.
        readQueues(ledger.db, hubNameOf(tenant)),
      ]);
      return { tenant, held, queues: queues.flat() };
    }),
  );
