import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { catchUpUnderTest, logged, type CatchUpUnderTest } from '../testing/catch-up.ts';
import { fakeLog, okta, type FakeLog } from '../testing/fake-log.ts';
import { startCatchUp } from './start-catch-up.ts';

afterAll(closeTestLedgers);

let world: CatchUpUnderTest;
let started: { close: () => Promise<void> }[];
beforeEach(async () => {
  world = await catchUpUnderTest({ pageSize: 10 });
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(({ close }) => close()));
});

const now = () => world.opened.clock.now;
const some = (count: number) => Array.from({ length: count }, () => logged(now()));
const recorded = (count: number) => until(world.uuids, (uuids) => uuids.length === count);

function start({ worker = 'w1', tenants = ['acme'], log = world.log }: Partial<Start> = {}) {
  const running = startCatchUp(tenants, { ...world.catchUp(worker), log });
  started.push(running);
  return running;
}

interface Start {
  worker: string;
  tenants: string[];
  log: FakeLog;
}

describe('a worker that starts', () => {
  test('polls at once, though the next poll is not due', async () => {
    expect(await world.poll()).toBe(world.settings.every);
    world.log.add(some(3));
    expect(await world.poll({ atOnce: false })).toBeGreaterThan(0);
    expect(await world.uuids()).toEqual([]);
    start({ worker: 'w2' });
    await recorded(3);
  });

  test('polls again and again while it runs', async () => {
    world.settings.every = 1_000;
    start();
    for (let round = 1; round <= 3; round += 1) {
      world.log.add(some(2));
      await recorded(2 * round);
    }
  });

  test('takes over a tenant whose worker died in the middle of a sweep', async () => {
    world.log.add(some(25));
    world.log.before = () => {
      if (world.log.calls.length === 2) throw new RangeError('the worker died');
    };
    await expect(world.poll()).rejects.toThrow('the worker died');
    world.log.before = () => undefined;
    await sql`update catch_up set leased_until = now() + interval '1 second'`.execute(world.ledger.db);
    start({ worker: 'w2' });
    await recorded(25);
  });
});

test('a tenant whose org does not answer delays no other', async () => {
  const hanging = fakeLog({ now });
  let release = (): void => undefined;
  hanging.before = () => new Promise<void>((resolve) => (release = resolve));
  // Acme's page is answered only while that of globex hangs, whichever is read first.
  world.log.before = async () => {
    await until(
      () => hanging.calls.length,
      (calls) => calls === 1,
    );
  };
  const log: FakeLog = {
    ...world.log,
    readPage: (tenant, position) => (tenant === 'globex' ? hanging : world.log).readPage(tenant, position),
  };
  world.log.add(some(15));
  start({ tenants: ['globex', 'acme'], log });
  await recorded(15);
  expect(hanging.calls).toHaveLength(1);
  release();
});

describe('a worker that stops', () => {
  test('commits the page that it reads, and leaves the rest to the next one, at once', async () => {
    world.log.add(some(25));
    let answer = (): void => undefined;
    world.log.before = () => new Promise<void>((resolve) => (answer = resolve));
    const first = start();
    await until(
      () => world.log.calls.length,
      (calls) => calls === 1,
    );
    const closed = first.close();
    answer();
    await closed;
    expect(await world.uuids()).toHaveLength(10);
    world.log.before = () => undefined;
    start({ worker: 'w2' });
    await recorded(25);
  });

  test('does not wait for the next poll to be due', async () => {
    world.settings.every = 3_600_000;
    const running = start();
    await until(
      () => world.log.calls.length,
      (calls) => calls > 0,
    );
    await running.close();
  });
});

test('a database that is away is waited for', async () => {
  world.log.add(some(3));
  await sql`alter table catch_up rename to catch_up_away`.execute(world.ledger.db);
  start();
  await until(
    () => world.reported.length,
    (reports) => reports > 0,
  );
  await sql`alter table catch_up_away rename to catch_up`.execute(world.ledger.db);
  await recorded(3);
});

test('an org that is back is asked again within the backoff, not at the next poll', async () => {
  world.settings.every = 3_600_000;
  world.log.add(some(3));
  world.log.before = () => {
    if (world.log.calls.length <= 2) throw okta('unreachable');
  };
  start();
  await recorded(3);
});
