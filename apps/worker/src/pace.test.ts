import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Caller } from '@keycourier/connectors/okta/rate-limits';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { priorities } from '@keycourier/ledger/outbox/add-messages';
import { selectBudgets } from '@keycourier/ledger/outbox/budgets';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { sql } from 'kysely';

import { createPace, type Pace, type PacedJob } from './pace.ts';

afterAll(closeTestLedgers);

const minute = 60_000;
const users = '/api/v1/users';
const state = { tenant: 'acme', limit: users, calls: 100, remaining: 99, resetsInMs: 1_000 * minute } as const;
const nothing = { heldBack: new Map(), budgets: [], uncharged: [] };

let ledger: Ledger;
let pace: Pace;
let errors: unknown[];
beforeEach(async () => {
  ({ ledger } = await connectTestLedger());
  errors = [];
  pace = createPace({ ledger, onError: (error) => errors.push(error) });
});
afterEach(() => pace.close());

const readBudgets = async () => (await selectBudgets(['acme']).execute(ledger.db)).rows;

/** As the relay does after each look at the outbox. */
const look = async (heldBack: ReadonlyMap<string, number> = new Map()): Promise<void> =>
  pace.onLook({ ...nothing, heldBack, budgets: await readBudgets() });

/** Until what was found out is in the ledger; what comes later is another one's. */
async function record(): Promise<void> {
  await pace.close();
  expect(errors).toEqual([]);
}

const callTimes = (caller: Caller, count: number): void => {
  for (let call = 0; call < count; call += 1) caller.onCall({ tenant: 'acme', limit: users });
};

describe('what a worker finds out about a limit', () => {
  test('is in the ledger, for the relays of all, once it is recorded', async () => {
    pace.onOktaLimit(state);
    pace.onLimited('acme', 'fulfillment', minute);
    await record();
    expect(await readBudgets()).toMatchObject([
      { service: 'fulfillment', rateLimit: '', calls: 0, remaining: 0, windowMs: minute },
      { service: 'okta', rateLimit: users, calls: 100, remaining: 99 },
    ]);
  });

  test('is reported when it cannot be recorded, and the worker goes on', async () => {
    await sql`alter table call_budgets rename to call_budgets_away`.execute(ledger.db);
    pace.onOktaLimit(state);
    await pace.close();
    expect(errors).toMatchObject([{ code: '42P01' }]);
    await sql`alter table call_budgets_away rename to call_budgets`.execute(ledger.db);
    pace.onOktaLimit({ ...state, calls: 50 });
    await pace.close();
    expect(await readBudgets()).toMatchObject([{ calls: 50 }]);
  });
});

describe('a job', () => {
  const job = { step: 'check-profile', priority: priorities.request };
  const calling = (count: number) => async (run: PacedJob) => callTimes(run.caller, count);
  const followed = (work: (run: PacedJob) => Promise<void>) => (run: PacedJob) => run.follow(job, () => work(run));

  test.each([
    [priorities.key, 'urgent'],
    [priorities.setup, 'urgent'],
    [priorities.keyOfBatch, 'normal'],
    [priorities.request, 'normal'],
    [priorities.batch, 'patient'],
    [priorities.dryRun, 'patient'],
  ])('of priority %i makes %s calls', async (priority, urgency) => {
    expect(await pace.run({ ...job, priority }, async ({ caller }) => caller.urgency)).toBe(urgency);
  });

  test('makes calls of the urgency of each step that follows, while it runs', async () => {
    const urgencies = await pace.run({ ...job, priority: priorities.dryRun }, async ({ caller, follow }) => [
      caller.urgency,
      await follow({ priority: priorities.key }, async () => caller.urgency),
      caller.urgency,
    ]);
    expect(urgencies).toEqual(['patient', 'urgent', 'patient']);
  });

  test.each([
    ['is charged for the calls beyond those that its step usually makes', job, calling(4), 3],
    ['is charged for all of its calls where its step followed another', job, followed(calling(4)), 4],
    [
      'gets back the calls that it did not make',
      { step: 'write-registration', priority: priorities.event },
      calling(1),
      -1,
    ],
  ])('%s', async (_what, run, work, charged) => {
    pace.onOktaLimit(state);
    await record();
    const [before] = await readBudgets();
    await look();
    await pace.run(run, work);
    await record();
    const [after] = await readBudgets();
    expect((before?.credit ?? 0) - (after?.credit ?? 0)).toBeCloseTo(charged);
  });

  test('is charged for its calls when it fails', async () => {
    pace.onOktaLimit(state);
    await record();
    await look();
    const [before] = await readBudgets();
    const failing = pace.run(job, async ({ caller }) => {
      callTimes(caller, 5);
      throw new RangeError('a bug');
    });
    await expect(failing).rejects.toThrow('a bug');
    await record();
    const [after] = await readBudgets();
    expect((before?.credit ?? 0) - (after?.credit ?? 0)).toBeCloseTo(4);
  });
});

describe('a step follows another at once', () => {
  const next = {
    tenant: 'acme',
    step: 'place-order',
    after: 'enroll-credential',
    priority: priorities.request,
  } as const;

  test('where it calls no other service, or one whose stage has few places', () => {
    expect(pace.mayFollow(next)).toBe(true);
    expect(pace.mayFollow({ ...next, step: 'send-pin', after: 'activate-credential' })).toBe(true);
    expect(pace.mayFollow({ ...next, step: 'enroll-credential', after: 'place-order' })).toBe(false);
  });

  test('unless a more urgent message of its tenant waits for a call', async () => {
    const mayFollow = async (waiting: readonly [string, number][]): Promise<boolean> => {
      await look(new Map(waiting));
      return pace.mayFollow(next);
    };
    expect(await mayFollow([['acme', priorities.setup]])).toBe(false);
    expect(await mayFollow([['acme', priorities.batch]])).toBe(true);
    expect(await mayFollow([['globex', priorities.setup]])).toBe(true);
    expect(await mayFollow([])).toBe(true);
  });

  test('as the first of its shipment where nothing of its tenant that is as urgent waits for a call', async () => {
    const first = { ...next, step: 'check-profile', after: null, priority: priorities.event } as const;
    const mayBegin = async (waiting: readonly [string, number][]): Promise<boolean> => {
      await look(new Map(waiting));
      return pace.mayFollow(first);
    };
    expect(await mayBegin([['acme', priorities.event]])).toBe(false);
    expect(await mayBegin([['acme', priorities.setup]])).toBe(false);
    expect(await mayBegin([['acme', priorities.batch]])).toBe(true);
    expect(await mayBegin([['globex', priorities.event]])).toBe(true);
    expect(await mayBegin([])).toBe(true);
  });

  test('unless a limit that it waits for is nearly used up', async () => {
    const step = { ...next, step: 'check-profile', after: 'enroll-credential' } as const;
    expect(pace.mayFollow(step)).toBe(true);
    pace.onOktaLimit({ ...state, remaining: 1 });
    await record();
    expect(pace.mayFollow(step)).toBe(false);
    expect(pace.mayFollow({ ...step, tenant: 'globex' })).toBe(true);
  });
});
