import { readFile } from 'node:fs/promises';

import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { causeOf } from '@keycourier/journey/model/cause';
import type { Problem } from '@keycourier/journey/model/shipment';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { createApiKey } from '../api-keys/api-keys.ts';
import { createToken } from '../directory/connections/tokens.ts';
import { snoozeHold } from '../holds/claims.ts';
import { recordAnswers } from '../outages/record-answers.ts';
import { listShipments } from '../shipments/list-shipments.ts';
import { pauseTenant } from '../tenants.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection } from '../testing/sample-directory.ts';
import { bring, change, open, steps } from '../testing/sample-shipments.ts';
import { countDays } from './count-days.ts';
import { readDailyCounts } from './daily-counts.ts';
import { readExpiring } from './expiring.ts';
import { readHealth } from './health.ts';
import { countedAtMost, maxCausesOfCode, readHeldCauses } from './held-causes.ts';
import { createStatusCounts, keepCounts } from './status-counts.ts';
import { claimStockReads, finishStockRead, readStock, recordStock } from './stock.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
beforeEach(async () => {
  opened = await connectTestLedger();
});

const phone = { field: 'primaryPhone', code: 'missing' };
const zip = { field: 'zipCode', code: 'missing' };
const holdFor = async (problems: readonly Problem[], request = {}): Promise<string> => {
  const { id } = await open(opened.ledger, request);
  await change(opened.ledger, id, { hold: { code: 'profile_problems', problems, since: opened.clock.now } });
  return id;
};
const found = () => readHeldCauses(opened.ledger, 'acme');
const causes = async () => (await found()).causes;

