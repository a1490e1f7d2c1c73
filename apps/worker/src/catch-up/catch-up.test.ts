import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { logFilter } from '@keycourier/connectors/okta/system-log';
import { eraseEventBodies } from '@keycourier/ledger/retention/erase-event-bodies';
import { cutOffs } from '@keycourier/ledger/retention/policy';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { catchUpUnderTest, logged, uuidOf, type CatchUpUnderTest } from '../testing/catch-up.ts';
import { okta } from '../testing/fake-log.ts';

afterAll(closeTestLedgers);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let world: CatchUpUnderTest;
beforeEach(async () => {
  world = await catchUpUnderTest({ pageSize: 10 });
});

const before = (ms: number): Date => new Date(world.opened.clock.now.getTime() - ms);
const some = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, () => logged(world.opened.clock.now));
const sinces = (): (number | null)[] =>
  world.log.calls.map(({ position }) =>
    'since' in position ? world.opened.clock.now.getTime() - position.since.getTime() : null,
  );

describe('the first poll', () => {
  test('reads what the org logged since the look-back, in its order, and no more', async () => {
    const [old, one, two] = [logged(before(25 * hourMs)), logged(before(23 * hourMs)), logged(before(hourMs))];
    world.log.add([old], before(25 * hourMs));
    world.log.add([one], before(23 * hourMs));
    world.log.add([two], before(hourMs));
    await world.poll();
    expect(await world.uuids()).toEqual([uuidOf(one), uuidOf(two)]);
  });

  test('reads nothing of the past where the look-back is 0, not even at the next poll’s overlap', async () => {
    world.settings.lookBack = 0;
    world.log.add([logged(before(1_000))], before(1_000));
    await world.poll();
    world.pass(60_000);
    const now = logged(world.opened.clock.now);
    world.log.add([now]);
    await world.poll();
    expect(await world.uuids()).toEqual([uuidOf(now)]);
  });
});

describe('an event', () => {
  test('that the hook delivered first is known, and one that only the log has is found', async () => {
    const [delivered, lost] = some(2);
    if (delivered === undefined || lost === undefined) throw new RangeError('no events');
    await world.deliver([delivered]);
    world.log.add([delivered, lost]);
    await world.poll();
    expect(await world.uuids()).toEqual([uuidOf(delivered), uuidOf(lost)]);
    world.pass(world.settings.hookGrace);
    expect((await world.status()).foundOnlyHere).toEqual({ today: 1, total: 1 });
  });

  test('counts as found only here once the hook has had time to bring it, and no more once it does', async () => {
    const [event] = some(1);
    world.log.add([event]);
    await world.poll();
    world.pass(world.settings.hookGrace - 1);
    expect((await world.status()).foundOnlyHere.total).toBe(0);
    world.pass(1);
    expect((await world.status()).foundOnlyHere.total).toBe(1);
    await world.deliver([event]);
    await world.deliver([event]);
    expect((await world.status()).foundOnlyHere.total).toBe(0);
    expect(await world.uuids()).toHaveLength(1);
    const status = await world.status();
    expect(status.hook.lastDeliveryAt).toEqual(world.opened.clock.now);
    // Okta's retry does not count for its cap.
    expect(status.cap.delivered).toBe(1);
    const { rows } = await sql<{ jobs: string }>`select count(*) as jobs from outbox`.execute(world.ledger.db);
    expect(rows).toEqual([{ jobs: '1' }]);
  });

  test('that reaches the log late, before what was read, is found with the overlap', async () => {
    world.log.add(some(3));
    await world.poll();
    const late = logged(before(9 * 60_000));
    world.log.addBefore(late, before(9 * 60_000));
    world.pass(60_000);
    await world.poll();
    expect(await world.uuids()).toHaveLength(4);
    expect(await world.uuids()).toContain(uuidOf(late));
  });

  test('that cannot be read is set aside, and the others are recorded', async () => {
    const [one, two] = some(2);
    world.log.add([one, { uuid: {}, eventType: 'group.user_membership.add' }, two]);
    await world.poll();
    await world.poll();
    const states = await world.ledger.db.selectFrom('inbound_events').select('state').orderBy('id').execute();
    expect(states.map(({ state }) => state)).toEqual(['received', 'set_aside', 'received']);
    world.pass(world.settings.hookGrace);
    expect((await world.status()).foundOnlyHere.total).toBe(2);
  });

  test('whose body was erased is not taken again, however far back the log is read', async () => {
    world.log.add(some(3));
    await world.poll();
    await sql`update inbound_events set state = 'accepted', processed_at = ${before(dayMs)}`.execute(world.ledger.db);
    await sql`delete from outbox`.execute(world.ledger.db);
    const past = cutOffs(
      { acme: { personalDataDays: 1, eventBodyDays: 1, auditDays: 365 } },
      'eventBodyDays',
      world.pass(2 * dayMs),
    );
    expect(await eraseEventBodies(world.ledger, past, { after: '', limit: 10 })).toHaveLength(3);
    await sql`update catch_up set next_link = null, read_to = started_from`.execute(world.ledger.db);
    await world.poll();
    expect(world.log.calls.length).toBeGreaterThan(3);
    expect(await world.uuids()).toHaveLength(3);
    expect(await world.ledger.db.selectFrom('outbox').selectAll().execute()).toEqual([]);
  });
});

