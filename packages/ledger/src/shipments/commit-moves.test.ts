import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt, renewLease } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { createUser } from '../directory/users/create-user.ts';
import { LedgerError } from '../errors.ts';
import { switchFlow } from '../flows/flows.ts';
import { priorities } from '../outbox/add-messages.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aUser, byHand, write } from '../testing/sample-directory.ts';
import { bring, look, open, steps } from '../testing/sample-shipments.ts';
import { countStatements } from '../testing/statement-outcomes.ts';
import { commitMoves } from './commit-moves.ts';
import { move } from './move.ts';
import { readHistory } from './read-history.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger({ maxRequestsInFlight: () => 100 });
  ledger = opened.ledger;
});
afterAll(closeTestLedgers);

const leaseMs = 60_000;

async function claim(shipmentId: string, step: StepAttempt['step']): Promise<StepAttempt> {
  const claimed = await claimStep(ledger, { step, shipmentId, dispatchId: null, leaseMs });
  if (claimed.outcome !== 'claimed') throw new LedgerError('bad_row', `The test's claim was ${claimed.outcome}`);
  return claimed.attempt;
}

/** A shipment whose credential was activated in one attempt, and whose PIN is being released in the next. */
async function following(tenant = 'acme'): Promise<StepAttempt> {
  const { id } = await open(ledger, { tenant });
  await bring(ledger, id, 'programmed');
  const attempt = await claim(id, 'activate-credential');
  const { next } = await commitMoves(ledger, {
    id,
    known: attempt.shipment,
    moves: [() => ({ change: steps.active, note: { event: 'test.activated' } })],
    finish: {
      attempt,
      resultOf: () => ({ outcome: 'done', why: null }),
      chain: { admit: () => true, onClaim: () => undefined, intentOf: () => null },
      leaseMs,
    },
  });
  if (next === null) throw new LedgerError('bad_row', 'No step of the test follows');
  return next;
}

const messageOf = ({ shipment: { id }, step }: StepAttempt) =>
  ledger.db
    .selectFrom('outbox')
    .selectAll()
    .select(sql<number>`extract(epoch from due_at - now())::float8 * 1000`.as('dueInMs'))
    .where('subject_id', '=', id)
    .where('step', '=', step)
    .executeTakeFirst();

async function publishedOf(attempt: StepAttempt): Promise<string[]> {
  const published: string[] = [];
  await publishDue(ledger, { knownSteps, limit: 1_000 }, async (messages) => {
    for (const { subjectId, step } of messages) if (subjectId === attempt.shipment.id) published.push(step);
  });
  return published;
}

/** As if the worker had been away for longer than its lease. */
async function passLease({ id, shipment, step }: StepAttempt): Promise<void> {
  await sql`update step_attempts set leased_until = leased_until - interval '61 s' where id = ${id}`.execute(ledger.db);
  await sql`update outbox set due_at = due_at - interval '61 s' where subject_id = ${shipment.id} and step = ${step}`.execute(
    ledger.db,
  );
}

describe('a step that follows at once', () => {
  test('has a message that is not published while its attempt lasts', async () => {
    const attempt = await following();
    expect(attempt).toMatchObject({ step: 'release-pin', number: 1 });
    expect(await publishedOf(attempt)).not.toContain('release-pin');
    expect(await messageOf(attempt)).toMatchObject({ attempts: 1, published_at: null });
    expect(await readHistory(ledger, attempt.shipment.id)).toContainEqual(
      expect.objectContaining({ kind: 'attempt', step: 'release-pin', endedAt: null }),
    );
  });

  test('is as urgent as the key, and begins when the attempt before it has ended', async () => {
    const next = await following();
    expect(await messageOf(next)).toMatchObject({ priority: priorities.key });
    expect(await readHistory(ledger, next.shipment.id)).toContainEqual(
      expect.objectContaining({ step: 'activate-credential', outcome: 'done', endedAt: expect.any(Date) }),
    );
  });

  test('is published when its lease has run out, and its attempt is expired for the next', async () => {
    const attempt = await following();
    await passLease(attempt);
    expect(await publishedOf(attempt)).toContain('release-pin');
    expect(await claim(attempt.shipment.id, 'release-pin')).toMatchObject({ number: 2 });
    expect(await readHistory(ledger, attempt.shipment.id)).toContainEqual(
      expect.objectContaining({ kind: 'attempt', step: 'release-pin', attempt: 1, outcome: 'expired' }),
    );
  });

  test('is published no earlier than its renewed lease ends', async () => {
    const attempt = await following();
    expect(await renewLease(ledger, attempt, 3_600_000)).toBe(true);
    expect((await messageOf(attempt))?.dueInMs).toBeGreaterThan(3_000_000);
  });

  test('is published when it is due again', async () => {
    const attempt = await following();
    await finishAttempt(ledger, attempt, { outcome: 'later', why: null, afterMs: 0 });
    expect(await publishedOf(attempt)).toContain('release-pin');
  });
});

