import { isDeepStrictEqual } from 'node:util';

import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { mfaInitiatedEventType } from '@keycourier/journey/model/event-types';
import type { Context } from '@keycourier/journey/ports/context';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import { createHarness, type Harness } from '@keycourier/journey/testing/harness';
import { camelDetail, eventOf, factorTarget, userTarget } from '@keycourier/journey/testing/okta-events';
import { profileValues, sampleTenant } from '@keycourier/journey/testing/samples';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { connectBackend } from '@keycourier/queues/backend';
import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { createLogger } from '@keycourier/runtime/logger';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';
import { Client, type QueryResultRow } from 'pg';

import { createDirectoryPort } from './directory-port.ts';
import { withLease } from './lease.ts';
import { createLedgerPort } from './ledger-port.ts';
import { createPace } from './pace.ts';
import { processJob } from './process-job.ts';
import { createRegistrationPort } from './registration-port.ts';
import { startRelay } from './relay.ts';
import { createStageLimits, type FollowLimits } from './stage-limits.ts';
import { places, startQueueWorkers } from './start-queue-workers.ts';
import { locks } from './testing/limits.ts';
import { kindOf, logMessages, textsOf, transactionsOf, type Transaction } from './testing/statement-log.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(closeTestLedgers);

/** Marks the statements of the test itself. */
const observer = '/* observer */';

interface Stack {
  harness: Harness;
  ledger: Ledger;
  /** How many jobs were started. */
  jobs: () => number;
  observe: <Row extends QueryResultRow>(text: string) => Promise<Row[]>;
  /** Makes the next poll of the order due. */
  passTime: () => Promise<void>;
  stop: () => Promise<void>;
}

/** The jobs of a whole worker, with its relay and without its sweep, on services in memory that answer at once. */
async function startStack(redisUrl?: string): Promise<Stack> {
  const { openAnother, url } = await connectTestLedger();
  const ledger = openAnother({ now: () => new Date() });
  await sql`insert into tenants (name) values ('acme')`.execute(ledger.db);
  const harness = createHarness({ shipment: null });
  harness.provider.route = [103];
  const clock = { aheadMs: 0 };
  const context = contextOf(harness, ledger, clock);
  const backend = await connectBackend({ redisUrl, databaseUrl: url, locks }, () => undefined);
  const queues = new Map(queueNames.map((name) => [name, backend.queue(name)]));
  const pace = createPace({ ledger, onError: ignore });
  const relay = startRelay({ ledger, databaseUrl: url, queues, knownSteps, onLook: pace.onLook, onError: ignore });
  const follow: FollowLimits = {
    limits: createStageLimits(places),
    isClosing: () => false,
    mayFollow: pace.mayFollow,
    follow: (_, work) => work(),
  };
  const observe = async <Row extends QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<Row>(`${observer} ${text}`);
    await client.end();
    return rows;
  };
  let jobs = 0;
  const workers = startQueueWorkers({
    backend,
    queues,
    isAtRest: async () => false,
    process: async (job, token) => {
      jobs += 1;
      await until(
        () => observe(relaysLocks),
        ({ length }) => length === 0,
      );
      const ports = { context: leased(context, ledger), knownSteps, onEnded: ignore, onUnknownStep: ignore, follow };
      return processJob(ports, job, token).finally(() => relay.onJobEnded('done'));
    },
    logger: createLogger({ name: 'worker', level: 'silent' }),
    onError: ignore,
  });
  return {
    harness,
    ledger,
    jobs: () => jobs,
    observe,
    passTime: async () => {
      clock.aheadMs += sampleTenant.polling.firstAfterMs + 60_000;
      await observe(
        `update outbox set due_at = now(), published_at = null, dispatch_id = nextval('outbox_dispatch_id')`,
      );
    },
    stop: async () => {
      await Promise.all([workers.close(), relay.close()]);
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await backend.close();
      await ledger.close();
    },
  };
}

/**
 * A relay marks what it has published after the jobs are added. A job of an event that is faster than that leaves the first check to it, which is
 * rare and costs a job.
 */
const relaysLocks = `
  select from pg_locks join pg_database on pg_database.oid = database
  where datname = current_database() and locktype = 'advisory' and objsubid = 2
    and classid::bigint = hashtext('keycourier_outbox') & 4294967295`;

const ignore = (): void => undefined;

/** Long enough that no attempt renews it, which would be a statement more. */
const leaseMs = 600_000;

function contextOf(harness: Harness, ledger: Ledger, clock: { aheadMs: number }): Context {
  const { tenant } = harness.context;
  return {
    ...harness.context,
    now: () => new Date(Date.now() + clock.aheadMs),
    ledger: createLedgerPort(ledger, { leaseMs, tenant, credentialOf: async () => null }),
    registrations: createRegistrationPort(ledger, leaseMs),
    directory: createDirectoryPort(ledger),
  };
}

const leased = (context: Context, ledger: Ledger): Context =>
  withLease(context, {
    leaseMs,
    renew: (attempt) => renewLease(ledger, attempt, leaseMs),
    renewRegistration: async () => true,
    renewHub: async () => true,
    onError: ignore,
  });

interface Cost {
  /** Transactions that write something, also a lock of a row. */
  commits: number;
  /** In those and beside them, each a round trip: a message of one statement or several, COMMIT and a look behind it included. */
  messages: number;
  /** Inserted, updated and deleted, by table. */
  rows: Record<string, number>;
  jobs: number;
  /** To services. The provider's countries and transport keys are asked for here each time; the connector keeps them for an hour and five minutes. */
  calls: Record<string, number>;
}

