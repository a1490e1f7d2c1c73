import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { analyzeGrown } from './analyze-grown.ts';
import type { Ledger } from './connect-ledger.ts';
import { publishDue } from './outbox/publish-due.ts';
import { lockingLanes } from './outbox/read-state.ts';
import { comparedAtOnce, repairOutbox } from './outbox/repair-outbox.ts';
import { eraseEventBodies } from './retention/erase-event-bodies.ts';
import { erasePersonalData } from './retention/erase-personal-data.ts';
import { cutOffs } from './retention/policy.ts';
import { listShipments, listShipmentsWithFacts } from './shipments/list-shipments.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';
import { fillTenants, hotVerbs } from './testing/hot-verbs.ts';
import { growingTables, rowsReadBy } from './testing/rows-read.ts';

afterAll(closeTestLedgers);

/** As a worker does, but for its limits of time. */
const connect = async (use: 'job' | 'migration' = 'migration'): Promise<Ledger> => {
  const options = { maxConnections: 1, use, maxRequestsInFlight: () => 3 } as const;
  return (await connectTestLedger(options)).ledger;
};

/** A part of each hot statement that is prepared, by the file that has it. */
const parts = new Map([
  ['publish-due: lanes', 'with recursive lane (tenant, step, priority)'],
  ['publish-due: state', 'in_flight as ('],
  ['publish-due: mark', 'update outbox set published_at = now()'],
  ['read-event', 'coalesce(failures, 0) as failures'],
  ['lock-event', 'select id from inbound_events where id = '],
  ['record-verdict', 'event_processed as ('],
  ['insert-shipments', 'with created as ('],
  ['grant-slots: look', 'select from (select) as here'],
  ['grant-slots: grant', 'first_to_check as ('],
]);

const withPrepared = new Set([
  'a delivery',
  'reading an event and its verdict, and claiming its first step',
  'a request',
  'claiming a step and finishing its attempt',
  'a move to ready, behind others that wait for a slot',
  'a move that removes a secret',
  'a move that grants a slot',
  'publishing what is due',
]);

let ledger: Ledger;

beforeAll(async () => {
  ledger = await connect();
  // Statistics of another sample may make other plans.
  for (const table of growingTables)
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(ledger.db);
  await fillTenants(ledger, { from: 1, to: 100_000 });
  await sql`vacuum analyze`.execute(ledger.db);
});

test.each(hotVerbs)('%s reads at most %i entries of 100,000 shipments', async (_what, most, prepare) => {
  const work = await prepare(ledger);
  const { byScan, byIndex } = await rowsReadBy(ledger, work);
  expect(byScan).toEqual({});
  expect(byIndex).toBeLessThanOrEqual(most);
});

test('the parts that are compared follow each other to the last open shipment, and then begin again', async () => {
  const { open: count } = await ledger.db
    .selectFrom('shipments')
    .select(({ fn }) => fn.countAll<string>().as('open'))
    .where('order_state', 'not in', ['closed', 'cancelled', 'failed'])
    .executeTakeFirstOrThrow();
  const position = { shipment: '', event: '', ends: { shipments: true, events: true } };
  let [parts, before] = [0, ''];
  do {
    expect(await repairOutbox(ledger, 1_000, position)).toEqual([]);
    expect(position.shipment === '' || position.shipment > before).toBe(true);
    [parts, before] = [parts + 1, position.shipment];
  } while (position.shipment !== '');
  expect(parts).toBe(Math.floor(Number(count) / comparedAtOnce) + 1);
});

test.each([
  ['event bodies', 'evt_', eraseEventBodies],
  ['personal data', 'shp_', erasePersonalData],
] as const)('a part of the erased %s reads nothing of the parts before it', async (_what, prefix, erase) => {
  const part = { after: `${prefix}${'99990'.padStart(26, '0')}`, limit: 500 };
  const { byScan, byIndex } = await rowsReadBy(ledger, () =>
    erase(ledger, cutOffs({}, 'eventBodyDays', new Date()), part),
  );
  expect(byScan).toEqual({});
  expect(byIndex).toBeLessThanOrEqual(200);
});

