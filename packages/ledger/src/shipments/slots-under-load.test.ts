import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Change } from '@keycourier/journey/model/change';
import type { Visit } from '@keycourier/journey/ports/context';
import type { Door } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import { LedgerError } from '../errors.ts';
import { switchFlow } from '../flows/flows.ts';
import { enterDoor } from '../attempts/claim-step.ts';
import { leaveDoor } from '../attempts/finish-attempt.ts';
import { publishDue, type Knock } from '../outbox/publish-due.ts';
import { mendKnocks } from '../outbox/repair-outbox.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, openTestLedger } from '../testing/connect-test-ledger.ts';
import { change, open, steps } from '../testing/sample-shipments.ts';
import { move } from './move.ts';

const places: Readonly<Record<string, number>> = { acme: 1, globex: 3, initech: 1 };
const tenants = Object.keys(places);
const shipmentCount = 200;

let processes: readonly Ledger[];
let ledger: Ledger;
beforeAll(async () => {
  const options = {
    maxConnections: 8,
    maxRequestsInFlight: (tenant: string) => places[tenant] ?? 0,
    lineGraceMs: 600_000,
  };
  const opened = await openTestLedger(options);
  ledger = opened.ledger;
  processes = [ledger, opened.openAnother(), opened.openAnother()];
  await watchTheCounter();
});
afterAll(closeTestLedgers);

/** Has Postgres itself write down who is let in, and refuse the transaction that lets in one too many. */
async function watchTheCounter(): Promise<void> {
  const limits = sql.raw(`'${JSON.stringify(places)}'::jsonb`);
  await sql`create table let_in (turn bigserial, commit xid8 default pg_current_xact_id(), tenant text, id text, line bigint)`.execute(
    ledger.db,
  );
  await sql`create function watch() returns trigger language plpgsql as $$ begin
    insert into let_in (tenant, id, line) values (new.tenant, new.id, new.line);
    if (select count(*) from shipments where tenant = new.tenant and in_slot) > (${limits} ->> new.tenant)::int
      then raise 'one too many at the counter of %', new.tenant; end if;
    return null; end $$`.execute(ledger.db);
  await sql`create constraint trigger watch after update of in_slot on shipments deferrable initially deferred for each row
    when (new.in_slot and not old.in_slot) execute function watch()`.execute(ledger.db);
}

const chance = (share: number): boolean => Math.random() < share;
const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));

/** What the rooms would decide, with services that refuse, time out and hold at random. */
const rooms: Readonly<Partial<Record<Door, (shipment: Shipment) => readonly Change[]>>> = {
  'check-profile': ({ plan }) => [plan.order === 'requested' ? steps.ready : { profileChecked: true }],
  'enroll-credential': () => (chance(0.2) ? [steps.enrolling, { order: 'ready' }] : [steps.enrolling, steps.enrolled]),
  'place-order': (shipment) => {
    if (chance(0.2)) return [{ order: 'placing' }, { order: 'enrolled' }];
    const isRefused = shipment.liftedHold === null && chance(0.1);
    const hold = { code: 'order_refused' as const, problems: [], since: ledger.now() };
    return isRefused ? [{ order: 'placing' }, { order: 'enrolled', hold }] : [{ order: 'placing' }, steps.placed];
  },
};

/** An operator's word, after a while: go on, at the end of the line. */
const lift = (process: Ledger, id: string) =>
  move(process, id, ({ hold }) =>
    hold === null
      ? null
      : {
          change: { hold: null, liftedHold: hold, rejoinLine: true, profileChecked: false },
          note: { event: 'shipment.rechecked' },
        },
  );

async function visit(process: Ledger, { door, shipment }: Visit): Promise<void> {
  for (const one of rooms[shipmentDoor(door)]?.(shipment) ?? []) {
    await nap();
    const { shipment: after } = await change(process, shipment.id, one);
    if (after.hold !== null) await lift(process, shipment.id);
  }
}

