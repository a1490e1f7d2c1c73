import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { isCountedIn, orgsOf, recordLimits, selectBudgets, type LimitNews } from './budgets.ts';
import { slotsOf } from './pace.ts';
import { publishDue, type Published, type PublishedMessage } from './publish-due.ts';
import { sweepOverdue } from './sweep-overdue.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const users = { tenant: 'acme', service: 'okta', rateLimit: '/api/v1/users' };
const minute = 60_000;

/** So long that no call is granted for the time that a test takes. */
const window = 1_000 * minute;
const fresh = { calls: 600, windowMs: window, remaining: 599, resetsInMs: window };
const none = { all: 0, batch: 0 };
const learn = (answer: Partial<typeof fresh> = {}, uncharged = none): Promise<unknown> =>
  recordLimits(ledger, [{ ...users, answer: { ...fresh, ...answer }, uncharged }]);
const readUsers = async () => (await selectBudgets(['acme']).execute(ledger.db)).rows[0];

async function look(from: Ledger = ledger): Promise<Published & { messages: readonly PublishedMessage[] }> {
  const messages: PublishedMessage[] = [];
  const found = await publishDue(from, { knownSteps, limit: 500, slotsOf }, async (due) => void messages.push(...due));
  return { ...found, messages };
}

/** A worker runs the step of a message. */
async function run({ subjectId, dispatchId }: PublishedMessage, afterMs?: number): Promise<void> {
  const claim = { step: 'check-profile', shipmentId: subjectId, dispatchId, leaseMs: minute } as const;
  const claimed = await claimStep(ledger, claim);
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  if (afterMs !== undefined) return finishAttempt(ledger, claimed.attempt, { outcome: 'later', why: null, afterMs });
  await finishAttempt(ledger, claimed.attempt, { outcome: 'done', why: null });
  await sql`delete from outbox where subject_id = ${subjectId}`.execute(ledger.db);
}

async function createMany(count: number, trigger: 'batch' | 'api' | 'mfa-initiated' = 'batch'): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) await open(ledger, { trigger });
}

/** As if so long had passed. */
const pass = (ms: number) =>
  sql`update call_budgets set credited_at = credited_at - ${ms} * interval '1 ms', resets_at = resets_at - ${ms} * interval '1 ms'`.execute(
    ledger.db,
  );

test('where keys are in the hub, its limits count too, and only for steps that call it', () => {
  const orgs = (areKeysInHub: boolean) => orgsOf({ areKeysInHub: () => areKeysInHub }, 'acme');
  expect([orgs(true), orgs(false)]).toEqual([['acme', 'hub:acme'], ['acme']]);
  const countedIn = (tenant: string) =>
    (['enroll-credential', 'read-requested-user'] as const).filter((step) =>
      isCountedIn({ tenant: 'acme', step }, { tenant }),
    );
  expect(countedIn('acme')).toEqual(['enroll-credential', 'read-requested-user']);
  expect(countedIn('hub:acme')).toEqual(['enroll-credential']);
  expect(countedIn('hub:globex')).toEqual([]);
});

describe('a batch', () => {
  test('has three steps in flight, and the next when one of them has ended; no claim is refused', async () => {
    await createMany(12);
    let ended = 0;
    let { messages } = await look();
    expect(messages).toHaveLength(3);
    expect(await look()).toMatchObject({ messages: [], heldBack: new Map([['acme', 5]]) });
    while (messages.length > 0) {
      for (const message of messages.slice(0, 1)) await run(message);
      ended += 1;
      messages = [...messages.slice(1), ...(await look()).messages];
      expect(messages.length).toBeLessThanOrEqual(3);
    }
    expect(ended).toBe(12);
  });

  test('is in flight three times for any number of relays that look at once', async () => {
    await createMany(12);
    const relays = [ledger, opened.openAnother(), opened.openAnother()];
    const looks = await Promise.all([...relays, ...relays].map((relay) => look(relay)));
    expect(looks.flatMap(({ messages }) => messages)).toHaveLength(3);
  });

  test('does not keep a user who sets up a key now from starting', async () => {
    await createMany(12);
    await look();
    await createMany(1, 'mfa-initiated');
    expect((await look()).messages).toMatchObject([{ priority: 2, rank: 1 }]);
  });

  test('whose step runs again later leaves its place in flight, and gets another when it is due', async () => {
    await createMany(4);
    const [first, ...others] = (await look()).messages;
    if (first === undefined) throw new RangeError('nothing is due');
    await run(first, minute);
    const { messages, againInMs } = await look();
    expect(messages).toHaveLength(1);
    expect(againInMs).toBeGreaterThan(minute / 2);
    for (const other of others) await run(other);
    await sql`update outbox set due_at = now() where subject_id = ${first.subjectId}`.execute(ledger.db);
    const [again] = (await look()).messages;
    expect(again).toMatchObject({ subjectId: first.subjectId });
    expect(again?.dispatchId).not.toBe(first.dispatchId);
  });

  test('whose job the queue lost leaves its place when the sweep publishes it again', async () => {
    await createMany(6);
    expect((await look()).messages).toHaveLength(3);
    const isAlive = async (): Promise<boolean> => false;
    expect(await sweepOverdue(ledger, { knownSteps, graceMs: 0, limit: 10, isAlive })).toBe(3);
    expect((await look()).messages).toHaveLength(3);
  });
});

