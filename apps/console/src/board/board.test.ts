import { appRoutes } from '@bull-board/api/dist/routes.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueNames } from '@keycourier/journey/steps/steps';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { redisProgram, startRedisServer, type RedisServer } from '@keycourier/queues/testing/redis-server';
import { until } from '@keycourier/runtime/testing/until';
import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';

import { closeAll, closeAtEnd } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { sampleQueuesOnPostgres, sampleQueuesOnRedis, type SampleQueues } from '../testing/sample-queues.ts';
import { TestClient } from '../testing/test-client.ts';

const canaries = ['noor@example.com', '48213377', 'Canary Street'] as const;
const shipment = 'shp_01m80pybznbzxac7m169s8k6s1';
const problems = [{ field: 'zipCode', code: 'missing' }];

const changes = appRoutes.api
  .filter(({ method }) => method !== 'get')
  .map(({ method, route }) => ({ method: String(method).toUpperCase(), route: String(route).replace('/api', '') }));

/** Fits every route, so that none is refused for the shape of its body. */
const body = {
  name: 'send-pin',
  data: {},
  jobData: { subjectId: 'shp_other' },
  runAt: 0,
  priority: 1,
  concurrency: 1,
  max: 1,
  duration: 1,
  force: true,
  every: 1_000,
};

const jobAnswer = z.looseObject({
  job: z.looseObject({ data: z.unknown(), returnValue: z.unknown(), stacktrace: z.array(z.string()) }),
});

const stores = [
  { store: 'Postgres', redis: null },
  ...(redisProgram === null ? [] : [{ store: 'Redis', redis: redisProgram }]),
];

if (redisProgram === null)
  test.skip('the board on Redis: there is no redis-server and no valkey-server on PATH', () => undefined);

