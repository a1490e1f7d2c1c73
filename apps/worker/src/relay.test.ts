import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, expect, test } from '@jest/globals';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import type { JobQueue } from '@keycourier/queues/backend';
import { until } from '@keycourier/runtime/testing/until';

import { startRelay } from './relay.ts';

afterAll(closeTestLedgers);

/** Longer than the relay waits before it looks again of itself. */
const outageMs = 1_200;

test('a relay looks again after a failure that took longer than it waits between two looks', async () => {
  const { ledger, url } = await connectTestLedger();
  const { id } = await open(ledger);
  let tries = 0;
  const added: string[] = [];
  const queue: JobQueue = {
    add: async (jobs) => {
      tries += 1;
      if (tries === 1) {
        await sleep(outageMs);
        throw new RangeError('the queue store was away');
      }
      added.push(...jobs.map(({ data }) => data.subjectId));
    },
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
    onLook: () => undefined,
    onError: (error) => void errors.push(error),
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
