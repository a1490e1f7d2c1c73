import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { jobPriority } from './fair-order.ts';
import { countUnknownSteps, publishDue, type PublishedMessage } from './publish-due.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const createMany = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await open(ledger)).id);
  return ids;
};

async function publish(from: Ledger = ledger, limit = 100): Promise<readonly PublishedMessage[]> {
  const published: PublishedMessage[] = [];
  await publishDue(from, { knownSteps, limit }, async (messages) => void published.push(...messages));
  return published;
}

const unpublished = async () =>
  (await ledger.db.selectFrom('outbox').select('subject_id').where('published_at', 'is', null).execute()).length;

describe('the relay', () => {
  test('publishes who sets up a key now first, single requests before rows of batches, and dry runs last', async () => {
    const dryRun = await open(ledger, { dryRun: true });
    const row = await open(ledger, { trigger: 'batch' });
    const request = await open(ledger);
    const now = await open(ledger, { trigger: 'mfa-initiated' });
    const messages = await publish();
    expect(messages.map(({ subjectId }) => subjectId)).toEqual([now.id, request.id, row.id, dryRun.id]);
    expect(messages.map(({ priority }) => priority)).toEqual([2, 4, 5, 10]);
  });

  test('publishes what is due, in the order of the dispatch ids, once', async () => {
    const ids = await createMany(5);
    const messages = await publish();
    expect(messages.map(({ subjectId }) => subjectId)).toEqual(ids);
    expect(messages[0]).toEqual({
      subjectId: ids[0],
      step: 'check-profile',
      tenant: 'acme',
      dispatchId: expect.any(String),
      priority: 4,
      rank: 1,
    });
    expect(await publish()).toEqual([]);
  });

  test('publishes at most its limit, and returns how many', async () => {
    await createMany(3);
    const publishTwo = () => publishDue(ledger, { knownSteps, limit: 2 }, async () => undefined);
    expect(await publishTwo()).toMatchObject({ published: 2, isMore: true });
    expect(await publishTwo()).toMatchObject({ published: 1, isMore: false });
    expect(await publishTwo()).toMatchObject({ published: 0, isMore: false });
  });

  test('does not call publish when nothing is due', async () => {
    await createMany(1);
    await sql`update outbox set due_at = now() + interval '1 minute'`.execute(ledger.db);
    expect(await publish()).toEqual([]);
  });

  test('finds what another process made due, however their clocks differ', async () => {
    const ahead = opened.openAnother({ now: () => new Date(Date.now() + 3_600_000) });
    const { id } = await open(ahead);
    const behind = opened.openAnother({ now: () => new Date(Date.now() - 3_600_000) });
    expect(await publish(behind)).toMatchObject([{ subjectId: id }]);
  });
});

describe('a publish that fails', () => {
  test('leaves its messages due under the same dispatch ids', async () => {
    await createMany(3);
    const seen: PublishedMessage[] = [];
    const failing = publishDue(ledger, { knownSteps, limit: 100 }, async (messages) => {
      seen.push(...messages);
      throw new RangeError('the queue store is away');
    });
    await expect(failing).rejects.toThrow('the queue store is away');
    expect(await unpublished()).toBe(3);
    expect(await publish()).toEqual(seen);
  });

  test('at its commit leaves them due too', async () => {
    await createMany(2);
    const seen: PublishedMessage[] = [];
    const victim = opened.openAnother({ maxConnections: 1 });
    const failing = publishDue(victim, { knownSteps, limit: 100 }, async (messages) => {
      seen.push(...messages);
      // Waits until it is gone, and its locks with it: the next relay would leave the tenant to it.
      await sql`select pg_terminate_backend(pid, 120000) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()`.execute(
        ledger.db,
      );
    });
    await expect(failing).rejects.toThrow();
    expect(await publish()).toEqual(seen);
  });
});

test('by relays at the same moment, each message is published once', async () => {
  await createMany(40);
  const relays = [ledger, opened.openAnother(), opened.openAnother()];
  const published: string[] = [];
  const run = async (relay: Ledger): Promise<void> => {
    const { isMore, againInMs } = await publishDue(relay, { knownSteps, limit: 7 }, async (messages) => {
      await sql`select pg_sleep(0.01)`.execute(ledger.db);
      published.push(...messages.map(({ dispatchId }) => dispatchId));
    });
    if (isMore || againInMs !== null) await run(relay);
  };
  await Promise.all([...relays, ...relays].map(run));
  expect(published).toHaveLength(40);
  expect(new Set(published).size).toBe(40);
  expect(await unpublished()).toBe(0);
});

