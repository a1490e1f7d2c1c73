import { setImmediate } from 'node:timers/promises';

import { afterAll, describe, expect, test } from '@jest/globals';
import {
  acceptDeliveries,
  type AcceptedDelivery,
  type ArrivedDelivery,
} from '@keycourier/ledger/deliveries/accept-deliveries';
import { mayPartSucceed } from '@keycourier/ledger/events/record-delivery';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { countStatements } from '@keycourier/ledger/testing/statement-outcomes';
import { createGroupCommits, LateError, type GroupSettings } from '@keycourier/runtime/group-commits';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { envelope, groupAdd } from '../testing/deliveries.ts';
import { runReceiver, unpackAll, type RunningReceiver } from '../testing/running-receiver.ts';

class BadItemError extends Error {}

/** Commits that end when the test says so. `bad` items fail the group that holds them. */
function createStore(settings: Partial<GroupSettings<string, string>> = {}) {
  const underWay: { tenant: string; items: readonly string[]; end: () => void }[] = [];
  const groups: string[] = [];
  const commit = async (tenant: string, items: readonly string[]): Promise<string[]> => {
    groups.push(items.join('+'));
    await new Promise<void>((resolve) => underWay.push({ tenant, items, end: resolve }));
    if (items.some((item) => item.startsWith('bad'))) throw new BadItemError();
    return items.map((item) => `${item} written`);
  };
  const add = createGroupCommits({
    commit,
    sizeOf: () => 0.25,
    mayPartSucceed: () => true,
    maxConcurrent: 2,
    patienceMs: 600_000,
    maxWaitMs: 600_000,
    ...settings,
  });
  const endOne = async (): Promise<void> => {
    const { end } = await until(
      () => underWay.shift(),
      (one) => one !== undefined,
    ).then((one) => one ?? { end: () => undefined });
    end();
    await setImmediate();
  };
  return { add, groups, endOne };
}

describe('items of one tenant', () => {
  test('are written at once, and together those that come while one is written', async () => {
    const { add, groups, endOne } = createStore();
    const results = ['a', 'b', 'c'].map((item) => add('acme', item));
    expect(groups).toEqual(['a']);
    await endOne();
    expect(groups).toEqual(['a', 'b+c']);
    await endOne();
    expect(await Promise.all(results)).toEqual(['a written', 'b written', 'c written']);
    void add('acme', 'd');
    expect(groups.at(-1)).toBe('d');
  });

  test('that fill a group do not wait for the one before, and are never more than a group', async () => {
    const { add, groups } = createStore();
    for (const item of ['a', 'b', 'c', 'd', 'e', 'f']) void add('acme', item);
    expect(groups).toEqual(['a', 'b+c+d+e']);
  });

  test('begin another statement when the one under way takes long', async () => {
    const { add, groups } = createStore({ patienceMs: 200 });
    for (const item of ['a', 'b', 'c']) void add('acme', item);
    await until(
      () => groups,
      ({ length }) => length === 2,
    );
    expect(groups).toEqual(['a', 'b+c']);
  });

  test('fail alone where one of their group is bad', async () => {
    const { add, groups, endOne } = createStore();
    const results = ['a', 'b', 'bad', 'c'].map((item) => add('acme', item).catch((error: unknown) => error));
    for (let end = 0; end < 5; end += 1) await endOne();
    expect(groups).toEqual(['a', 'b+bad+c', 'b', 'bad', 'c']);
    expect(await Promise.all(results)).toEqual(['a written', 'b written', expect.any(BadItemError), 'c written']);
  });

  test('all fail where the store does', async () => {
    const { add, groups, endOne } = createStore({ mayPartSucceed: () => false });
    const results = ['a', 'bad', 'b'].map((item) => add('acme', item).catch(() => 'failed'));
    await endOne();
    await endOne();
    expect(groups).toEqual(['a', 'bad+b']);
    expect(await Promise.all(results)).toEqual(['a written', 'failed', 'failed']);
  });

  test('that waited too long are not written', async () => {
    const { add, groups } = createStore({ maxWaitMs: -1 });
    await expect(add('acme', 'a')).rejects.toThrow(LateError);
    expect(groups).toEqual([]);
  });

  test('have all their time again where the group that they were in took it before it failed', async () => {
    const settings = { sizeOf: () => 0.5, maxConcurrent: 3, maxWaitMs: 100 };
    const { add, groups, endOne } = createStore(settings);
    const results = ['a', 'b', 'bad'].map((item) => add('acme', item).catch((error: unknown) => error));
    expect(groups).toEqual(['a', 'b+bad']);
    const sinceMs = performance.now();
    await until(
      () => performance.now() - sinceMs,
      (ms) => ms > settings.maxWaitMs,
    );
    for (let end = 0; end < 2; end += 1) await endOne();
    expect(groups).toEqual(['a', 'b+bad', 'b', 'bad']);
    for (let end = 0; end < 2; end += 1) await endOne();
    expect(await Promise.all(results)).toEqual(['a written', 'b written', expect.any(BadItemError)]);
  });

  test('of several kinds are written apart, and have the statements of one tenant', async () => {
    const { add, groups, endOne } = createStore({ kindOf: (item) => item.slice(0, 1) });
    for (const item of ['x1', 'y1', 'x2', 'z1', 'y2', 'y3', 'y4']) void add('acme', item);
    expect(groups).toEqual(['x1', 'y1+y2+y3+y4']);
    for (let end = 0; end < 4; end += 1) await endOne();
    expect(groups).toEqual(['x1', 'y1+y2+y3+y4', 'x2', 'z1']);
  });

  test('do not wait for those of another', async () => {
    const { add, groups } = createStore();
    void add('acme', 'a');
    void add('globex', 'b');
    expect(groups).toEqual(['a', 'b']);
  });
});

