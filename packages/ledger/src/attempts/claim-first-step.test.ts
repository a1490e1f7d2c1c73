import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SeenUser } from '@keycourier/journey/model/seen-user';
import type { Trigger } from '@keycourier/journey/model/shipment';
import type { RecordedVerdict } from '@keycourier/journey/ports/ledger';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { eventOf, userTarget } from '@keycourier/journey/testing/okta-events';
import { sampleUser } from '@keycourier/journey/testing/samples';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { recordVerdict } from '../events/record-verdict.ts';
import { recordLimits } from '../outbox/budgets.ts';
import { slotsOf } from '../outbox/pace.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { aRequest, open } from '../testing/sample-shipments.ts';
import { withOutcomes } from '../testing/statement-outcomes.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger({ maxConnections: 20 });
  ledger = opened.ledger;
});
// A notification that is still sent would count as a message of the next test.
afterEach(() => ledger.notifier.flush());

let events = 0;
const leaseMs = 60_000;

async function record(eventType = 'group.user_membership.add', userId?: string): Promise<string> {
  events += 1;
  const uuid = eventUuid(events);
  const body = userId === undefined ? {} : eventOf(eventType, [{ ...userTarget, id: userId }], { uuid });
  const event = { uuid, eventType, published: null, body, setAside: null };
  await recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event] });
  const found = ledger.db.selectFrom('inbound_events').select('id').where('uuid', '=', uuid);
  return (await found.executeTakeFirstOrThrow()).id;
}

interface Decided {
  recorded: RecordedVerdict;
  /** The attempt's step that is to be run at once. */
  follows: string | undefined;
  claims: boolean[];
}

async function decide(
  eventId: string,
  { trigger = 'group-add', isAdmitted = true, seen }: { trigger?: Trigger; isAdmitted?: boolean; seen?: SeenUser } = {},
): Promise<Decided> {
  const claims: boolean[] = [];
  const userId = seen?.user.id ?? `00u-${eventId}`;
  const { pinPolicy, ...request } = aRequest({ trigger, userId, login: `${eventId}@example.com` });
  const chain = {
    admit: () => isAdmitted,
    onClaim: (isClaimed: boolean) => void claims.push(isClaimed),
    intentOf: () => null,
  };
  const verdict = { verdict: 'key_request', request, ...(seen && { seen }) } as const;
  const recorded = await recordVerdict(ledger, {
    eventId,
    verdict,
    pinPolicyOf: () => pinPolicy,
    first: { chain, leaseMs },
  });
  return { recorded, follows: recorded.outcome === 'created' ? recorded.next?.step : undefined, claims };
}

/** As the relay does. */
async function publish(): Promise<readonly string[]> {
  const published: string[] = [];
  await publishDue(ledger, { knownSteps, limit: 100, slotsOf }, async (messages) => {
    published.push(...messages.filter(({ step }) => step === 'check-profile').map(({ subjectId }) => subjectId));
  });
  return published;
}

async function endLeases(): Promise<void> {
  await sql`update step_attempts set leased_until = now() - interval '1 ms'`.execute(ledger.db);
  await sql`update outbox set due_at = now() where published_at is null`.execute(ledger.db);
}

const openSome = async (count: number, trigger: Trigger): Promise<void> => {
  for (let index = 0; index < count; index += 1) await open(ledger, { trigger });
};

