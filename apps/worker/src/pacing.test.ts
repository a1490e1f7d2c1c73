import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { createGuard } from '@keycourier/connectors/resilience';
import type { Context } from '@keycourier/journey/ports/context';
import type { Service } from '@keycourier/journey/ports/errors';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { connectBackend } from '@keycourier/queues/backend';
import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { createLogger } from '@keycourier/runtime/logger';
import { until } from '@keycourier/runtime/testing/until';

import { createLedgerPort } from './ledger-port.ts';
import { processJob } from './process-job.ts';
import { startRelay } from './relay.ts';
import { startQueueWorkers } from './start-queue-workers.ts';
import { locks } from './testing/limits.ts';

const stores = [
  { store: 'Postgres', program: null },
  ...(redisProgram === null ? [] : [{ store: 'Redis', program: redisProgram }]),
];

const closing: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close();
});
afterAll(closeTestLedgers);

/** Calls to the services of a tenant, which all processes make. */
interface Calls {
  running: Map<Service, number>;
  most: Map<Service, number>;
  made: number;
}

/** The ports of a process: each call takes a while, under the process's own limit of concurrent calls. */
function contextOf(ledger: Ledger, calls: Calls): Context {
  const { context, org } = createHarness({ shipment: null });
  const guards = { okta: createGuard('okta'), fulfillment: createGuard('fulfillment') };
  const calling = <Result>(service: 'okta' | 'fulfillment', call: () => Promise<Result>): Promise<Result> =>
    guards[service]('acme', 'read', async () => {
      const running = (calls.running.get(service) ?? 0) + 1;
      calls.running.set(service, running);
      calls.most.set(service, Math.max(calls.most.get(service) ?? 0, running));
      calls.made += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
      calls.running.set(service, (calls.running.get(service) ?? 0) - 1);
      return call();
    });
  const [user] = org.users;
  if (user === undefined) throw new RangeError('the harness has no user');
  const port = createLedgerPort(ledger, { leaseMs: 60_000, tenant: context.tenant, credentialOf: async () => null });
  return {
    ...context,
    ledger: port,
    identity: {
      ...context.identity,
      readUser: (_, login) => calling('okta', async () => ({ ...user, id: `00u-${login}`, login })),
    },
    fulfillment: {
      ...context.fulfillment,
      validateAddress: (...address) => calling('fulfillment', () => context.fulfillment.validateAddress(...address)),
    },
  };
}

describe.each(stores)('with queues on $store', ({ program }) => {
  test('120 rows of a batch, in two processes that each let a tenant make four calls, are each claimed once', async () => {
    const opened = await connectTestLedger({ maxRequestsInFlight: () => 0, maxConnections: 12 });
    const redis = program === null ? undefined : await startRedisServer(program);
    if (redis !== undefined) closing.push({ close: redis.stop });
    const calls: Calls = { running: new Map(), most: new Map(), made: 0 };
    const rows = 120;
    for (let row = 0; row < rows; row += 1) await open(opened.ledger, { trigger: 'batch' });

    for (const ledger of [opened.ledger, opened.openAnother()]) {
      const backend = await connectBackend({ redisUrl: redis?.url, databaseUrl: opened.url, locks }, () => undefined);
      const queues = new Map(queueNames.map((name) => [name, backend.queue(name)]));
      const ignore = (): void => undefined;
      const relay = startRelay({
        ledger,
        databaseUrl: opened.url,
        queues,
        knownSteps,
        onLook: ignore,
        onError: ignore,
      });
      const ports = { context: contextOf(ledger, calls), knownSteps, onEnded: ignore, onUnknownStep: ignore };
      const workers = startQueueWorkers({
        backend,
        queues,
        isAtRest: async () => false,
        process: (job, token) => processJob(ports, job, token).finally(() => relay.onJobEnded('done')),
        logger: createLogger({ name: 'pacing', level: 'silent' }),
        onError: ignore,
      });
      closing.push(backend, ...queues.values(), relay, workers);
    }

    const { db } = opened.ledger;
    const readAttempts = () => db.selectFrom('step_attempts').select(['outcome', 'attempt']).execute();
    const countReady = async (): Promise<number> =>
      (await db.selectFrom('shipments').select('id').where('order_state', '=', 'ready').execute()).length;
    for (const part of [rows / 3, (2 * rows) / 3, rows]) await until(countReady, (ready) => ready >= part);
    await until(readAttempts, (attempts) => attempts.every(({ outcome }) => outcome !== null));
    expect(await readAttempts()).toEqual(Array.from({ length: rows }, () => ({ outcome: 'done', attempt: 1 })));
    expect(calls.made).toBe(2 * rows);
    for (const service of ['okta', 'fulfillment'] as const) expect(calls.most.get(service)).toBeLessThanOrEqual(3);
  });
});