test('messages of a step that only a newer version knows stay, are counted, and keep no other back', async () => {
  const ids = await createMany(5);
  await sql`update outbox set step = 'print-label', due_at = now() - interval '1 hour' where subject_id <> ${ids[4]}`.execute(
    ledger.db,
  );
  const published: PublishedMessage[] = [];
  const publish = async (messages: readonly PublishedMessage[]): Promise<void> => void published.push(...messages);
  expect(await publishDue(ledger, { knownSteps, limit: 3 }, publish)).toMatchObject({ published: 1 });
  expect(published).toMatchObject([{ subjectId: ids[4], step: 'check-profile' }]);
  expect(await countUnknownSteps(ledger, knownSteps)).toEqual([{ step: 'print-label', messages: 4 }]);
  const newer = { knownSteps: [...knownSteps, 'print-label'], limit: 10 };
  expect(await publishDue(ledger, newer, publish)).toMatchObject({ published: 4 });
});

describe('a tenant with a backlog', () => {
  const publishWithin = async (slots: number): Promise<string[]> => {
    const seen: string[] = [];
    await publishDue(ledger, { knownSteps, limit: 1_000, slotsOf: () => slots }, async (messages) => {
      seen.push(...inOrder(messages).map(({ tenant }) => tenant));
    });
    return seen;
  };
  const inOrder = (messages: readonly PublishedMessage[]): PublishedMessage[] =>
    messages.toSorted((one, other) => jobPriority(one) - jobPriority(other));
  const many = async (count: number, request: Parameters<typeof open>[1]): Promise<void> => {
    for (let index = 0; index < count; index += 1) await open(ledger, request);
  };

  test('has so many jobs in the queue, and more when those are done', async () => {
    await many(7, {});
    expect(await publishWithin(3)).toHaveLength(3);
    expect(await publishWithin(3)).toHaveLength(0);
    await sql`delete from outbox where subject_id in (
      select subject_id from outbox where published_at is not null limit 2)`.execute(ledger.db);
    expect(await publishWithin(3)).toHaveLength(2);
  });

  test('alternates with others, however many messages each has', async () => {
    await many(6, {});
    await many(2, { tenant: 'globex' });
    await many(1, { tenant: 'initech' });
    const order = await publishWithin(100);
    expect([order.slice(0, 3).toSorted(), order.slice(3, 5).toSorted(), order.slice(5)]).toEqual([
      ['acme', 'globex', 'initech'],
      ['acme', 'globex'],
      ['acme', 'acme', 'acme', 'acme'],
    ]);
  });

  test('is overtaken by one who comes later', async () => {
    await many(20, {});
    await publishWithin(10);
    await many(1, { tenant: 'globex' });
    const [first] = inOrder(await publish());
    expect(first).toMatchObject({ tenant: 'globex', rank: 1 });
  });

  test('that waits for its time takes no place in the queue', async () => {
    await many(3, {});
    expect(await publishWithin(3)).toHaveLength(3);
    await sql`update outbox set due_at = now() + interval '1 hour'`.execute(ledger.db);
    await many(3, {});
    expect(await publishWithin(3)).toHaveLength(3);
  });
});

test('job priorities are those that BullMQ takes, in the order of ranks and then of urgency', () => {
  const all = [0, 1, 2, 3, 4, 5, 10].flatMap((priority) =>
    [1, 2, 99, 1_000_000].map((rank) => jobPriority({ priority, rank })),
  );
  expect(Math.min(...all)).toBeGreaterThan(0);
  expect(Math.max(...all)).toBeLessThan(2 ** 21);
  const order = [
    { priority: 0, rank: 1 },
    { priority: 2, rank: 1 },
    { priority: 4, rank: 1 },
    { priority: 5, rank: 1 },
    { priority: 0, rank: 3 },
    { priority: 10, rank: 1 },
  ];
  expect(order.toSorted((one, other) => jobPriority(one) - jobPriority(other))).toEqual(order);
});
