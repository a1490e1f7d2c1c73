import { describe, test, expect } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { hire, isPinSent, product, shipmentWhen, StoryError } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function redisGoesAway(world: () => World): void {
  describe('a Redis that is away for ten seconds', () => {
    test('loses nothing: events are taken meanwhile, and the journey goes on', async () => {
      const { redis } = world();
      if (redis === null) throw new StoryError('this story is told on Redis only');
      if (redis.outage === null)
        return console.warn('SKIPPED: Redis goes away: the one that REDIS_URL lends is not ours to stop');
      const before = await hire(world());
      await world().org().initiate(before.id, product);
      await shipmentWhen(world(), before, ({ order }) => order.state === 'placed');
      await redis.outage.crash();
      const during = await hire(world(), { staged: true });
      await world().org().initiate(during.id, product);
      const backAt = Date.now() + 10_000;
      await waitUntil('ten seconds', async () => Date.now() >= backAt, { timeoutMs: 15_000 });
      await redis.outage.start();
      const startedAt = Date.now();
      await shipmentWhen(world(), during, ({ order }) => order.state === 'placed');
      console.info(`orders went out again ${((Date.now() - startedAt) / 1_000).toFixed(1)} s after Redis came back`);
      for (const employee of [before, during]) {
        await shipmentWhen(world(), employee, isPinSent);
        expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
      }
    });
  });
}
