import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Change } from '@keycourier/journey/model/change';
import type { StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { switchFlow } from '../flows/flows.ts';
import { publishDue, type OutboxMessage } from '../outbox/publish-due.ts';
import { repairOutbox } from '../outbox/repair-outbox.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { change, open, steps } from '../testing/sample-shipments.ts';
import { move } from './move.ts';

const slots: Readonly<Record<string, number>> = { acme: 1, globex: 3, initech: 1 };
const tenants = Object.keys(slots);
const shipmentCount = 100;

let processes: readonly Ledger[];
let ledger: Ledger;
beforeAll(async () => {
  const options = {
    maxConnections: 8,
    maxRequestsInFlight: (tenant: string) => slots[tenant] ?? 0,
    checkGraceMs: 600_000,
  };
  const opened = await connectTestLedger(options);
  ledger = opened.ledger;
  processes = [ledger, opened.openAnother(), opened.openAnother()];
  await watchSlots();
});
afterAll(closeTestLedgers);

/** Has Postgres record each granted slot, and refuse a transaction that grants one too many. */
async function watchSlots(): Promise<void> {
  const limits = sql.raw(`'${JSON.stringify(slots)}'::jsonb`);
  await sql`create table granted (nth bigserial, commit xid8 default pg_current_xact_id(), tenant text, id text, position bigint)`.execute(
    ledger.db,
  );
  await sql`create function watch() returns trigger language plpgsql as $$ begin
    insert into granted (tenant, id, position) values (new.tenant, new.id, new.position);
    if (select count(*) from shipments where tenant = new.tenant and in_slot) > (${limits} ->> new.tenant)::int
      then raise 'one slot too many of %', new.tenant; end if;
    return null; end $$`.execute(ledger.db);
  await sql`create constraint trigger watch after update of in_slot on shipments deferrable initially deferred for each row
    when (new.in_slot and not old.in_slot) execute function watch()`.execute(ledger.db);
}

/** The same choices in each run; SEED=<seed> makes others. */
const seed = Number(globalThis.process.env['SEED'] ?? 1);
let state = seed;

/** The minimal standard generator of Park and Miller. */
function random(): number {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
}

const chance = (share: number): boolean => random() < share;
const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, random() * 3));

/** What the steps would decide, with services that refuse, time out and cause holds at random. */
const changesOf: Readonly<Partial<Record<StepName, (shipment: Shipment) => readonly Change[]>>> = {
  'check-profile': ({ plan }) => [plan.order === 'requested' ? steps.ready : { profileChecked: true }],
  'enroll-credential': () => (chance(0.2) ? [steps.enrolling, { order: 'ready' }] : [steps.enrolling, steps.enrolled]),
  'place-order': (shipment) => {
    if (chance(0.2)) return [{ order: 'placing' }, { order: 'enrolled' }];
    const isRefused = shipment.liftedHold === null && chance(0.1);
    const hold = { code: 'order_refused' as const, problems: [], since: ledger.now() };
    return isRefused ? [{ order: 'placing' }, { order: 'enrolled', hold }] : [{ order: 'placing' }, steps.placed];
  },
};

/** An operator lifts the hold after a while; the shipment goes to the last position. */
const lift = (process: Ledger, id: string) =>
  move(process, id, ({ hold }) =>
    hold === null
      ? null
      : {
          change: { hold: null, liftedHold: hold, moveToBack: true, profileChecked: false },
          note: { event: 'shipment.rechecked' },
        },
  );

async function attempt(process: Ledger, { step, shipment }: StepAttempt): Promise<void> {
  for (const one of changesOf[shipmentStep(step)]?.(shipment) ?? []) {
    await nap();
    const { shipment: after } = await change(process, shipment.id, one);
    if (after.hold !== null) await lift(process, shipment.id);
  }
}

const shipmentStep = (step: string): StepName => {
  const known = (['check-profile', 'enroll-credential', 'place-order', 'track-parcel'] as const).find(
    (name) => name === step,
  );
  if (known === undefined) throw new LedgerError('bad_row', `The test has no step ${step}`);
  return known;
};

async function work(process: Ledger, { step, subjectId, dispatchId }: OutboxMessage): Promise<void> {
  const claim = await claimStep(process, {
    step: shipmentStep(step),
    shipmentId: subjectId,
    dispatchId,
    leaseMs: 60_000,
  });
  if (claim.outcome !== 'claimed') return;
  await attempt(process, claim.attempt);
  if (chance(0.3)) await move(process, subjectId, () => null);
  // The step runs again where it is still next; polls of a placed order are of no interest here.
  const afterMs = step === 'track-parcel' ? 3_600_000 : 0;
  await finishAttempt(process, claim.attempt, { outcome: 'later', why: null, afterMs });
}

/** Reads shipments, switches the flow off and on, and repairs, while others work. */
async function disturb(process: Ledger, ids: readonly string[], isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) {
    const looks = Array.from({ length: 5 }, () =>
      move(process, ids[Math.floor(random() * ids.length)] ?? '', () => null),
    );
    await Promise.all(looks);
    const tenant = tenants[Math.floor(random() * tenants.length)] ?? '';
    if (chance(0.1)) {
      await switchFlow(process, { tenant, slug: 'process-shipments', enabled: false });
      await nap();
      await switchFlow(process, { tenant, slug: 'process-shipments', enabled: true });
    }
    if (chance(0.1)) expect(await repairOutbox(process, 1_000)).toEqual([]);
    await nap();
  }
}

/** A queue in the worst order: jobs come out at random, to any process. */
async function runProcess(process: Ledger, jobs: OutboxMessage[], isDone: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (jobs.length < 3 || chance(0.1))
      await publishDue(process, { knownSteps, limit: 50 }, async (messages) => void jobs.push(...messages));
    const [job] = jobs.splice(Math.floor(random() * jobs.length), 1);
    if (job !== undefined) await work(process, job);
    else if (await isDone()) return;
    else await nap();
  }
}

test(`a hundred requests of three tenants, processed concurrently, keep to the limit and to their order (seed ${seed})`, async () => {
  const ids: string[] = [];
  for (let index = 0; index < shipmentCount; index += 1)
    ids.push((await open(ledger, { tenant: tenants[index % 3] ?? '' })).id);
  const last = await sql<{ position: string }>`select max(position) as position from shipments`.execute(ledger.db);
  const isDone = async (): Promise<boolean> => {
    const left = await sql`select from shipments where order_state <> 'placed' limit 1`.execute(ledger.db);
    return left.rows.length === 0;
  };
  const jobs: OutboxMessage[] = [];
  const workers = processes.flatMap((process) => [process, process, process]);
  await Promise.all([...workers.map((process) => runProcess(process, jobs, isDone)), disturb(ledger, ids, isDone)]);

  const { rows } = await sql<{ tenant: string; id: string; position: string }>`
    select tenant, id, position from granted order by min(nth) over (partition by commit), position`.execute(ledger.db);
  for (const tenant of tenants) {
    const original = rows.filter(
      (row) => row.tenant === tenant && Number(row.position) <= Number(last.rows[0]?.position),
    );
    const positions = [...new Set(original.map(({ position }) => Number(position)))];
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
    expect(positions).toHaveLength(Math.ceil((shipmentCount - tenants.indexOf(tenant)) / 3));
  }
  expect(rows.length).toBeGreaterThan(shipmentCount);
  expect(await repairOutbox(ledger, 1_000)).toEqual([]);
  const stats = await sql<{
    deadlocks: string;
  }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(ledger.db);
  expect(stats.rows).toEqual([{ deadlocks: '0' }]);
});
