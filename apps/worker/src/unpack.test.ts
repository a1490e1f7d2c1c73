import { afterAll, expect, test } from '@jest/globals';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import { acceptDeliveries, arrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import type { UnpackedDeliveries } from '@keycourier/ledger/deliveries/unpack-delivery';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { startRelay } from './relay.ts';
import { startUnpacking } from './unpack.ts';

afterAll(closeTestLedgers);

const arrived = (label: string, count: number) => {
  const events = Array.from({ length: count }, (_, index) => ({
    uuid: eventUuid(`${label}-${index}`),
    eventType: 'user.account.update_profile',
  }));
  return arrivedDelivery({ envelopeEventId: null, events }, JSON.stringify({ data: { events } }));
};

test('what a receiver keeps is unpacked when it notifies, and its jobs are published', async () => {
  const { ledger, url, openAnother } = await connectTestLedger();
  const receiver = openAnother();
  const jobs: string[] = [];
  let notified = 0;
  const unpacking = startUnpacking({ ledger, onUnpacked: () => undefined, onError: () => undefined });
  const relay = startRelay({
    ledger,
    databaseUrl: url,
    queues: new Map(
      queueNames.map((name) => [
        name,
        {
          add: async (added) => void jobs.push(...added.map(({ data }) => data.subjectId)),
          stateOf: async () => 'unknown',
          load: async () => ({ waiting: 0, active: 0 }),
          close: async () => undefined,
        },
      ]),
    ),
    knownSteps,
    onLook: () => undefined,
    onDeliveries: () => {
      notified += 1;
      unpacking.wake();
    },
    onError: () => undefined,
  });
  const notifiedAgain = (times: number) =>
    until(
      () => notified,
      (count) => count >= times,
    );
  // Once it listens: deliveries may have come before.
  await notifiedAgain(1);
  await acceptDeliveries(receiver, 'acme', [arrived('a', 20)]);
  await notifiedAgain(2);
  await until(
    () => jobs.length,
    (count) => count > 0,
  );
  await relay.close();
  await unpacking.close();
});

test('two workers unpack each delivery once, and a tenant with many delays another by one', async () => {
  const { ledger, openAnother } = await connectTestLedger();
  for (let number = 0; number < 12; number += 1) await acceptDeliveries(ledger, 'acme', [arrived(`a-${number}`, 20)]);
  await acceptDeliveries(ledger, 'globex', [arrived('g', 20)]);
  const unpacked: { worker: number; tenant: string; one: UnpackedDeliveries }[] = [];
  const workers = [ledger, openAnother()].map((own, worker) =>
    startUnpacking({
      ledger: own,
      onUnpacked: (tenant, one) => void unpacked.push({ worker, tenant, one }),
      onError: () => undefined,
    }),
  );
  await until(
    () => unpacked.length,
    (count) => count === 13,
  );
  expect(unpacked.every(({ one: { recorded } }) => recorded === 20)).toBe(true);
  // A worker takes one of each tenant before its second of any; how many the other one has unpacked meanwhile is open.
  const taker = unpacked.find(({ tenant }) => tenant === 'globex')?.worker;
  const ofTaker = unpacked.filter(({ worker }) => worker === taker).map(({ tenant }) => tenant);
  expect(ofTaker.indexOf('globex')).toBeLessThanOrEqual(1);
  for (const worker of workers) await worker.close();
});

test('a delivery that cannot be unpacked is reported, and those behind it are unpacked', async () => {
  const { ledger } = await connectTestLedger();
  await acceptDeliveries(ledger, 'acme', [arrived('bad', 20)]);
  await sql`update inbound_deliveries set body = 'k9.' || repeat('A', 60)`.execute(ledger.db);
  await acceptDeliveries(ledger, 'acme', [arrived('good', 20)]);
  const errors: unknown[] = [];
  const unpacked: UnpackedDeliveries[] = [];
  const worker = startUnpacking({
    ledger,
    onUnpacked: (_, one) => void unpacked.push(one),
    onError: (error) => void errors.push(error),
  });
  await until(
    () => unpacked.length,
    (count) => count === 1,
  );
  expect(errors).toContainEqual(expect.objectContaining({ code: 'cannot_unseal' }));
  await worker.close();
});
