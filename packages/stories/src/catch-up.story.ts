import { afterAll, beforeAll } from '@jest/globals';

import { missedEventsAreCaughtUp, rateWindowMs } from './stories/missed-events-are-caught-up.ts';
import { queryLedger } from './world/ledger.ts';
import { control } from './world/system-log.ts';
import { createWorld, type World } from './world/world.ts';

// In a stack of its own: the controls are those of the whole org. Catch-up reads and records without a queue, so any store serves.
let world: World | undefined;
const currentWorld = (): World => {
  if (world === undefined) throw new ReferenceError('the world is used before it is created');
  return world;
};
beforeAll(async () => {
  const catchUp = { every: '1s', overlap: '20s', hookGrace: '1s' };
  world = await createWorld({ backend: 'postgres', tenants: [{ name: 'acme', ownOrg: true, catchUp }] });
  await control(world, 'PUT', '/rate-limit', { windowMs: rateWindowMs });
  // That of a poll before the change.
  await queryLedger(world, 'update catch_up set window_ends_at = null, window_calls_left = null');
});
afterAll(() => world?.stop());

missedEventsAreCaughtUp(currentWorld);