describe('moves at once', () => {
  test('lose nothing, though each decided about a shipment that others have changed', async () => {
    const { id } = await open(ledger);
    const known = await look(ledger, id);
    const others = [ledger, opened.openAnother(), opened.openAnother()];
    const count = 30;
    const results = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        commitMoves(others[index % 3] ?? ledger, {
          id,
          known,
          moves: [
            ({ order: { providerState } }) => ({
              change: { orderDetails: { providerState: (providerState ?? 0) + 1 } },
              note: { event: 'test.counted' },
            }),
          ],
        }),
      ),
    );
    const seen = results.map(({ moved: { shipment } }) => shipment.order.providerState ?? 0);
    expect(seen.toSorted((one, other) => one - other)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect((await look(ledger, id)).order.providerState).toBe(count);
    const counted = (await readHistory(ledger, id)).filter((one) => 'event' in one && one.event === 'test.counted');
    expect(counted).toHaveLength(count);
  });

  test('never end in a claim and a move that both believe to be first', async () => {
    const { id } = await open(ledger);
    const other = opened.openAnother();
    const attempts = Array.from({ length: 20 }, async (_, index) => {
      const through = index % 2 === 0 ? ledger : other;
      if (index % 5 === 0)
        await move(through, id, ({ plan }) => ({
          change: { hold: plan.held ? null : { code: 'left_group', problems: [], since: new Date() } },
          note: { event: 'test.held' },
        }));
      return claimStep(through, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs });
    });
    const claimed = (await Promise.all(attempts)).filter(({ outcome }) => outcome === 'claimed');
    expect(claimed.length).toBeLessThanOrEqual(1);
    const { plan } = await look(ledger, id);
    const message = ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id);
    expect((await message.execute()).length).toBe(plan.held ? 0 : 1);
  });
});

describe('a move that leaves its shipment waiting for a slot', () => {
  async function checked(tenant: string): Promise<{ attempt: StepAttempt; end: () => ReturnType<typeof commitMoves> }> {
    const { id } = await open(ledger, { tenant });
    const attempt = await claim(id, 'check-profile');
    const end = () =>
      commitMoves(ledger, {
        id,
        known: attempt.shipment,
        moves: [({ plan }) => (plan.order === 'requested' ? becomesReady() : null)],
        finish: {
          attempt,
          resultOf: () => ({ outcome: 'done', why: null }),
          chain: { admit: () => true, onClaim: () => undefined, intentOf: () => null },
          leaseMs,
        },
      });
    return { attempt, end };
  }
  const becomesReady = () => ({ change: steps.ready, note: { event: 'test.ready' } });

  test('is one message with its grant and the claim of the step in the slot, also of the first in its tenant', async () => {
    const { end } = await checked('slot-first');
    const ends: Awaited<ReturnType<typeof end>>[] = [];
    // What was opened is notified of by a message of its own, which may come later.
    await ledger.notifier.flush();
    expect(await countStatements(async () => void ends.push(await end()))).toBe(1);
    expect(ends).toMatchObject([
      { moved: { shipment: { plan: { inSlot: true } } }, next: { step: 'enroll-credential', number: 1 } },
    ]);
  });

  test('claims nothing where another one came first, though the step in the slot is next', async () => {
    const { attempt, end } = await checked('slot-raced');
    await move(ledger, attempt.shipment.id, becomesReady);
    expect(await end()).toMatchObject({ moved: { outcome: 'declined' }, next: null });
    expect(await claim(attempt.shipment.id, 'enroll-credential')).toMatchObject({ number: 1 });
  });
});

test('the attempt that follows knows what its tenant has', async () => {
  expect(await following('stocked')).toMatchObject({ flowsOff: [], hasDirectory: false });
  await switchFlow(ledger, { tenant: 'stocked', slug: 'profile-recheck', enabled: false });
  await write(ledger, byHand('stocked'), (scope) => createUser(scope, aUser('ada@example.com')));
  expect(await following('stocked')).toMatchObject({ flowsOff: ['profile-recheck'], hasDirectory: true });
});
