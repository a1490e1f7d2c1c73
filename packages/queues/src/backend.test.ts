import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { connectBackend, type QueueBackend } from './backend.ts';
import { redisProgram, startRedisServer } from './testing/redis-server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const job = { name: 'check-profile', id: 'one', data: { subjectId: 'shp_1', dispatchId: null }, priority: 1 };

async function connect(
  program: string,
): Promise<{ server: Awaited<ReturnType<typeof startRedisServer>>; backend: QueueBackend }> {
  const server = await startRedisServer(program);
  stops.push(server.stop);
  const backend = await connectBackend({ redisUrl: server.url, databaseUrl: '' }, () => undefined);
  stops.push(backend.close);
  return { server, backend };
}

describe('a process whose Redis goes away right after it has connected', () => {
  const isSkipped = redisProgram === null;

  (isSkipped ? test.skip : test)(
    'adds jobs and runs them when Redis is back',
    async () => {
      const { server, backend } = await connect(redisProgram ?? '');
      await server.crash();
      await until(
        () =>
          backend.ping().then(
            () => true,
            () => false,
          ),
        (isUp) => !isUp,
      );
      const queue = backend.queue('shipments');
      const ran: string[] = [];
      const worker = backend.worker('shipments', 1, async ({ name }) => void ran.push(name));
      stops.push(() => worker.close(true));
      await expect(queue.add([job])).rejects.toThrow();
      await server.start();
      const isAdded = (): Promise<boolean> =>
        queue.add([job]).then(
          () => true,
          () => false,
        );
      expect(await until(isAdded, (added) => added)).toBe(true);
      expect(
        await until(
          () => ran,
          ({ length }) => length > 0,
        ),
      ).toEqual(['check-profile']);
    },
    60_000,
  );
});