test('no prepared statement is planned anew each time that it runs, where the tables are analyzed', async () => {
  const runs = 12;
  for (let run = 0; run < runs; run += 1)
    for (const [what, , prepare] of hotVerbs) if (withPrepared.has(what)) await (await prepare(ledger))();
  const { rows } = await sql<{ statement: string; planned: number }>`
    select statement, custom_plans::int as planned from pg_prepared_statements where custom_plans + generic_plans >= ${runs}`.execute(
    ledger.db,
  );
  expect(rows.length).toBeGreaterThanOrEqual(parts.size);
  // Postgres plans one for its values five times, and then keeps a plan for all values, unless that looks more expensive.
  expect(rows.filter(({ planned }) => planned > 5)).toEqual([]);
});

test('a scan of a whole table is seen, and an index that is read as a whole', async () => {
  const scan = await rowsReadBy(ledger, () => sql`select count(*) from shipments where note = 'x'`.execute(ledger.db));
  expect(scan.byScan).toEqual({ shipments: expect.any(Number) });
  const index = await rowsReadBy(ledger, () =>
    sql`select count(*) from outbox where due_at > now() and published_at is null`.execute(ledger.db),
  );
  expect(index.byIndex + (index.byScan['outbox'] ?? 0)).toBeGreaterThan(10_000);
});

test('the newest shipments of a tenant are found before Postgres knows how many it has', async () => {
  const fresh = await connect();
  for (const table of growingTables)
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(fresh.db);
  await fillTenants(fresh, { from: 1, to: 3_000 });
  await sql`update shipments set tenant = 'acme'`.execute(fresh.db);
  await sql`delete from secrets`.execute(fresh.db);
  const page = { tenant: 'acme', dryRun: false, limit: 1 };
  const { byScan, byIndex } = await rowsReadBy(fresh, () => listShipments(fresh, page));
  expect(byScan).toEqual({});
  expect(byIndex).toBeLessThanOrEqual(40);
  const whole = await rowsReadBy(fresh, () => listShipmentsWithFacts(fresh, { ...page, limit: 50 }));
  expect(whole.byScan).toEqual({});
  expect(whole.byIndex).toBeLessThanOrEqual(500);
});

test('publishing reads a page of what is due, and the attempts that run, by a plan of when little was', async () => {
  const fresh = await connect();
  for (const table of growingTables)
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(fresh.db);
  const fill = async (from: number, to: number): Promise<void> => {
    await fillTenants(fresh, { from, to });
    await sql`
      insert into outbox (subject_id, step, tenant, due_at, priority)
      select id, 'check-profile', 'tenant-4', now(), 8 from shipments where order_state = 'closed' on conflict do nothing`.execute(
      fresh.db,
    );
  };
  const publish = () => publishDue(fresh, { knownSteps, limit: 10, slotsOf: () => 8 }, async () => undefined);
  const attemptsLookedFor = async (): Promise<number> => {
    const { rows } = await sql<{ scans: number }>`
      select idx_scan::int as scans from pg_stat_user_indexes where indexrelname = 'step_attempts_running'`.execute(
      fresh.db,
    );
    return rows[0]?.scans ?? Number.NaN;
  };
  await fill(1, 20);
  await sql`update step_attempts set ended_at = null, leased_until = now() + interval '1 hour'`.execute(fresh.db);
  await sql`set plan_cache_mode = force_generic_plan`.execute(fresh.db);
  await publish();
  await fill(21, 1_000);
  await rowsReadBy(fresh, publish);
  const before = await attemptsLookedFor();
  const { byScan, byIndex } = await rowsReadBy(fresh, publish);
  expect(byScan).toEqual({});
  expect(byIndex).toBeLessThanOrEqual(400);
  expect((await attemptsLookedFor()) - before).toBeLessThanOrEqual(10);
});

