import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { missedEventsAreCaughtUp, rateWindowMs } from './stories/missed-events-are-caught-up.ts';
import { queryLedger } from './world/ledger.ts';
import { control } from './world/system-log.ts';
import { canRun, createWorld, type Backend, type World } from './world/world.ts';

/** Runs the stories of catch-up on one queue store, in a stack of their own: their controls are those of the whole org. */
export function runCatchUp(backend: Backend, options: { isLong: boolean }): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: catch-up on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`catch-up on ${backend}`, () => undefined);
    return;
  }
  describe(`on ${backend}`, () => {
    let world: World | undefined;
    const currentWorld = (): World => {
      if (world === undefined) throw new ReferenceError('the world is used before it is created');
      return world;
    };
    beforeAll(async () => {
      const catchUp = { every: '1s', overlap: '20s', hookGrace: '1s' };
      world = await createWorld({ backend, tenants: [{ name: 'acme', ownOrg: true, catchUp }] });
      await control(world, 'PUT', '/rate-limit', { windowMs: rateWindowMs });
      // That of a poll before the change.
      await queryLedger(world, 'update catch_up set window_ends_at = null, window_calls_left = null');
    });
    afterAll(() => world?.stop());

    missedEventsAreCaughtUp(currentWorld, options);
  });
}
