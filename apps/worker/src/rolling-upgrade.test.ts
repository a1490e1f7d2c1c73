import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { look, open } from '@keycourier/ledger/testing/sample-shipments';
import { connectBackend, type QueueBackend } from '@keycourier/queues/backend';
import { jobIdOf } from '@keycourier/queues/job';
import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { createLedgerPort } from './ledger-port.ts';
import { processJob } from './process-job.ts';
import { startRelay } from './relay.ts';
import { startSweep, type SweepFindings } from './sweep.ts';
import { leaseMs, locks } from './testing/limits.ts';

/** A worker of the version before `check-profile` was added. */
const olderSteps = knownSteps.filter((step) => step !== 'check-profile');
const [shipments, intake] = ['shipments', 'intake'] as const;

const closing: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close();
});
afterAll(closeTestLedgers);

interface Store {
  ledger: Ledger;
  databaseUrl: string;
  backend: QueueBackend;
}

async function connectStore(redisUrl?: string): Promise<Store> {
  const { ledger, url } = await connectTestLedger();
  const backend = await connectBackend({ redisUrl, databaseUrl: url, locks }, () => undefined);
  closing.push(backend);
  return { ledger, databaseUrl: url, backend };
}

function startWorker({ ledger, backend }: Store, steps: readonly string[]) {
  const { context, org } = createHarness({ shipment: null });
  const identity = { ...context.identity, readUser: async () => org.users[0] ?? null };
  const port = createLedgerPort(ledger, { leaseMs, tenant: context.tenant, credentialOf: async () => null });
  const [ended, unknown]: [{ step: string; outcome: string }[], string[]] = [[], []];
  const worker = backend.worker('shipments', 1, (job, token) =>
    processJob(
      {
        context: { ...context, identity, ledger: port },
        knownSteps: steps,
        onEnded: ({ step, outcome }) => void ended.push({ step, outcome }),
        onUnknownStep: (step) => void unknown.push(step),
      },
      job,
      token,
    ),
  );
  closing.push(worker);
  return { ended, unknown, close: () => worker.close() };
}

function startPublishing({ ledger, databaseUrl, backend }: Store, steps: readonly string[]) {
  // An older worker knows no queue for a step that it does not know.
  const names = steps.includes('check-profile') ? [shipments, intake] : [intake];
  const queues = new Map(names.map((name) => [name, backend.queue(name)]));
  const swept: SweepFindings[] = [];
  const onError = (): void => undefined;
  const relay = startRelay({ ledger, databaseUrl, queues, knownSteps: steps, onLook: () => undefined, onError });
  const sweep = startSweep({
    ledger,
    queues,
    knownSteps: steps,
    registrationTargets: new Map(),
    searchableNames: new Map(),
    isAtRest: async () => false,
    everyMs: 50,
    graceMs: 1,
    onSwept: (findings) => void swept.push(findings),
    onError,
  });
  closing.push(...queues.values(), relay, sweep);
  return { queues, swept };
}

const messageOf = (ledger: Ledger, id: string) =>
  ledger.db.selectFrom('outbox').selectAll().where('subject_id', '=', id).executeTakeFirstOrThrow();

function testUpgrade(start: () => Promise<Store>): void {
  test('a job of a newer step waits in its queue, and a newer worker runs it', async () => {
    const store = await start();
    const { id } = await open(store.ledger);
    const old = startWorker(store, olderSteps);
    const { queues } = startPublishing(store, knownSteps);
    await until(
      () => old.unknown.length,
      (count) => count > 0,
    );
    const message = await messageOf(store.ledger, id);
    const jobId = jobIdOf({ step: message.step, subjectId: id, dispatchId: message.dispatch_id });
    await until(
      () => queues.get('shipments')?.stateOf(jobId),
      (state) => state === 'delayed',
    );
    expect(old.ended).toEqual([]);
    const newer = startWorker(store, knownSteps);
    await until(
      () => newer.ended.length,
      (count) => count > 0,
    );
    expect(newer.ended).toEqual([{ step: 'check-profile', outcome: 'done' }]);
    expect(old.ended).toEqual([]);
    expect((await look(store.ledger, id)).plan.order).not.toBe('requested');
    await until(
      () => queues.get('shipments')?.stateOf(jobId),
      (state) => state === 'completed',
    );
  });

  test('the sweep of an older worker neither publishes the job again nor takes it away', async () => {
    const store = await start();
    const { id } = await open(store.ledger);
    const old = startWorker(store, olderSteps);
    const newer = startPublishing(store, knownSteps);
    const older = startPublishing(store, olderSteps);
    await until(
      () => old.unknown.length,
      (count) => count > 0,
    );
    const before = await messageOf(store.ledger, id);
    await sql`update outbox set due_at = now() - interval '1 hour'`.execute(store.ledger.db);
    const sweeps = (): number => Math.min(newer.swept.length, older.swept.length);
    const from = sweeps();
    await until(sweeps, (count) => count > from + 3);
    expect(await messageOf(store.ledger, id)).toMatchObject({ step: 'check-profile', dispatch_id: before.dispatch_id });
    expect(
      [...newer.swept, ...older.swept].filter(({ republished, repaired }) => republished + repaired.length > 0),
    ).toEqual([]);
    const { waiting } = (await newer.queues.get('shipments')?.load()) ?? { waiting: 0 };
    expect(waiting).toBeLessThanOrEqual(1);
  });

  test('the relay of an older worker leaves its message in the outbox, reports it, and publishes the others', async () => {
    const store = await start();
    const { id } = await open(store.ledger);
    await sql`insert into outbox (subject_id, step, tenant, due_at)
      values ('evt_1', 'accept-event', 'acme', now() + interval '1 second')`.execute(store.ledger.db);
    const older = startPublishing(store, olderSteps);
    await until(
      () => messageOf(store.ledger, 'evt_1'),
      (message) => message.published_at !== null,
    );
    await until(
      () => older.swept.at(-1)?.unknown,
      (unknown) => unknown !== undefined,
    );
    expect(older.swept.at(-1)?.unknown).toEqual([{ step: 'check-profile', messages: 1 }]);
    expect(await messageOf(store.ledger, id)).toMatchObject({ published_at: null });
  });
}

describe('while workers are upgraded, on Postgres', () => {
  testUpgrade(() => connectStore());
});

if (redisProgram === null)
  test.skip('while workers are upgraded, on Redis: there is no redis-server and no valkey-server on PATH', () =>
    undefined);
else
  describe('while workers are upgraded, on Redis', () => {
    testUpgrade(async () => {
      const redis = await startRedisServer(redisProgram ?? '');
      closing.push({ close: redis.stop });
      return connectStore(redis.url);
    });
  });