describe.each(stores)('the board on $store', ({ redis: program }) => {
  let database: TemporaryDatabase;
  let redis: RedisServer | undefined;
  let queues: SampleQueues;
  let running: TestConsole;
  let operator: TestClient;

  beforeAll(async () => {
    database = await temporaryDatabase();
    if (program !== null) {
      redis = await startRedisServer(program);
      closeAtEnd(redis.stop);
    }
    queues = redis === undefined ? await sampleQueuesOnPostgres(database.url) : sampleQueuesOnRedis(redis.url);
    running = await startTestConsole({
      databaseUrl: database.url,
      operators: [ada, { ...grace, role: 'viewer' }],
      ...(redis === undefined ? {} : { redisUrl: redis.url }),
    });
    operator = new TestClient(running.url);
    await operator.signIn(ada);
    await operator.request('/queues');
    await fillQueues();
  });

  afterAll(async () => {
    await closeAll();
    await database.drop();
  });

  async function fillQueues(): Promise<void> {
    const fill = async (name: string): Promise<void> => {
      const queue = queues.queue(name);
      await queue.add('held', { subjectId: shipment, dispatchId: '1' }, { jobId: `held.${shipment}.1` });
      await queue.add('older', { subjectId: shipment, dispatchId: '1' }, { jobId: `older.${shipment}.1` });
      await queue.add('broken', { subjectId: 'shp_b', mail: canaries[0] }, { jobId: 'broken.shp_b.1' });
      await queue.add('done', { subjectId: canaries[1], place: { street: canaries[2] } }, { jobId: 'done.shp_c.1' });
      const worker = queues.work(name, run);
      await until(
        () => queue.getJobCounts(),
        ({ failed, completed }) => failed === 2 && completed === 2,
      );
      await worker.close();
      await queue.add('later', { subjectId: 'shp_d' }, { jobId: 'later.shp_d.1', delay: 3_600_000 });
      await queue.add('waits', { subjectId: 'shp_e' }, { jobId: 'waits.shp_e.1' });
    };
    await Promise.all(queueNames.map(fill));
  }

  const read = async (path: string): Promise<unknown> => (await operator.request(`/queues/api${path}`)).json();
  const readJob = async (queue: string, id: string) => jobAnswer.parse(await read(`/queues/${queue}/${id}`));

  test('has every queue, and its page is titled keycourier', async () => {
    const answer = await read('/queues');
    expect(answer).toMatchObject({
      queues: queueNames.map((name) => ({ name, readOnlyMode: name === 'pin-delivery' })),
    });
    expect(await (await operator.request('/queues')).text()).toContain('<title>keycourier</title>');
  });

  test('has no buttons for a viewer, whose changes are refused', async () => {
    const viewer = new TestClient(running.url);
    await viewer.signIn(grace);
    expect(await (await viewer.request('/queues/api/queues')).json()).toMatchObject({
      queues: queueNames.map((name) => ({ name, readOnlyMode: true, allowRetries: false })),
    });
    expect((await viewer.change('PUT', '/queues/activation/pause')).status).toBe(403);
  });

  test('explains why a shipment is held, and what to do, without failing its job', async () => {
    const { job } = await readJob('shipments', `held.${shipment}.1`);
    expect(job).toMatchObject({
      returnValue: { outcome: 'held', why: `profile_problems (${shipment}; zipCode: missing)` },
      progress: {
        held: 'profile_problems',
        shipment,
        problems: [expect.stringMatching(/^\w.*\. \(zipCode: missing\)$/)],
        whatToDo: expect.stringMatching(/Correct the listed attributes in Okta[^]*\/retry/),
      },
    });
    expect(job).not.toHaveProperty('failedReason');
    expect(job.data).toEqual({ subjectId: shipment });
    expect(job.stacktrace).toEqual([]);
  });

  test('shows no stack trace of a held job that an older worker failed', async () => {
    const { job } = await readJob('shipments', `older.${shipment}.1`);
    expect(job).toMatchObject({
      failedReason: expect.stringMatching(/^held: profile_problems/),
      progress: { held: 'profile_problems', shipment },
    });
    expect(job.stacktrace).toEqual([]);
  });

  test('shows the result of a job', async () => {
    expect((await readJob('fulfillment', 'done.shp_c.1')).job.returnValue).toEqual({
      outcome: 'done',
      why: 'not next',
    });
  });

  test('shows no address and no PIN from any part of a job', async () => {
    const jobs = ['held.' + shipment + '.1', 'broken.shp_b.1', 'done.shp_c.1', 'later.shp_d.1', 'waits.shp_e.1'];
    const perQueue = queueNames.flatMap((name) => [
      ...['latest', 'failed', 'completed', 'delayed', 'waiting'].map(
        (status) => `/queues?activeQueue=${name}&status=${status}`,
      ),
      ...jobs.flatMap((id) => [`/queues/${name}/${id}`, `/queues/${name}/${id}/logs`, `/queues/${name}/${id}/flow`]),
    ]);
    for (const path of [...perQueue, '/job-schedulers']) {
      const answer = await operator.request(`/queues/api${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      const text = await answer.text();
      for (const canary of canaries) expect([path, text]).toEqual([path, expect.not.stringContaining(canary)]);
    }
  });

  test.each([
    ['/queues?activeQueue=%25', 400],
    ['/queues?activeQueue=%25zz', 400],
    ['/queues/intake/%25zz', 400],
    ['/queues/%25ff/waits.shp_e.1', 400],
    ['/queues?activeQueue=intake&jobsPerPage=100', 200],
    ['/queues?activeQueue=intake&jobsPerPage=101', 400],
    ['/queues?activeQueue=intake&jobsPerPage=1e9', 400],
  ])('answers %s with %i', async (path, status) => {
    const answer = await operator.request(`/queues/api${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  test('refuses every change of a job that sends a PIN', async () => {
    const queue = queues.queue('pin-delivery');
    const before = await queue.getJobCounts();
    const ids = [`held.${shipment}.1`, 'broken.shp_b.1', 'done.shp_c.1', 'later.shp_d.1', 'waits.shp_e.1'];
    for (const { method, route } of changes.filter((change) => change.route.includes(':queueName')))
      for (const id of ids)
        for (const status of ['failed', 'completed']) {
          const path = route
            .replace(':queueName', 'pin-delivery')
            .replace(':jobId', id)
            .replace(':queueStatus', status);
          const answer = await operator.change(method, path.replace(':schedulerId', 'any'), { body });
          expect([method, path, [403, 405].includes(answer.status)]).toEqual([method, path, true]);
        }
    await operator.change('PUT', '/queues/pause');
    await operator.change('PUT', '/queues/resume');
    expect(await queue.getJobCounts()).toEqual(before);
    expect((await queue.getJob('waits.shp_e.1'))?.data).toEqual({ subjectId: 'shp_e' });
  });

  test('refuses to add or edit a job on any queue', async () => {
    const forbidden = /add$|update-data|delay|priority|empty|obliterate|concurrency|rate-limit|job-schedulers|children/;
    for (const name of queueNames)
      for (const { method, route } of changes.filter((change) => forbidden.test(change.route))) {
        const path = route
          .replace(':queueName', name)
          .replace(':jobId', 'waits.shp_e.1')
          .replace(':schedulerId', 'any');
        const answer = await operator.change(method, path, { body });
        expect([path, answer.status, await answer.text()]).toEqual([
          path,
          403,
          expect.stringContaining('created from the ledger'),
        ]);
      }
    for (const name of queueNames)
      expect((await queues.queue(name).getJob('waits.shp_e.1'))?.data).toEqual({ subjectId: 'shp_e' });
  });

  test('retries, promotes, removes and pauses on the other queues', async () => {
    const queue = queues.queue('activation');
    const stateOf = async (id: string) => (await queue.getJob(id))?.getState();
    expect((await operator.change('PUT', '/queues/activation/broken.shp_b.1/retry')).status).toBe(204);
    expect(await stateOf('broken.shp_b.1')).toBe('waiting');
    expect((await operator.change('PUT', '/queues/activation/later.shp_d.1/promote')).status).toBe(204);
    expect(await stateOf('later.shp_d.1')).toBe('waiting');
    expect((await operator.change('PUT', '/queues/activation/retry/failed')).status).toBe(200);
    expect(await stateOf(`older.${shipment}.1`)).toBe('waiting');
    expect((await operator.change('PUT', '/queues/activation/done.shp_c.1/clean')).status).toBe(204);
    expect(await stateOf('done.shp_c.1')).toBeUndefined();
    expect((await operator.change('PUT', '/queues/activation/pause')).status).toBe(200);
    expect(await read('/queues')).toMatchObject({
      queues: queueNames.map((name) => ({ name, isPaused: name === 'activation' })),
    });
  });
});

async function run(job: {
  name: string;
  updateProgress: (progress: object) => Promise<void>;
  log: (row: string) => Promise<unknown>;
}) {
  await job.log(`for ${canaries.join()}`);
  if (job.name === 'done') return { outcome: 'done', why: 'not next', to: canaries[0] };
  if (job.name === 'broken') {
    await job.updateProgress({ pin: canaries[1], to: canaries[0], at: canaries[2] });
    throw new UnrecoverableError(`could not mail ${canaries[1]} to ${canaries[0]}`);
  }
  await job.updateProgress({ held: { shipmentId: shipment, code: 'profile_problems', problems, street: canaries[2] } });
  if (job.name === 'older') throw new UnrecoverableError(`held: profile_problems (${shipment}; zipCode: missing)`);
  return { outcome: 'held', why: `profile_problems (${shipment}; zipCode: missing)` };
}