describe('deliveries of the same moment', () => {
  let receiver: RunningReceiver;
  afterAll(() => receiver.stop());

  test('are committed by one statement, and one bad delivery among them is answered 503 alone', async () => {
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    let groups = 0;
    let waiting = 0;
    const add = createGroupCommits<ArrivedDelivery, AcceptedDelivery>({
      commit: async (tenant, deliveries) => {
        groups += 1;
        if (groups === 1) await first;
        return acceptDeliveries(receiver.ledger, tenant, deliveries);
      },
      sizeOf: () => 0.01,
      mayPartSucceed,
      maxConcurrent: 4,
      patienceMs: 600_000,
      maxWaitMs: 600_000,
    });
    receiver = await runReceiver({
      recordTimeoutMs: 600_000,
      accept: (tenant, delivery) => {
        waiting += 1;
        return add(tenant, delivery);
      },
    });
    const deliver = async (labels: readonly string[]): Promise<number[]> => {
      const before = waiting;
      const answers = labels.map((label) => receiver.deliver(envelope([groupAdd(eventUuid(label))])));
      await until(
        () => waiting - before,
        (count) => count === labels.length,
      );
      release();
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    const labels = Array.from({ length: 20 }, (_, index) => `u-${index}`);
    let statuses: number[] = [];
    // Beside the two inserts at most as many notifications of the relay.
    expect(await countStatements(async () => (statuses = await deliver(labels)))).toBeLessThanOrEqual(4);
    expect(statuses).toEqual(labels.map(() => 204));
    expect(groups).toBe(2);
    await unpackAll(receiver.ledger);
    expect(await receiver.ledger.db.selectFrom('inbound_events').select('id').execute()).toHaveLength(20);
    expect(await receiver.ledger.db.selectFrom('outbox').select('step').execute()).toHaveLength(20);

    await sql`create function refuse() returns trigger language plpgsql as $$ begin
      if new.uuid = ${sql.lit(eventUuid('bad'))} then raise 'no'; end if; return new; end $$`.execute(
      receiver.ledger.db,
    );
    await sql`create trigger refuse before insert on inbound_events for each row execute function refuse()`.execute(
      receiver.ledger.db,
    );
    expect(await deliver(['v-1', 'v-2', 'bad', 'v-3'])).toEqual([204, 204, 503, 204]);
  });
});