describe('the causes of holds', () => {
  test('are one for the same problems, those of most shipments first, of the tenant alone', async () => {
    await holdFor([phone, zip]);
    const since = opened.clock.now;
    opened.clock.now = new Date(since.getTime() + 1_000);
    await holdFor([zip, phone]);
    const lifted = await holdFor([zip]);
    await holdFor([phone]);
    await holdFor([phone], { tenant: 'globex' });
    await holdFor([phone], { dryRun: true });
    await change(opened.ledger, lifted, { hold: null });
    expect(await causes()).toEqual([
      {
        cause: causeOf({ code: 'profile_problems', problems: [phone, zip] }),
        code: 'profile_problems',
        problems: [phone, zip],
        count: 2,
        isMore: false,
        heldSince: since,
      },
      expect.objectContaining({ problems: [phone], count: 1, heldSince: opened.clock.now }),
    ]);
  });

  test('are counted up to a limit', async () => {
    await sql`insert into shipments (id, tenant, trigger, purpose, person, product_id, inventory_product_id, customization_id,
        order_state, parcel_state, credential_state, pin_state, status, hold_code, hold_cause, hold_since, pin_recipient, pin_channel,
        pin_release, created_at, updated_at)
      select 'shp_' || n, 'acme', 'api', 'primary', 'okta:' || n, '1', '1', 'X', 'requested', 'none', 'none', 'none', 'held',
        'order_refused', case when n % 2 = 0 then 'order_refused' end, now(), 'auto', 'smtp', 'on_activation', now(), now()
      from generate_series(1, ${2 * countedAtMost + 2}::integer) n`.execute(opened.ledger.db);
    expect((await causes()).map(({ cause, count, isMore }) => [cause, count, isMore])).toEqual([
      ['order_refused', countedAtMost, true],
    ]);
  });

  test('left by an earlier hold are none: the code alone is the cause', async () => {
    const { id } = await open(opened.ledger);
    await change(opened.ledger, id, { hold: { code: 'left_group', problems: [], since: opened.clock.now } });
    await sql`update shipments set hold_cause = 'profile_problems zipCode/missing' where id = ${id}`.execute(
      opened.ledger.db,
    );
    expect(await causes()).toMatchObject([{ cause: 'left_group', code: 'left_group', count: 1 }]);
    const { items } = await listShipments(opened.ledger, {
      tenant: 'acme',
      dryRun: false,
      limit: 9,
      cause: 'left_group',
    });
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  test('of one code are listed up to a limit, which hides no other code', async () => {
    for (let nth = 0; nth < maxCausesOfCode + 1; nth += 1) await holdFor([{ field: `field${nth}`, code: 'missing' }]);
    const { id } = await open(opened.ledger);
    await change(opened.ledger, id, { hold: { code: 'user_not_active', problems: [], since: opened.clock.now } });
    const { causes: listed, isMore } = await found();
    expect(listed).toHaveLength(maxCausesOfCode + 1);
    expect(listed.map(({ code }) => code)).toContain('user_not_active');
    expect(isMore).toBe(true);
    await change(opened.ledger, id, { hold: null });
    await sql`update shipments set hold_code = null where hold_cause like '%field0/%'`.execute(opened.ledger.db);
    expect((await found()).isMore).toBe(false);
  });

  test('leave out what is snoozed until later, and say how many that are', async () => {
    const [one, other] = [await holdFor([zip]), await holdFor([zip])];
    const by = { tenant: 'acme', operator: 'anna' };
    const later = new Date(opened.clock.now.getTime() + 60_000);
    for (const shipmentId of [one, await holdFor([phone])])
      await snoozeHold(opened.ledger, { ...by, shipmentId }, later);
    await snoozeHold(opened.ledger, { ...by, shipmentId: other }, opened.clock.now);
    const ids = async (snoozed: boolean) =>
      (await listShipments(opened.ledger, { tenant: 'acme', dryRun: false, limit: 9, snoozed })).items.map(
        ({ id }) => id,
      );
    expect(await found()).toMatchObject({ causes: [{ problems: [zip], count: 1 }], snoozed: 2 });
    expect([(await ids(true)).length, await ids(false)]).toEqual([2, [other]]);
    expect((await readHeldCauses(opened.ledger, 'globex')).snoozed).toBe(0);
    opened.clock.now = later;
    expect(await found()).toMatchObject({ causes: [{ count: 2 }, { count: 1 }], snoozed: 0 });
  });
});

test('a migration gives the shipments that are held the cause that a hold is stored with', async () => {
  const id = await holdFor([zip, phone]);
  const stored = () =>
    opened.ledger.db.selectFrom('shipments').select('hold_cause').where('id', '=', id).executeTakeFirstOrThrow();
  const before = await stored();
  const text = await readFile(new URL('../../migrations/0027_console.sql', import.meta.url), 'utf8');
  const [update = ''] = /update shipments set hold_cause[^;]*;/.exec(text) ?? [];
  await sql`update shipments set hold_cause = null`.execute(opened.ledger.db);
  await sql.raw(update).execute(opened.ledger.db);
  expect(await stored()).toEqual(before);
  expect(before.hold_cause).toBe('profile_problems primaryPhone/missing zipCode/missing');
});

describe('counts by status', () => {
  test('leave dry runs and other tenants out, and are read once for all who ask at once', async () => {
    await open(opened.ledger);
    await open(opened.ledger, { tenant: 'globex' });
    await open(opened.ledger, { dryRun: true });
    await holdFor([phone]);
    const { read } = createStatusCounts(opened.ledger.db, { now: () => opened.clock.now });
    const [one, other] = await Promise.all([read('acme'), read('acme')]);
    expect(one).toBe(other);
    expect(one.counts).toEqual({ requested: 1, held: 1 });
  });

  test('are those of before for two seconds, then others are read while those are shown', async () => {
    const { read } = createStatusCounts(opened.ledger.db, { now: () => opened.clock.now });
    const first = await read('acme');
    await open(opened.ledger);
    expect(await read('acme')).toBe(first);
    opened.clock.now = new Date(opened.clock.now.getTime() + 2_000);
    expect(await read('acme')).toBe(first);
    while ((await read('acme')) === first) await sql`select 1`.execute(opened.ledger.db);
    expect((await read('acme')).counts).toEqual({ requested: 1 });
    opened.clock.now = new Date(opened.clock.now.getTime() + 61_000);
    await open(opened.ledger);
    expect((await read('acme')).counts).toEqual({ requested: 2 });
  });
});

test('kept counts are read once for each key, and those of many keys are forgotten', async () => {
  const counted: string[] = [];
  const { read } = keepCounts(async (key) => counted.push(key), { now: () => opened.clock.now });
  for (let nth = 0; nth < 1_001; nth += 1) await read(`bat_${nth}`);
  await read('bat_1000');
  expect(counted).toHaveLength(1_001);
  await read('bat_0');
  expect(counted).toHaveLength(1_002);
});

describe('daily counts', () => {
  const isCounted = async (): Promise<boolean> => {
    await countDays(opened.ledger, 1_000);
    const { rows } = await sql<{ done: boolean }>`
      select counted_to >= (select max(id) from history) as done from count_positions`.execute(opened.ledger.db);
    return rows[0]?.done === true;
  };
  /** Transactions of other tests' databases on the same server keep the count waiting, too. */
  const count = () => until(isCounted, (isDone) => isDone);
  const today = async () =>
    (await readDailyCounts(opened.ledger.db, 'acme', { now: opened.clock.now, days: 3 })).at(-1);

  test('are what happened to shipments, each once, and nothing of a dry run', async () => {
    const { id } = await open(opened.ledger);
    await open(opened.ledger, { dryRun: true });
    await bring(opened.ledger, id, 'sent');
    await change(opened.ledger, id, steps.delivered);
    await change(opened.ledger, (await open(opened.ledger)).id, { order: 'cancelled' });
    await holdFor([phone]);
    await count();
    await count();
    expect(await today()).toEqual({
      day: opened.clock.now.toISOString().slice(0, 10),
      counts: {
        requested: 3,
        ordered: 1,
        shipped: 1,
        delivered: 1,
        activated: 1,
        pin_sent: 1,
        held: 1,
        failed: 0,
        cancelled: 1,
        revoked: 0,
      },
    });
  });

  test('have an entry once that becomes visible after others with larger ids, by any worker', async () => {
    const another = opened.openAnother();
    const late = await open(opened.ledger);
    const transaction = await another.db.startTransaction().execute();
    const add = (db: typeof opened.ledger.db) =>
      sql`insert into history (shipment_id, at, event) values (${late.id}, ${opened.clock.now}, 'shipment.requested')`.execute(
        db,
      );
    await add(transaction);
    await open(opened.ledger);
    for (let calls = 0; calls < 12; calls += 1) await isCounted();
    const before = (await today())?.counts.requested;
    await transaction.commit().execute();
    await Promise.all([count(), count()]);
    expect([before, (await today())?.counts.requested]).toEqual([0, 3]);
  });

  test('are counted in parts of any size', async () => {
    for (let index = 0; index < 5; index += 1) await open(opened.ledger);
    let calls = 0;
    await until(
      async () => {
        if (await countDays(opened.ledger, 2)) calls += 1;
        return (await today())?.counts.requested;
      },
      (requested) => requested === 5,
    );
    expect(calls).toBeGreaterThan(3);
  });
});

describe('health', () => {
  const okta = async () =>
    (await readHealth(opened.ledger.db, 'acme', opened.clock.now)).services.find(({ service }) => service === 'okta');

  test('names nothing where nothing is recorded', async () => {
    const { services, queues } = await readHealth(opened.ledger.db, 'acme', opened.clock.now);
    expect(services.map(({ service, problem }) => [service, problem])).toEqual([
      ['okta', null],
      ['fulfillment', null],
      ['hris', null],
      ['mail', null],
    ]);
    expect(queues).toEqual([]);
  });

  test('has the last look and the next one, then what stops the service, worst first', async () => {
    const [polledAt, dueAt] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-01T00:01:00Z')];
    await opened.ledger.db
      .insertInto('catch_up')
      .values({ tenant: 'acme', polled_at: polledAt, due_at: dueAt })
      .execute();
    expect(await okta()).toMatchObject({ problem: null, lastSuccess: polledAt, nextLook: dueAt });
    await opened.ledger.db.updateTable('catch_up').set({ problem: 'missing_scope', problem_since: dueAt }).execute();
    expect(await okta()).toMatchObject({ problem: 'unread', reason: 'missing_scope', since: dueAt });
    const probeAt = new Date('2030-01-01T00:02:00Z');
    await opened.ledger.db
      .insertInto('outages')
      .values({ tenant: 'acme', service: 'okta', probe_every_ms: 1, probe_at: probeAt, since: polledAt })
      .execute();
    expect(await okta()).toMatchObject({ problem: 'unavailable', since: polledAt, nextLook: probeAt });
    const until = new Date(opened.clock.now.getTime() + 60_000);
    await pauseTenant(opened.ledger, 'acme', { until, reason: 'unauthorized', service: 'okta', credential: null });
    expect(await okta()).toMatchObject({ problem: 'credentials_refused', pausedUntil: until, reason: 'unauthorized' });
    opened.clock.now = new Date(until.getTime() + 1);
    expect(await okta()).toMatchObject({ problem: 'unavailable', pausedUntil: null });
  });

  test('has the later of the last look and the last answer, also of what steps alone call', async () => {
    const health = async (service: string) =>
      (await readHealth(opened.ledger.db, 'acme', opened.clock.now)).services.find((one) => one.service === service);
    await recordAnswers(opened.ledger, [
      { tenant: 'acme', service: 'mail' },
      { tenant: 'acme', service: 'okta' },
      { tenant: 'globex', service: 'hris' },
    ]);
    expect(await health('mail')).toMatchObject({ problem: null, lastSuccess: expect.any(Date), nextLook: null });
    expect(await health('hris')).toMatchObject({ lastSuccess: null });
    const answeredAt = (await health('okta'))?.lastSuccess ?? new Date(0);
    const minutesAfter = (minutes: number) => new Date(answeredAt.getTime() + minutes * 60_000);
    const polled = (polled_at: Date) =>
      opened.ledger.db.insertInto('catch_up').values({ tenant: 'acme', polled_at, due_at: minutesAfter(9) });
    await polled(minutesAfter(-1)).execute();
    expect(await health('okta')).toMatchObject({ lastSuccess: answeredAt, nextLook: minutesAfter(9) });
    await opened.ledger.db
      .updateTable('catch_up')
      .set({ polled_at: minutesAfter(1) })
      .execute();
    expect(await health('okta')).toMatchObject({ lastSuccess: minutesAfter(1) });
  });

  test('has the steps that are due and not published', async () => {
    await open(opened.ledger);
    await open(opened.ledger);
    await open(opened.ledger, { tenant: 'globex' });
    const { queues } = await readHealth(opened.ledger.db, 'acme', opened.clock.now);
    expect(queues).toEqual([{ step: 'check-profile', waiting: 2, oldestDue: expect.any(Date) }]);
  });
});

test('secrets that end are listed soonest first, without those that are revoked or end later', async () => {
  const day = 24 * 3_600_000;
  const at = (days: number): Date => new Date(opened.clock.now.getTime() + days * day);
  for (const [name, days] of [
    ['later', 50],
    ['soon', 5],
    ['ended', -2],
    ['long ended', -30],
    ['revoked', 5],
  ] as const) {
    const key = await createApiKey(opened.ledger, { tenant: 'acme', name, scopes: ['read'], expiresAt: at(days) });
    if (name === 'revoked')
      await opened.ledger.db
        .updateTable('api_keys')
        .set({ revoked_at: at(0) })
        .where('id', '=', key.id)
        .execute();
  }
  const found = await readExpiring(opened.ledger.db, 'acme', opened.clock.now);
  expect(found.map(({ kind, name, expiresAt }) => [kind, name, expiresAt])).toEqual([
    ['api_key', 'ended', at(-2)],
    ['api_key', 'soon', at(5)],
  ]);
  expect(await readExpiring(opened.ledger.db, 'globex', opened.clock.now)).toEqual([]);
});

test('a token of a SCIM connection is replaced by one that works for longer', async () => {
  const { ledger, clock } = opened;
  const at = (days: number): Date => new Date(clock.now.getTime() + days * 24 * 3_600_000);
  const { id } = await aConnection(ledger);
  const of = { tenant: 'acme', connectionId: id };
  await sql`update scim_tokens set expires_at = ${at(9)} where connection_id = ${id}`.execute(ledger.db);
  const replaced = async () =>
    (await readExpiring(ledger.db, 'acme', clock.now)).map(({ kind, isReplaced }) => [kind, isReplaced]);
  expect(await replaced()).toEqual([['scim_token', false]]);
  await createToken(ledger, of, { kind: 'bearer', expiresAt: at(20) });
  expect(await replaced()).toEqual([
    ['scim_token', true],
    ['scim_token', false],
  ]);
});

describe('stock', () => {
  const limits = { lowDays: 30, lowKeys: 10 };
  const item = { inventoryProductId: '106', name: 'Advanced Plus', inventoryType: 'Primary', quantity: 90 };
  const other = { ...item, inventoryProductId: '107', quantity: 7 };
  const record = (...items: (typeof item)[]) => recordStock(opened.ledger, 'acme', { items, limits });
  const days = (count: number): number => count * 24 * 3_600_000;

  test('is the last answer alone, with what a day used of it', async () => {
    const now = opened.clock.now;
    opened.clock.now = new Date(now.getTime() - days(8));
    await record({ ...item, quantity: 130 }, other);
    opened.clock.now = now;
    await record(item);
    expect(await readStock(opened.ledger.db, 'acme')).toEqual([
      {
        ...item,
        readAt: now,
        ordered: 0,
        orderedDays: 0,
        underWay: 0,
        usedPerDay: 5,
        daysLeft: 18,
        lowSince: now,
      },
    ]);
    expect(await readStock(opened.ledger.db, 'globex')).toEqual([]);
  });

  test('counts what was ordered in the last 28 days and what is under way, without dry runs', async () => {
    const now = opened.clock.now;
    opened.clock.now = new Date(now.getTime() - days(40));
    const old = await open(opened.ledger);
    await change(opened.ledger, old.id, { order: 'cancelled' });
    opened.clock.now = now;
    const [placed] = [
      await open(opened.ledger),
      await open(opened.ledger),
      await open(opened.ledger, { dryRun: true }),
    ];
    await opened.ledger.db
      .updateTable('shipments')
      .set({ order_state: 'placed', placed_at: now })
      .where('id', '=', placed.id)
      .execute();
    await record(item);
    expect(await readStock(opened.ledger.db, 'acme')).toMatchObject([{ ordered: 1, orderedDays: 28, underWay: 1 }]);
  });

  test('is said to become low once, until it no longer is', async () => {
    const low = { ...item, quantity: 9 };
    expect(await record(item)).toEqual([]);
    expect(await record(low, other)).toMatchObject([{ inventoryProductId: '106' }, { inventoryProductId: '107' }]);
    const since = opened.clock.now;
    opened.clock.now = new Date(since.getTime() + days(1));
    expect(await record(low)).toEqual([]);
    expect(await readStock(opened.ledger.db, 'acme')).toMatchObject([{ lowSince: since }]);
    expect(await record(item)).toEqual([]);
    expect(await record(low)).toMatchObject([{ inventoryProductId: '106', lowSince: opened.clock.now }]);
  });

  test('is read by one worker at a time, and again when it is due', async () => {
    const claims = await Promise.all([1, 2, 3].map(() => claimStockReads(opened.ledger, ['acme', 'globex'])));
    expect(claims.flat().toSorted()).toEqual(['acme', 'globex']);
    await finishStockRead(opened.ledger, 'acme', { problem: null, dueInMs: 60_000 });
    await finishStockRead(opened.ledger, 'globex', { problem: 'unanswered', dueInMs: 0 });
    expect(await claimStockReads(opened.ledger, ['acme', 'globex'])).toEqual(['globex']);
    expect(await claimStockReads(opened.ledger, ['acme', 'globex'])).toEqual([]);
  });

  test('that cannot be read is a problem of the provider until a success, unless the account may not read it', async () => {
    const provider = async () =>
      (await readHealth(opened.ledger.db, 'acme', opened.clock.now)).services.find(
        ({ service }) => service === 'fulfillment',
      );
    const finish = (problem: 'unauthorized' | 'not_offered' | null) =>
      finishStockRead(opened.ledger, 'acme', { problem, dueInMs: 60_000 });
    await claimStockReads(opened.ledger, ['acme']);
    await finish('unauthorized');
    expect(await provider()).toMatchObject({ problem: 'unread', reason: 'unauthorized', lastSuccess: null });
    await finish('not_offered');
    expect(await provider()).toMatchObject({ problem: null, reason: null });
    await finish(null);
    expect(await provider()).toMatchObject({ problem: null, lastSuccess: opened.clock.now });
  });
});
