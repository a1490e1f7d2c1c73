import { afterEach, describe, expect, test } from '@jest/globals';
import { databaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { temporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';
import { Redis } from 'ioredis';

import { connectBackend, standardLocks, type JobLocks, type QueueBackend } from './backend.ts';
import { redisProgram, startRedisServer } from './testing/redis-server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const job = { name: 'check-profile', id: 'one', data: { subjectId: 'shp_1', dispatchId: null }, priority: 1 };

async function startRedis(program: string): Promise<Awaited<ReturnType<typeof startRedisServer>>> {
  const server = await startRedisServer(program);
  stops.push(server.stop);
  return server;
}

async function connect(redisUrl: string, locks?: JobLocks): Promise<QueueBackend> {
  const options = { redisUrl, databaseUrl: '', ...(locks === undefined ? {} : { locks }) };
  const backend = await connectBackend(options, () => undefined);
  stops.push(backend.close);
  return backend;
}

/** For how long the one key of such a name is still there, as Redis counts it. */
async function msLeftOf(redisUrl: string, name: string): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    const read = async (): Promise<number> => {
      const [key = ''] = await redis.keys(name);
      return redis.pttl(key);
    };
    return await until(read, (ms) => ms > 0);
  } finally {
    redis.disconnect();
  }
}

/** As if its time had come: the one key of such a name ends. */
async function expire(redisUrl: string, name: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    const [key = ''] = await redis.keys(name);
    expect(await redis.pexpire(key, 1)).toBe(1);
  } finally {
    redis.disconnect();
  }
}

const isSkipped = redisProgram === null;

interface Store {
  settings: { redisUrl: string | undefined; databaseUrl: string };
  goAway: () => Promise<void>;
  comeBack: () => Promise<void>;
}

async function startRedisStore(): Promise<Store> {
  const server = await startRedis(redisProgram ?? '');
  const settings = { redisUrl: server.url, databaseUrl: '' };
  return { settings, goAway: server.crash, comeBack: server.start };
}

async function startPostgresStore(): Promise<Store> {
  const database = await temporaryDatabase();
  stops.push(database.drop);
  const proxy = await databaseProxy(database.url);
  stops.push(proxy.close);
  const settings = { redisUrl: undefined, databaseUrl: proxy.url };
  return { settings, goAway: proxy.refuse, comeBack: proxy.accept };
}

const succeeds = (attempt: () => Promise<unknown>) => (): Promise<boolean> =>
  attempt().then(
    () => true,
    () => false,
  );

describe('a process whose store goes away right after it has connected', () => {
  test.each([
    ...(isSkipped ? [] : [{ name: 'Redis', start: startRedisStore }]),
    { name: 'Postgres', start: startPostgresStore },
  ])('adds jobs and runs them when $name is back', async ({ start }) => {
    const { settings, goAway, comeBack } = await start();
    const backend = await connectBackend(settings, () => undefined);
    stops.push(backend.close);
    await goAway();
    await until(succeeds(backend.ping), (isUp) => !isUp);
    const queue = backend.queue('shipments');
    const ran: string[] = [];
    const worker = backend.worker('shipments', 1, async ({ name }) => void ran.push(name));
    stops.push(() => worker.close(true));
    await expect(queue.add([job])).rejects.toThrow();
    await comeBack();
    expect(
      await until(
        succeeds(() => queue.add([job])),
        (added) => added,
      ),
    ).toBe(true);
    expect(
      await until(
        () => ran,
        ({ length }) => length > 0,
      ),
    ).toEqual(['check-profile']);
  });
});

describe('a job whose worker is gone', () => {
  (isSkipped ? test.skip : test)('is looked for every five seconds', async () => {
    const { url } = await startRedis(redisProgram ?? '');
    const worker = (await connect(url)).worker('shipments', 1, async () => undefined);
    stops.push(() => worker.close(true));
    // BullMQ's mark that a look is not due yet, which ends with the interval.
    expect(await msLeftOf(url, '*:stalled-check')).toBeLessThanOrEqual(5_000);
  });

  (isSkipped ? test.skip : test)('is looked for where there may be any', async () => {
    const { url } = await startRedis(redisProgram ?? '');
    let [times, isThere] = [0, false];
    const mayBeStalled = async (): Promise<boolean> => {
      times += 1;
      return isThere;
    };
    const locks = { lockMs: 1_000, checkEveryMs: 50 };
    const backend = await connectBackend({ redisUrl: url, databaseUrl: '', locks, mayBeStalled }, () => undefined);
    stops.push(backend.close);
    const worker = backend.worker('shipments', 1, async () => undefined);
    stops.push(() => worker.close(true));
    await until(
      () => times,
      (count) => count > 3,
    );
    const redis = new Redis(url);
    stops.push(async () => redis.disconnect());
    expect(await redis.keys('*:stalled-check')).toEqual([]);
    isThere = true;
    expect(await msLeftOf(url, '*:stalled-check')).toBeLessThanOrEqual(locks.checkEveryMs);
  });

  (isSkipped ? test.skip : test)(
    'is run by another one as soon as its lock has expired, for which the settings say how long',
    async () => {
      const { url } = await startRedis(redisProgram ?? '');
      // So long that the test ends it: no stall does before.
      const locks = { lockMs: 600_000, checkEveryMs: 200 };
      const [gone, other] = [await connect(url, locks), await connect(url, locks)];
      const started: string[] = [];
      const worker = gone.worker('shipments', 1, async () => {
        started.push('the first');
        await new Promise(() => undefined);
      });
      stops.push(() => worker.close(true));
      const queue = other.queue('shipments');
      await queue.add([job]);
      await until(
        () => started,
        ({ length }) => length === 1,
      );
      const msLeft = await msLeftOf(url, '*:lock');
      expect(msLeft).toBeGreaterThan(standardLocks.lockMs);
      expect(msLeft).toBeLessThanOrEqual(locks.lockMs);
      await gone.close();
      await expire(url, '*:lock');
      const successor = other.worker('shipments', 1, async () => void started.push('the other'));
      stops.push(() => successor.close(true));
      await until(
        () => started,
        ({ length }) => length > 1,
      );
      expect(started).toEqual(['the first', 'the other']);
    },
  );
});