describe('a sweep', () => {
  test('follows the link of each page to an empty one, and the next poll goes on there', async () => {
    world.log.add(some(25));
    world.settings.overlap = 0;
    await world.poll();
    expect(await world.uuids()).toHaveLength(25);
    expect(world.log.calls).toHaveLength(4);
    world.pass(60_000);
    world.log.add(some(1));
    await world.poll();
    expect(world.log.calls.slice(4).map(({ position }) => position)).toEqual([{ link: '25' }, { link: '26' }]);
    expect(await world.status()).toMatchObject({ lagMs: 0, eventsReadToday: 26, problem: null });
  });

  test('that dies between pages loses no event and takes none twice', async () => {
    world.log.add(some(25));
    world.log.before = () => {
      if (world.log.calls.length === 3) throw new RangeError('the worker died');
    };
    await expect(world.poll()).rejects.toThrow('the worker died');
    expect(await world.uuids()).toHaveLength(20);
    world.log.before = () => undefined;
    // The dead worker's lease keeps the others out until it ends.
    expect(await world.poll({ worker: 'w2' })).toBeGreaterThan(0);
    expect(await world.uuids()).toHaveLength(20);
    await sql`update catch_up set leased_until = now()`.execute(world.ledger.db);
    await world.poll({ worker: 'w2' });
    expect(await world.uuids()).toHaveLength(25);
    expect(world.log.calls.at(3)?.position).toEqual({ link: '20' });
  });

  test('commits a page’s events and where the next one starts together or not at all', async () => {
    world.log.add(some(25));
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$`.execute(
      world.ledger.db,
    );
    await sql`create trigger fail before insert on outbox for each row execute function fail()`.execute(
      world.ledger.db,
    );
    await expect(world.poll()).rejects.toThrow('the disk is full');
    expect(await world.uuids()).toEqual([]);
    const state = await world.ledger.db.selectFrom('catch_up').select(['next_link', 'read_to']).executeTakeFirst();
    expect(state).toEqual({ next_link: null, read_to: null });
  });

  test('whose lease another worker took writes nothing more', async () => {
    world.log.add(some(25));
    world.log.before = async () => {
      if (world.log.calls.length === 2)
        await sql`update catch_up set leased_by = 'w2', leased_until = now() + interval '1 minute'`.execute(
          world.ledger.db,
        );
    };
    await world.poll();
    expect(await world.uuids()).toHaveLength(10);
    const state = await world.ledger.db.selectFrom('catch_up').select(['next_link', 'leased_by']).executeTakeFirst();
    expect(state).toEqual({ next_link: '10', leased_by: 'w2' });
  });

  test('of three workers at once is made by one', async () => {
    world.log.add(some(5));
    world.settings.overlap = 0;
    const waits: number[] = [];
    world.log.before = async () => {
      await until(
        () => waits.length,
        (answered) => answered >= 2,
      );
    };
    await Promise.all(['w1', 'w2', 'w3'].map(async (worker) => waits.push(await world.poll({ worker }))));
    expect(world.log.calls).toHaveLength(2);
    expect(waits.map((waitMs) => waitMs === world.settings.every)).toEqual([false, false, true]);
    expect(await world.uuids()).toHaveLength(5);
  });

  test('of one worker after another is made by each, and takes no event twice', async () => {
    world.log.add(some(5));
    world.settings.overlap = 0;
    for (const worker of ['w1', 'w2', 'w3']) expect(await world.poll({ worker })).toBe(world.settings.every);
    expect(world.log.calls.map(({ position }) => 'link' in position && position.link)).toEqual([false, '5', '5', '5']);
    expect(await world.uuids()).toHaveLength(5);
  });

  test('ends after twenty pages and goes on at once', async () => {
    world.log.add(some(205));
    expect(await world.poll()).toBe(0);
    expect(await world.uuids()).toHaveLength(200);
    expect(await world.poll({ atOnce: false })).toBe(world.settings.every);
    expect(await world.uuids()).toHaveLength(205);
  });
});

describe('a cursor that the org refuses', () => {
  test('is dropped, and the log is read again from an overlap before, each event once', async () => {
    world.log.add(some(15));
    await world.poll();
    const start = world.log.calls.length;
    world.pass(60_000);
    world.log.add(some(3));
    world.log.before = (position) => {
      if ('link' in position && world.log.calls.length === start + 1) throw okta('refused', { status: 400 });
    };
    await world.poll();
    expect(sinces()[start + 1]).toBe(60_000 + world.settings.overlap);
    expect(await world.uuids()).toHaveLength(18);
    expect(await world.status()).toMatchObject({ cursorRefusals: 1, problem: null, lagMs: 0 });
  });

  test('each time costs calls, but never an event', async () => {
    for (let minute = 60; minute > 0; minute -= 1)
      world.log.add([logged(before(minute * 60_000))], before(minute * 60_000));
    world.log.before = (position) => {
      if ('link' in position) throw okta('not_found', { status: 404 });
    };
    for (let turn = 0; turn < 10; turn += 1) await world.poll();
    expect(await world.uuids()).toHaveLength(60);
  });

  test('is never used for other event types than those that it was for', async () => {
    await world.poll();
    await sql`update catch_up set log_filter = 'eventType eq "of.another.version"'`.execute(world.ledger.db);
    const start = world.log.calls.length;
    world.pass(60_000);
    await world.poll();
    expect(sinces()[start]).toBe(60_000 + world.settings.overlap);
    const { log_filter: filter } = await world.ledger.db.selectFrom('catch_up').selectAll().executeTakeFirstOrThrow();
    expect(filter).toBe(logFilter);
  });

  test('after 180 days is read from as far back as Okta allows', async () => {
    await world.poll();
    world.pass(200 * dayMs);
    await sql`update catch_up set next_link = null`.execute(world.ledger.db);
    const start = world.log.calls.length;
    await world.poll();
    expect(sinces()[start]).toBe(180 * dayMs - hourMs);
  });
});

test('a link that leads elsewhere is not followed, and said', async () => {
  world.log.add(some(3));
  world.log.change = (page) => ({ ...page, next: 'foreign' });
  await world.poll();
  expect(await world.uuids()).toHaveLength(3);
  expect(world.log.calls).toHaveLength(1);
  expect(world.reported).toEqual(['foreign_link']);
  expect((await world.status()).problem).toMatchObject({ code: 'foreign_link' });
});

test('a link that leads back to its own page ends the sweep', async () => {
  world.log.add(some(3));
  world.log.change = (page) => ({ ...page, next: { link: '0' } });
  await world.poll();
  expect(world.log.calls).toHaveLength(2);
  expect(await world.uuids()).toHaveLength(3);
});

test('a page that is too large is read in smaller ones', async () => {
  world.log.add(some(30));
  world.log.before = (position) => {
    if (!('since' in position) || position.limit > 100)
      throw okta('outcome_unknown', { cause: { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' } });
  };
  await world.poll();
  expect(world.log.calls.slice(0, 2).map(({ position }) => 'limit' in position && position.limit)).toEqual([
    1_000, 100,
  ]);
  expect(await world.uuids()).not.toEqual([]);
});

describe('the org that does not let the log be read', () => {
  test.each([
    ['missing_scope', okta('unauthorized', { status: 403 }), 60_000],
    ['missing_scope', okta('unauthorized', { status: 400 }), 60_000],
    ['unauthorized', okta('unauthorized', { status: 401 }), 60_000],
    ['refused', okta('refused', { status: 400 }), 60_000],
    ['rate_limited', okta('rate_limited', { status: 429, retryAfterMs: 45_000 }), 45_000],
  ] as const)('is asked again after a while, and reported once: %s (%#)', async (code, error, waitMs) => {
    world.log.before = () => {
      throw error;
    };
    expect(await world.poll()).toBe(waitMs);
    await world.poll();
    expect(world.reported).toEqual([code]);
    expect((await world.status()).problem).toMatchObject({ code, since: world.opened.clock.now });
    // Not busy: it is not due.
    const calls = world.log.calls.length;
    expect(await world.poll({ atOnce: false })).toBeGreaterThan(0);
    expect(world.log.calls).toHaveLength(calls);
    world.log.before = () => undefined;
    await world.poll();
    expect(world.reported).toEqual([code, 'recovered']);
    expect((await world.status()).problem).toBeNull();
  });

  test('for a 429 is not asked before the window ends, not even by a process that starts', async () => {
    world.log.before = () => {
      throw okta('rate_limited', { status: 429, retryAfterMs: 45_000 });
    };
    await world.poll();
    const { waitMs } = { waitMs: await world.poll({ atOnce: false, worker: 'w2' }) };
    expect(waitMs).toBeGreaterThan(15_000);
    expect(world.log.calls).toHaveLength(1);
  });

  test('while it is away is asked with the backoff of steps, five seconds apart at most', async () => {
    world.log.before = () => {
      throw okta('unreachable');
    };
    const waits: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) waits.push(await world.poll());
    expect(waits[0]).toBeLessThan(1_000);
    expect(Math.max(...waits)).toBe(5_000);
  });

  test('while it is away is asked when it says, a minute apart at most', async () => {
    const waits: number[] = [];
    for (const retryAfterMs of [20_000, 600_000]) {
      world.log.before = () => {
        throw okta('outcome_unknown', { status: 503, retryAfterMs });
      };
      waits.push(await world.poll());
    }
    expect(waits).toEqual([20_000, 60_000]);
  });
});

test('a paused tenant is not polled', async () => {
  await sql`insert into tenants (name, paused_until) values ('acme', now() + interval '50 seconds')`.execute(
    world.ledger.db,
  );
  expect(await world.poll()).toBeGreaterThan(15_000);
  expect(world.log.calls).toEqual([]);
});

test('catch-up that was off starts like the first time', async () => {
  world.log.add([logged(before(hourMs))], before(hourMs));
  await world.poll();
  world.settings.enabled = false;
  await world.poll();
  world.settings = { ...world.settings, enabled: true, lookBack: 0 };
  const while_off = logged(world.opened.clock.now);
  world.log.add([while_off]);
  world.pass(hourMs);
  await world.poll();
  expect(await world.uuids()).toHaveLength(1);
});

test('the hook is looked at when a process starts and every ten minutes', async () => {
  await world.poll();
  expect((await world.status()).hook).toMatchObject({ status: 'verified', checkedAt: world.opened.clock.now });
  world.hook.state = 'unverified';
  await sql`update catch_up set due_at = now()`.execute(world.ledger.db);
  await world.poll({ atOnce: false });
  expect((await world.status()).hook.status).toBe('verified');
  world.pass(10 * 60_000);
  await sql`update catch_up set due_at = now()`.execute(world.ledger.db);
  await world.poll({ atOnce: false });
  expect((await world.status()).hook.status).toBe('unverified');
});

test('Okta’s daily cap is warned of once a day, by one worker, from 70 % on', async () => {
  const count = (delivered: number) =>
    sql`insert into event_counts (tenant, day, shard, delivered)
      values ('acme', (${world.opened.clock.now}::timestamptz at time zone 'utc')::date, 0, ${delivered}::int)
      on conflict (tenant, day, shard) do update set delivered = excluded.delivered`.execute(world.ledger.db);
  await count(279_999);
  await world.poll();
  expect(world.reported).toEqual([]);
  await count(280_000);
  await Promise.all([world.poll(), world.poll({ worker: 'w2' })]);
  await world.poll();
  expect(world.reported).toEqual(['near cap: 280000']);
  expect((await world.status()).cap).toEqual({ delivered: 280_000, cap: 400_000, share: 0.7, isNear: true });
  world.pass(dayMs);
  expect((await world.status()).cap).toMatchObject({ delivered: 0, isNear: false });
  await count(300_000);
  await world.poll();
  expect(world.reported).toEqual(['near cap: 280000', 'near cap: 300000']);
});
