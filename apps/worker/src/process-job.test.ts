import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Context } from '@keycourier/journey/ports/context';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readHistory } from '@keycourier/ledger/shipments/read-history';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { connectBackend, type QueueBackend } from '@keycourier/queues/backend';
import { until } from '@keycourier/runtime/testing/until';

import { withLease } from './lease.ts';
import { createLedgerPort } from './ledger-port.ts';
import { processJob } from './process-job.ts';
import { freeze } from './testing/freeze.ts';
import { locks } from './testing/limits.ts';
import { takeOver } from './testing/take-over.ts';

const leaseMs = 400;

let ledger: Ledger;
let backend: QueueBackend;
beforeAll(async () => {
  const { ledger: own, url } = await connectTestLedger();
  ledger = own;
  backend = await connectBackend({ redisUrl: undefined, databaseUrl: url, locks }, () => undefined);
});
const closing: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.toReversed()) await one.close();
});
afterAll(() => backend.close());
afterAll(closeTestLedgers);

/** Another worker has the step; then this process freezes for longer than its lease. */
async function loseLease(shipmentId: string): Promise<void> {
  await takeOver(ledger, shipmentId);
  freeze(leaseMs + 1);
}

function harnessThatFreezes(shipmentId: string): Context {
  const { context, org } = createHarness({ shipment: null });
  const user = org.users[0] ?? null;
  const readUser = async (): Promise<typeof user> => {
    await loseLease(shipmentId);
    return user;
  };
  const port = createLedgerPort(ledger, { leaseMs, tenant: context.tenant, credentialOf: async () => null });
  return withLease(
    { ...context, ledger: port, identity: { ...context.identity, readUser } },
    {
      leaseMs,
      renewRegistration: async () => true,
      renewHub: async () => true,
      renew: (attempt) => renewLease(ledger, attempt, leaseMs),
      onError: () => undefined,
    },
  );
}

test('a job that lost its lease while it ran changes nothing, and leaves the step to the other attempt', async () => {
  const { id } = await open(ledger);
  const queue = backend.queue('shipments');
  const ended: unknown[] = [];
  const worker = backend.worker('shipments', 1, (job, token) =>
    processJob(
      {
        context: harnessThatFreezes(id),
        knownSteps,
        onEnded: ({ outcome, why }) => void ended.push({ outcome, why }),
        onUnknownStep: () => undefined,
      },
      job,
      token,
    ),
  );
  closing.push(queue, worker);
  await queue.add([{ name: 'check-profile', id: 'the-job', data: { subjectId: id, dispatchId: null }, priority: 0 }]);
  await until(
    () => ended.length,
    (count) => count > 1,
  );
  expect(ended.slice(0, 2)).toEqual([
    { outcome: 'later', why: 'the attempt lost its lease' },
    { outcome: 'later', why: 'another attempt is running' },
  ]);
  const history = await readHistory(ledger, id);
  expect(history.filter(({ kind }) => kind === 'change')).toMatchObject([{ event: 'shipment.requested' }]);
});

test('a job whose data another version wrote is skipped once, and its shipment is not touched', async () => {
  const { id } = await open(ledger);
  const before = await readHistory(ledger, id);
  const written = { subjectId: id, dispatchId: null, formerName: '7' };
  const queue = backend.queue('shipments');
  const { context } = createHarness({ shipment: null });
  const port = createLedgerPort(ledger, { leaseMs, tenant: context.tenant, credentialOf: async () => null });
  let runs = 0;
  const worker = backend.worker('shipments', 1, (job, token) => {
    runs += 1;
    return processJob(
      { context: { ...context, ledger: port }, knownSteps, onEnded: () => undefined, onUnknownStep: () => undefined },
      job,
      token,
    );
  });
  closing.push(queue, worker);
  await queue.add([{ name: 'check-profile', id: 'of-another-version', data: written, priority: 0 }]);
  await until(
    () => queue.stateOf('of-another-version'),
    (state) => state === 'completed',
  );
  expect(runs).toBe(1);
  expect(await readHistory(ledger, id)).toEqual(before);
});