test.each(['analyze', 'vacuum analyze'])(
  'a worker reads nothing that waits as a whole by a plan of when the outbox was empty: %s',
  async (statistics) => {
    const fresh = await connect('job');
    for (const table of growingTables)
      await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(fresh.db);
    const verbs = hotVerbs.filter(([what]) => withPrepared.has(what));
    await fillTenants(fresh, { from: 1, to: 20_000 });
    const { rows: messages } = await sql<{ id: string }>`delete from outbox returning subject_id as id`.execute(
      fresh.db,
    );
    const add = (ids: readonly string[]) =>
      sql`
    insert into outbox (subject_id, step, tenant, due_at, priority)
    select id, 'check-profile', 'tenant-4', now(), 8 from unnest(${ids}::text[]) as id`.execute(fresh.db);
    const [first = '', ...others] = messages.map(({ id }) => id);
    await sql.raw(statistics).execute(fresh.db);
    await sql`set plan_cache_mode = force_generic_plan`.execute(fresh.db);
    await add([first]);
    for (const [, , prepare] of verbs) await (await prepare(fresh))();
    await add(others);
    for (const [what, most, prepare] of verbs) {
      const { byScan, byIndex } = await rowsReadBy(fresh, await prepare(fresh));
      expect([what, byScan, byIndex <= most * 2]).toEqual([what, {}, true]);
    }
  },
);

test('a young database keeps plans through its first vacuum, once its grown tables are analyzed', async () => {
  const young = await connect();
  for (const table of growingTables)
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(young.db);
  const run = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1)
      for (const [what, , prepare] of hotVerbs) if (withPrepared.has(what)) await (await prepare(young))();
  };
  const planned = async () => {
    const { rows } = await sql<{ statement: string; planned: number }>`
      select statement, custom_plans::int as planned from pg_prepared_statements`.execute(young.db);
    return new Map(rows.map((row) => [row.statement, row.planned]));
  };
  await run(8);
  await fillTenants(young, { from: 1, to: 20_000 });
  await sql`select pg_stat_force_next_flush()`.execute(young.db);
  expect(await analyzeGrown(young)).toEqual(growingTables.toSorted());
  await sql`vacuum shipments, secrets, history, step_attempts, outbox, inbound_events`.execute(young.db);
  await run(2);
  await sql`analyze`.execute(young.db);
  const before = await planned();
  await run(12);
  const again = [...(await planned())].filter(([statement, count]) => count > (before.get(statement) ?? 0) + 2);
  expect(again).toEqual([]);
  expect(await analyzeGrown(young)).toEqual([]);
});

test('the statements that follow the lanes read by plain index scans, until their transaction ends', async () => {
  const bitmaps = async (db: Ledger['db']): Promise<unknown> =>
    (await sql<{ at: string }>`select current_setting('enable_bitmapscan') as at`.execute(db)).rows[0]?.at;
  const fresh = await connect();
  const within = await fresh.db.transaction().execute(async (tx) => {
    await lockingLanes({ steps: knownSteps }).execute(tx);
    return bitmaps(tx);
  });
  expect([within, await bitmaps(fresh.db)]).toEqual(['off', 'on']);
});

describe('on a connection that keeps plans from when the tables had a page', () => {
  let early: Ledger;

  beforeAll(async () => {
    early = await connect();
    for (const table of growingTables)
      await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(early.db);
    const runAll = async () => {
      for (const [, , prepare] of hotVerbs) await (await prepare(early))();
    };
    await runAll();
    await sql`vacuum analyze`.execute(early.db);
    // A connection begins to do so the sixth time that it runs one, where it expects no better of new plans.
    await sql`set plan_cache_mode = force_generic_plan`.execute(early.db);
    await runAll();
    await fillTenants(early, { from: 1, to: 20_000 });
    // As autovacuum does within a minute, and a large batch before it is committed: the kept plans end.
    await sql`analyze`.execute(early.db);
  });

  const keptPlans = async () => {
    const { rows } = await sql<{ part: string; kept: number }>`
      select part, sum(generic_plans)::int as kept
      from pg_prepared_statements join unnest(${[...parts.values()]}::text[]) as part on strpos(statement, part) > 0
      group by part`.execute(early.db);
    return new Map(rows.map(({ part, kept }) => [part, kept]));
  };

  test.each([...parts])('%s runs under a kept plan', async (_file, part) => {
    expect((await keptPlans()).get(part)).toBeGreaterThan(0);
  });

  test.each(hotVerbs.filter(([what]) => withPrepared.has(what)))(
    '%s reads few entries of 20,000 shipments once they are analyzed',
    async (_what, _most, prepare) => {
      const work = await prepare(early);
      const { byScan, byIndex } = await rowsReadBy(early, work);
      expect(byScan).toEqual({});
      expect(byIndex).toBeLessThanOrEqual(1_000);
    },
  );
});
