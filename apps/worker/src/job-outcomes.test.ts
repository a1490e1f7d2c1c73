import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness, type Harness, type HarnessSettings } from '@keycourier/journey/testing/harness';
import { sourced } from '@keycourier/journey/testing/samples';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { connectBackend, type JobQueue, type QueueBackend } from '@keycourier/queues/backend';
import { connectExistingQueues, type ExistingQueues } from '@keycourier/queues/existing-queues';
import { redisProgram, startRedisServer, type RedisServer } from '@keycourier/queues/testing/redis-server';
import { until } from '@keycourier/runtime/testing/until';
import type { Queue } from 'bullmq';

import { processJob } from './process-job.ts';
import { locks } from './testing/limits.ts';

const ignore = (): void => undefined;
const stores = [
  { store: 'Postgres', program: null },
  ...(redisProgram === null ? [] : [{ store: 'Redis', program: redisProgram }]),
];

if (redisProgram === null)
  test.skip('job outcomes on Redis: there is no redis-server and no valkey-server on PATH', () => undefined);

/** What the board shows of a job that ended. */
interface Ended {
  state: string;
  returnValue: unknown;
  progress: unknown;
  failedReason: string | undefined;
  stacktrace: readonly string[];
  runs: number;
  /** Of its last run. */
  outcome: string;
}

describe.each(stores)('on $store', ({ program }) => {
  let database: TemporaryDatabase;
  let redis: RedisServer | undefined;
  let backend: QueueBackend;
  let queue: JobQueue;
  let existing: ExistingQueues;
  beforeAll(async () => {
    database = await temporaryDatabase();
    redis = program === null ? undefined : await startRedisServer(program);
    const store = { redisUrl: redis?.url, databaseUrl: database.url };
    backend = await connectBackend({ ...store, locks }, ignore);
    queue = backend.queue('shipments');
    existing = connectExistingQueues({ ...store, applicationName: 'job-outcomes' }, ignore);
  });
  afterAll(async () => {
    await existing.close();
    await queue.close();
    await backend.close();
    await redis?.stop();
    await database.drop();
  });

  /** Asks as the board does, whose connections give up early, and again where they did. */
  const ask = <Answer>(question: (shipments: Queue) => Promise<Answer>): Promise<Answer | null> =>
    until(
      async () => {
        const shipments = (await existing.queues())?.find(({ name }) => name === 'shipments');
        return shipments === undefined ? null : question(shipments).catch(() => null);
      },
      (answer) => answer !== null,
    );

  /** Runs one job of the step until BullMQ has ended it. */
  async function end(id: string, harness: Harness): Promise<Ended> {
    let runs = 0;
    let outcome = '';
    const onEnded = (last: { outcome: string }): void => {
      runs += 1;
      ({ outcome } = last);
    };
    const ports = { context: harness.context, knownSteps, onEnded, onUnknownStep: ignore };
    const worker = backend.worker('shipments', 1, (job, token) => processJob(ports, job, token));
    await queue.add([{ name: 'check-profile', id, data: { subjectId: 'shp_1', dispatchId: null }, priority: 0 }]);
    await until(
      () => queue.stateOf(id),
      (state) => state === 'completed' || state === 'failed' || state === 'unknown',
    );
    await worker.close();
    const job = await ask((shipments) => shipments.getJob(id));
    return {
      state: await queue.stateOf(id),
      returnValue: job?.returnvalue,
      progress: job?.progress,
      failedReason: job?.failedReason,
      stacktrace: job?.stacktrace ?? [],
      runs,
      outcome,
    };
  }

  const noStreet: HarnessSettings = { user: { profile: sourced({ streetAddress: null }) } };
  test.each<[string, HarnessSettings, unknown]>([
    ['a checked profile', {}, { outcome: 'done', why: null }],
    ['a held shipment', noStreet, { outcome: 'held', why: expect.stringMatching(/^profile_problems \(shp_1; /) }],
    [
      'a shipment held before',
      {
        ...noStreet,
        shipment: { plan: { held: true }, hold: { code: 'user_not_active', problems: [], since: new Date(0) } },
      },
      { outcome: 'held', why: 'user_not_active (shp_1)' },
    ],
    ['a suspended user', { user: { status: 'suspended' } }, { outcome: 'held', why: expect.stringContaining('shp_1') }],
    ['a dry run', { shipment: { plan: { dryRun: true } } }, { outcome: 'done', why: null }],
    [
      'a dry run with a problem',
      { ...noStreet, shipment: { plan: { dryRun: true } } },
      { outcome: 'held', why: expect.stringMatching(/^profile_problems/) },
    ],
    ['a shipment that has ended', { shipment: { plan: { order: 'cancelled' } } }, { outcome: 'done', why: 'not next' }],
  ])('the job of %s completes', async (title, settings, returnValue) => {
    const ended = await end(title.replaceAll(' ', '-'), createHarness(settings));
    expect(ended).toMatchObject({ state: 'completed', returnValue, stacktrace: [], runs: 1 });
    expect(ended.failedReason ?? '').toBe('');
  });

  test('the job of an unknown user completes, and names the outcome', async () => {
    const harness = createHarness();
    harness.org.users = [];
    expect(await end('unknown-user', harness)).toMatchObject({
      state: 'completed',
      returnValue: { outcome: 'stopped', why: 'user_not_found' },
      stacktrace: [],
    });
    expect(harness.shipment().plan.order).toBe('failed');
  });

  test('a held job says on the board what holds it', async () => {
    const { progress } = await end('says-why', createHarness(noStreet));
    expect(progress).toMatchObject({ held: { shipmentId: 'shp_1', code: 'profile_problems' } });
  });

  test('a job whose service fails has no error, and leaves the board to the next job of its step', async () => {
    const harness = createHarness();
    harness.fail('okta.readUser', 'unreachable', 'rate_limited', 'no_response_before');
    for (const nth of [1, 2, 3]) {
      const ended = await end(`tries-${nth}`, harness);
      expect(ended).toMatchObject({ state: 'unknown', stacktrace: [], runs: 1, outcome: 'later' });
    }
    expect(await ask((shipments) => shipments.getFailedCount())).toBe(0);
    expect(await end('answers-later', harness)).toMatchObject({
      state: 'completed',
      returnValue: { outcome: 'done', why: null },
      stacktrace: [],
      runs: 1,
    });
  });

  test('only what our own code throws is an error, with its stack, and BullMQ retries it', async () => {
    const { context, ...harness } = createHarness();
    let isBroken = true;
    const readUser: typeof context.identity.readUser = (...parameters) => {
      if (!isBroken) return context.identity.readUser(...parameters);
      isBroken = false;
      return Promise.reject(new TypeError('a bug'));
    };
    const broken = { ...harness, context: { ...context, identity: { ...context.identity, readUser } } };
    expect(await end('our-bug', broken)).toMatchObject({
      state: 'completed',
      returnValue: { outcome: 'done', why: null },
      stacktrace: [expect.stringContaining('TypeError: a bug')],
    });
  });
});
