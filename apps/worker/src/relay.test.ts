import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, expect, test } from '@jest/globals';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { priorities } from '@keycourier/ledger/outbox/add-messages';
import { slotsOf } from '@keycourier/ledger/outbox/pace';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import type { JobQueue } from '@keycourier/queues/backend';
import { createClient } from '@keycourier/runtime/postgres-pool';
import { until } from '@keycourier/runtime/testing/until';

import { gatherMs, startRelay } from './relay.ts';

afterAll(closeTestLedgers);

/** Longer than the relay waits before it looks again of itself. */
const outageMs = 1_200;

const relayOn = (
  ledger: Ledger,
  url: string,
  add: JobQueue['add'],
  onLook: Parameters<typeof startRelay>[0]['onLook'] = () => undefined,
) => {
  const queue: JobQueue = {
    add,
    stateOf: async () => 'unknown',
    load: async () => ({ waiting: 0, active: 0 }),
    close: async () => undefined,
  };
  const errors: unknown[] = [];
  const relay = startRelay({
    ledger,
    databaseUrl: url,
    queues: new Map(queueNames.map((name) => [name, queue])),
    knownSteps,
    onLook,
    onError: (error) => void errors.push(error),
  });
  return { relay, errors };
};

/** Counts what relays are notified of through Postgres. */
async function listener(url: string): Promise<{ count: () => number; end: () => Promise<void> }> {
  const client = createClient({ databaseUrl: url, use: 'job', applicationName: 'test' });
  let count = 0;
  client.on('notification', () => (count += 1));
  await client.connect();
  await client.query('listen keycourier_outbox');
  return { count: () => count, end: () => client.end() };
}

test('a relay is notified by its own process without Postgres, and hands over what it leaves when it ends', async () => {
  const { ledger, url } = await connectTestLedger();
  const heard = await listener(url);
  const added: string[] = [];
  const { relay } = relayOn(ledger, url, async (jobs) => void added.push(...jobs.map(({ data }) => data.subjectId)));
  const { id } = await open(ledger, { notify: false });
  ledger.notifier.notify();
  await until(
    () => added,
    (all) => all.includes(id),
  );
  expect(heard.count()).toBe(0);
  await relay.close();
  await until(heard.count, (count) => count > 0);
  await heard.end();
});

test('a relay that cannot publish notifies the others, once', async () => {
  const { ledger, url } = await connectTestLedger();
  const heard = await listener(url);
  // Before the relay looks: one that has failed already would pass on a notification of this process as well.
  await open(ledger, { notify: false });
  const { relay, errors } = relayOn(ledger, url, () => Promise.reject(new RangeError('the queue store is away')));
  await until(heard.count, (count) => count > 0);
  await until(
    () => errors.length,
    (count) => count > 2,
  );
  expect(heard.count()).toBe(1);
  await relay.close();
  await heard.end();
});

test('a relay looks again after a failure that took longer than it waits between two looks', async () => {
  const { ledger, url } = await connectTestLedger();
  const { id } = await open(ledger);
  let tries = 0;
  const added: string[] = [];
  const { relay, errors } = relayOn(ledger, url, async (jobs) => {
    tries += 1;
    if (tries === 1) {
      await sleep(outageMs);
      throw new RangeError('the queue store was away');
    }
    added.push(...jobs.map(({ data }) => data.subjectId));
  });
  try {
    expect(
      await until(
        () => added,
        ({ length }) => length > 0,
      ),
    ).toEqual([id]);
    expect(errors).toHaveLength(1);
  } finally {
    await relay.close();
  }
});

test('while messages wait for calls of their tenant, what ends between two looks is one of them', async () => {
  const { ledger, url } = await connectTestLedger();
  const shipments = await Promise.all(Array.from({ length: 9 }, () => open(ledger)));
  const published: number[] = [];
  const waiting: number[] = [];
  const looksAtMs: number[] = [];
  const { relay } = relayOn(
    ledger,
    url,
    async (jobs) => void published.push(jobs.length),
    ({ heldBack }) => {
      waiting.push(heldBack.size);
      looksAtMs.push(performance.now());
      relay.onJobEnded('done');
    },
  );
  try {
    const [first = Number.NaN, ...others] = await until(
      () => looksAtMs.slice(),
      ({ length }) => length > 10,
    );
    // The wait is cut to whole milliseconds, and its timer may be one early.
    expect(others.filter((atMs, index) => atMs - (others[index - 1] ?? first) < gatherMs - 2)).toEqual([]);
    expect(published).toEqual([slotsOf(priorities.event)]);
    expect(published[0]).toBeLessThan(shipments.length);
    expect(new Set(waiting)).toEqual(new Set([1]));
  } finally {
    await relay.close();
  }
});