const shipmentDoor = (door: string): Door => {
  const known = (['check-profile', 'enroll-credential', 'place-order', 'track-parcel'] as const).find(
    (name) => name === door,
  );
  if (known === undefined) throw new LedgerError('bad_row', `The test has no door ${door}`);
  return known;
};

async function work(process: Ledger, { door, subjectId, turn }: Knock): Promise<void> {
  const entry = await enterDoor(process, { door: shipmentDoor(door), shipmentId: subjectId, turn, leaseMs: 60_000 });
  if (entry.outcome !== 'entered') return;
  await visit(process, entry.visit);
  if (chance(0.3)) await move(process, subjectId, () => null);
  await leaveDoor(process, entry.visit, { outcome: 'later', why: null, afterMs: 0 });
  // In the house the same job would come again; here the relay brings it as a new one.
  await sql`update knocks set published_at = null, turn = nextval('knock_turn')
    where subject_id = ${subjectId} and door = ${door} and door <> 'track-parcel'`.execute(process.db);
}

/** Whoever looks at shipments, switches the flow off and on, and mends, while others work. */
async function disturb(process: Ledger, ids: readonly string[], isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) {
    const looks = Array.from({ length: 5 }, () =>
      move(process, ids[Math.floor(Math.random() * ids.length)] ?? '', () => null),
    );
    await Promise.all(looks);
    const tenant = tenants[Math.floor(Math.random() * tenants.length)] ?? '';
    if (chance(0.1)) {
      await switchFlow(process, tenant, 'process-shipments', false);
      await nap();
      await switchFlow(process, tenant, 'process-shipments', true);
    }
    if (chance(0.1)) expect(await mendKnocks(process, 1_000)).toEqual([]);
    await nap();
  }
}

/** A queue as unfair as any: jobs come out in random order, to whoever asks. */
async function runProcess(process: Ledger, jobs: Knock[], isDone: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (jobs.length < 3 || chance(0.1)) await publishDue(process, 50, async (knocks) => void jobs.push(...knocks));
    const [job] = jobs.splice(Math.floor(Math.random() * jobs.length), 1);
    if (job !== undefined) await work(process, job);
    else if (await isDone()) return;
    else await nap();
  }
}

test('two hundred requests of three tenants, worked on from all sides, keep to the limit and to their order', async () => {
  const ids: string[] = [];
  for (let index = 0; index < shipmentCount; index += 1)
    ids.push((await open(ledger, { tenant: tenants[index % 3] ?? '' })).id);
  const lastLine = await sql<{ line: string }>`select max(line) as line from shipments`.execute(ledger.db);
  const isDone = async (): Promise<boolean> => {
    const left = await sql`select from shipments where order_state <> 'placed' limit 1`.execute(ledger.db);
    return left.rows.length === 0;
  };
  const jobs: Knock[] = [];
  const workers = processes.flatMap((process) => [process, process, process]);
  await Promise.all([...workers.map((process) => runProcess(process, jobs, isDone)), disturb(ledger, ids, isDone)]);

  const { rows } = await sql<{ tenant: string; id: string; line: string }>`
    select tenant, id, line from let_in order by min(turn) over (partition by commit), line`.execute(ledger.db);
  for (const tenant of tenants) {
    const original = rows.filter((row) => row.tenant === tenant && Number(row.line) <= Number(lastLine.rows[0]?.line));
    const lines = [...new Set(original.map(({ line }) => Number(line)))];
    expect(lines).toEqual(lines.toSorted((one, other) => one - other));
    expect(lines).toHaveLength(Math.ceil((shipmentCount - tenants.indexOf(tenant)) / 3));
  }
  expect(rows.length).toBeGreaterThan(shipmentCount);
  expect(await mendKnocks(ledger, 1_000)).toEqual([]);
  const stats = await sql<{
    deadlocks: string;
  }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(ledger.db);
  expect(stats.rows).toEqual([{ deadlocks: '0' }]);
});