const callsOfAll = {
  'mail.sendPinMail': 1,
  'okta.activate': 1,
  'okta.enroll': 1,
  'okta.listEnrollments': 1,
  'provider.enabledCountries': 1,
  'provider.placeOrder': 1,
  'provider.readOrder': 1,
  'provider.signingKeys': 1,
  'provider.transportKey': 1,
  'provider.validateAddress': 1,
};

/** The same with either queue store. A change that needs more says why; one that needs less lowers it. */
const budgets: Record<'event' | 'login', Cost> = {
  event: {
    commits: 11,
    messages: 16,
    rows: {
      event_counts: 1,
      history: 12,
      inbound_events: 2,
      // The name's words by their first letters, in the statement that stores the profile.
      name_prefixes: 10,
      outbox: 19,
      secrets: 9,
      shipments: 9,
      // The first check follows the verdict: it is claimed before it ends, unlike one that has a job.
      step_attempts: 12,
      tenants: 1,
    },
    jobs: 2,
    // By the event, whose check knows the user then, and the poll, whose release does.
    calls: { ...callsOfAll, 'okta.readUser': 2 },
  },
  login: {
    commits: 11,
    messages: 18,
    rows: { history: 13, name_prefixes: 10, outbox: 16, secrets: 10, shipments: 10, step_attempts: 11, tenants: 1 },
    jobs: 2,
    calls: { ...callsOfAll, 'okta.readUser': 2 },
  },
};

/** Of one shipment on this stack, from its request until its PIN is mailed and the next poll waits. */
async function expectCost(stack: Stack, budget: Cost, request: () => Promise<unknown>): Promise<void> {
  const log = logMessages();
  try {
    await request();
    await untilQuiet(stack, `order_state = 'placed'`);
    await stack.passTime();
    await untilQuiet(stack, `pin_state = 'sent'`);
    expect(stack.harness.mails).toHaveLength(1);
    await stack.stop();
  } finally {
    log.stop();
  }
  const transactions = transactionsOf(log.messages).filter((one) => isOfLedger(one) && !isIdlePoll(one));
  const cost = {
    commits: transactions.filter(({ isWriting }) => isWriting).length,
    messages: transactions.flatMap(({ messages }) => messages).length,
    rows: await rowsWritten(stack),
    jobs: stack.jobs(),
    calls: countEach(stack.harness.calls),
  };
  if (!isDeepStrictEqual(cost, budget) || process.env['KEYCOURIER_PRINT_BUDGET'] === '1')
    console.log(`${JSON.stringify(cost)}\n${tableOf(transactions)}`);
  expect(cost).toEqual(budget);
}

const countEach = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((one) => one === name).length]));

/** The shipment is so far, no attempt runs, and nothing is due. */
const untilQuiet = (stack: Stack, condition: string): Promise<unknown> =>
  until(
    () =>
      stack.observe(`select from shipments where ${condition}
        and not exists (select from step_attempts where ended_at is null)
        and not exists (select from outbox where due_at <= now())`),
    ({ length }) => length === 1,
  );

/** Without BullMQ's, whose share is the number of jobs, and without notifications, several of which become one by chance. */
const ofLedger = /\b(outbox|shipments|inbound_events|step_attempts|flows|people|tenants|registrations)\b/;

const isOfLedger = ({ messages }: Transaction): boolean =>
  textsOf(messages).some((text) => ofLedger.test(text)) && !textsOf(messages).some((text) => text.includes(observer));

/** A look of the relay that published nothing: how many there are depends on the time. */
const isIdlePoll = ({ messages }: Transaction): boolean =>
  textsOf(messages).some((text) => text.includes('in_flight as (')) &&
  !textsOf(messages).some((text) => text.includes('with created as (')) &&
  !textsOf(messages).some((text) => text.includes('set published_at = now()'));

/** Postgres counts what a connection wrote when its server process ends, which is after it was closed. */
async function rowsWritten({ observe }: Stack): Promise<Record<string, number>> {
  await until(
    () => observe(`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`),
    ({ length }) => length === 0,
  );
  const rows = await observe<{ name: string; written: number }>(`
    select relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::int as written from pg_stat_user_tables
    where schemaname = 'public' and n_tup_ins + n_tup_upd + n_tup_del > 0 order by name`);
  return Object.fromEntries(rows.map(({ name, written }) => [name, written]));
}

/** Shown where the budget is not met: the messages by kind. */
function tableOf(transactions: readonly Transaction[]): string {
  const counts = new Map<string, number>();
  for (const kind of transactions.flatMap(({ messages }) => messages.map(kindOf)))
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${count} × ${kind}`)
    .join('\n');
}

function testBudget(start: () => Promise<Stack>): void {
  test('of an event', async () => {
    const stack = await start();
    const body = eventOf(mfaInitiatedEventType, [userTarget, factorTarget(camelDetail)]);
    const events = [{ uuid: 'u1', eventType: mfaInitiatedEventType, published: new Date(), body, setAside: null }];
    await expectCost(stack, budgets.event, () =>
      recordDelivery(stack.ledger, { tenant: 'acme', envelopeEventId: null, events }),
    );
  });

  test('of a request for a login', async () => {
    const stack = await start();
    await expectCost(stack, budgets.login, () => open(stack.ledger, { login: profileValues.email }));
  });
}

describe('the budget of a shipment, with queues on Postgres', () => {
  testBudget(() => startStack());
});

if (redisProgram === null)
  test.skip('the budget of a shipment, on Redis: there is no redis-server and no valkey-server on PATH', ignore);
else
  describe('the budget of a shipment, with queues on Redis', () => {
    testBudget(async () => {
      const redis = await startRedisServer(redisProgram ?? '');
      closing.push(redis.stop);
      return startStack(redis.url);
    });
  });