describe('the budget of a tenant', () => {
  test('is charged when a step starts, and what the step did not use comes back', async () => {
    await learn();
    await learn({}, { all: 12, batch: 12 });
    const before = await readUsers();
    await createMany(3);
    expect(await look()).toMatchObject({ published: 3, uncharged: [] });
    expect((await readUsers())?.batchCredit).toBeCloseTo((before?.batchCredit ?? 0) - 3, 0);
    await learn({}, { all: -3, batch: -3 });
    expect((await readUsers())?.batchCredit).toBeCloseTo(before?.batchCredit ?? 0, 0);
  });

  test('is not written by each look while more than enough is left: what was started is recorded later', async () => {
    await learn();
    const before = await readUsers();
    await createMany(3);
    expect((await look()).uncharged).toEqual([{ ...users, calls: { all: 3, batch: 3 } }]);
    expect((await readUsers())?.batchCredit).toBe(before?.batchCredit);
  });

  test('grants a batch what it saved up, then as time passes, by two workers as by one', async () => {
    await learn();
    await createMany(40);
    const other = opened.openAnother();
    const started: PublishedMessage[] = [];
    const lookAll = async (): Promise<void> => {
      for (;;) {
        const looks = await Promise.all([look(), look(other)]);
        const found = looks.flatMap(({ messages }) => messages);
        for (const message of found) await run(message);
        for (const { calls } of looks.flatMap(({ uncharged }) => uncharged)) await learn({}, calls);
        started.push(...found);
        if (found.length === 0) return;
      }
    };
    await lookAll();
    const burst = started.length;
    expect(burst).toBeGreaterThanOrEqual(15);
    expect(burst).toBeLessThan(18);
    const { messages, againInMs } = await look();
    expect(messages).toEqual([]);
    expect(againInMs).toBeGreaterThan(0);
    await pass(window / 30);
    await lookAll();
    expect(started.length - burst).toBeGreaterThanOrEqual(9);
    expect(started.length - burst).toBeLessThan(12);
  });

  test('has the least that any answer of a window said, in whichever order they are recorded', async () => {
    await learn({ remaining: 400 });
    await learn({ remaining: 420 });
    expect((await readUsers())?.remaining).toBe(400);
    await pass(window);
    await learn({ remaining: 590 });
    expect((await readUsers())?.remaining).toBe(590);
    await learn({ remaining: 3, resetsInMs: -1 });
    expect((await readUsers())?.remaining).toBe(590);
  });

  test('is kept apart by tenant and by limit', async () => {
    const used = { ...fresh, remaining: 0 };
    const limits: LimitNews[] = [
      { ...users, answer: used, uncharged: none },
      { ...users, tenant: 'globex', rateLimit: '/webauthn-registration', answer: used, uncharged: none },
    ];
    await Promise.all([recordLimits(ledger, limits), recordLimits(ledger, limits.toReversed())]);
    await open(ledger);
    await open(ledger, { tenant: 'globex' });
    expect((await look()).messages).toMatchObject([{ tenant: 'globex' }]);
  });

  test('that others have used up holds back what can wait, until the limit begins anew', async () => {
    await learn({ remaining: 300 });
    await createMany(1);
    await createMany(1, 'api');
    expect((await look()).messages).toMatchObject([{ priority: 4 }]);
    await pass(window);
    expect((await look()).messages).toMatchObject([{ priority: 5 }]);
  });
});