describe('the first step of a shipment that an event asks for', () => {
  test('is claimed with the verdict, and published when its lease has ended', async () => {
    const { recorded, claims } = await decide(await record());
    const next = { step: 'check-profile', number: 1, failures: 0 };
    expect(recorded).toMatchObject({ outcome: 'created', next });
    expect(claims).toEqual([true]);
    expect(await publish()).toEqual([]);
    await endLeases();
    expect(await publish()).toEqual([recorded.outcome === 'created' ? recorded.shipmentId : '']);
  });

  test('is not claimed again where the event comes again', async () => {
    const id = await record();
    await decide(id);
    expect(await decide(id)).toMatchObject({ follows: undefined, claims: [false] });
  });

  test('has a place at each service as one with a job has: none is taken twice', async () => {
    await openSome(3, 'api');
    await publish();
    const [first, second] = [await record(), await record()];
    expect(await decide(first)).toMatchObject({ follows: 'check-profile' });
    expect(await decide(second)).toMatchObject({ follows: undefined, claims: [false] });
    expect(await publish()).toEqual([]);
  });

  test('of a user who sets up a key now has the places that are kept for those', async () => {
    await openSome(4, 'api');
    await publish();
    expect(await decide(await record(), { trigger: 'mfa-initiated' })).toMatchObject({ follows: 'check-profile' });
  });

  test('of many events at once takes no more places than the tenant has', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await record());
    const decided = await Promise.all(ids.map((id) => decide(id)));
    // None, where each saw another that waits.
    const claimed = decided.filter(({ follows }) => follows !== undefined).length;
    const published = await publish();
    expect(claimed + published.length).toBe(slotsOf(3));
  });

  test('waits for its turn behind what is as urgent, and not behind a batch', async () => {
    await openSome(1, 'batch');
    expect(await decide(await record())).toMatchObject({ follows: 'check-profile' });
    await openSome(1, 'group-add');
    expect(await decide(await record())).toMatchObject({ follows: undefined });
    expect(await decide(await record(), { trigger: 'mfa-initiated' })).toMatchObject({ follows: 'check-profile' });
  });

  test('is left to the relay while a relay publishes for the tenant', async () => {
    const id = await record();
    await ledger.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('keycourier_outbox'), hashtext('acme'))`.execute(tx);
      expect(await decide(id)).toMatchObject({ follows: undefined, claims: [false] });
    });
    expect(await publish()).toHaveLength(1);
  });

  test('waits for calls of a rate limit that is used up', async () => {
    const answer = { calls: 600, windowMs: 60_000, remaining: 0, resetsInMs: 50_000 };
    const limit = { tenant: 'acme', service: 'okta', rateLimit: '/api/v1/users' };
    await recordLimits(ledger, [{ ...limit, answer, uncharged: { all: 0, batch: 0 } }]);
    expect(await decide(await record())).toMatchObject({ follows: undefined, claims: [false] });
  });

  test('waits for the end of a pause', async () => {
    await sql`insert into tenants (name, paused_until) values ('acme', now() + interval '1 minute')
      on conflict (name) do update set paused_until = excluded.paused_until`.execute(ledger.db);
    expect(await decide(await record())).toMatchObject({ follows: undefined, claims: [false] });
  });

  test('has a job of its own where it is not admitted', async () => {
    expect(await decide(await record(), { isAdmitted: false })).toMatchObject({ follows: undefined, claims: [false] });
    expect(await publish()).toHaveLength(1);
  });

  test.each(['lost_before', 'lost_after'] as const)(
    'is run once, whichever message of the verdict is %s',
    async (outcome) => {
      const undisturbed = await record();
      const messages = await withOutcomes(
        () => 'sent',
        () => decide(undisturbed),
      );
      expect(messages).toBe(2);
      for (let at = 1; at <= messages; at += 1) {
        await endLeases();
        await publish();
        await sql`update outbox set published_at = now(), due_at = now() + interval '1 hour'`.execute(ledger.db);
        const id = await record();
        await withOutcomes(
          (number) => (number === at ? outcome : 'sent'),
          () => decideOrFail(id),
        );
        await decideOrFail(id);
        await endLeases();
        const of = ledger.db.selectFrom('shipments').select('id').where('okta_user_id', '=', `00u-${id}`);
        const made = await of.execute();
        expect(made).toHaveLength(1);
        expect(await publish()).toEqual([made[0]?.id]);
      }
    },
  );
});

const decideOrFail = (id: string): Promise<unknown> => decide(id).catch((error: unknown) => error);

describe('whom Okta showed for the event', () => {
  const seenOf = (id: string): SeenUser => ({ user: sampleUser({ id }), at: ledger.now() });

  /** @returns whom the attempt knows */
  async function seenIn(seen: SeenUser): Promise<SeenUser | undefined> {
    const { recorded } = await decide(await record(), { seen });
    expect(recorded).toMatchObject({ outcome: 'created', next: { step: 'check-profile' } });
    return recorded.outcome === 'created' ? recorded.next?.seen : undefined;
  }

  test('the attempt at the first step knows', async () => {
    const seen = seenOf('00u1');
    await record('user.account.update_profile', '00uAnother');
    await record('group.user_membership.remove', '00u1');
    expect(await seenIn(seen)).toEqual(seen);
  });

  test.each(['user.account.update_profile', 'user.lifecycle.deactivate'])(
    'it does not know after an event %s, which may have been decided without the shipment',
    async (eventType) => {
      const seen = seenOf('00u1');
      await record(eventType, '00u1');
      expect(await seenIn(seen)).toBeUndefined();
    },
  );

  test('it does not know after one of the minute before, by a clock that may be behind', async () => {
    for (const [id, laterMs] of [
      ['00u1', 59_000],
      ['00u2', 61_000],
    ] as const) {
      await record('user.account.update_profile', id);
      const { user, at } = seenOf(id);
      const seen = await seenIn({ user, at: new Date(at.getTime() + laterMs) });
      expect(seen?.user.id).toBe(id === '00u2' ? '00u2' : undefined);
    }
  });
});
