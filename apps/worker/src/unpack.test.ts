import { afterAll, describe, expect, test } from '@jest/globals';
import { knownSteps, queueNames } from '@keycourier/journey/steps/steps';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { acceptDeliveries, arrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import type { PutOff } from '@keycourier/ledger/deliveries/put-off-delivery';
import type { UnpackedDeliveries } from '@keycourier/ledger/deliveries/unpack-delivery';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';
import { Registry } from 'prom-client';

import { addKeptDeliveryAge } from './metrics.ts';
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

const silent = { onPutOff: () => undefined, onError: () => undefined };

test('what a receiver keeps is unpacked when it notifies, and its jobs are published', async () => {
  const { ledger, url, openAnother } = await connectTestLedger();
  const receiver = openAnother();
  const jobs: string[] = [];
  let notified = 0;
  const unpacking = startUnpacking({ ledger, ...silent, onUnpacked: () => undefined });
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

test('two workers unpack each delivery once', async () => {
  const { ledger, openAnother } = await connectTestLedger();
  for (let number = 0; number < 12; number += 1) await acceptDeliveries(ledger, 'acme', [arrived(`a-${number}`, 20)]);
  await acceptDeliveries(ledger, 'globex', [arrived('g', 20)]);
  const unpacked: UnpackedDeliveries[] = [];
  const workers = [ledger, openAnother()].map((own) =>
    startUnpacking({
      ...silent,
      ledger: own,
      onUnpacked: (_, one) => void unpacked.push(one),
    }),
  );
  await until(
    () => unpacked.length,
    (count) => count === 13,
  );
  expect(unpacked.every(({ recorded }) => recorded === 20)).toBe(true);
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
    onPutOff: () => undefined,
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

describe('while a delivery of one tenant', () => {
  /** Starts to unpack, and resolves once a delivery of another tenant is. */
  async function untilOther(ledger: Ledger, onError: (error: unknown) => void): Promise<() => Promise<void>> {
    const unpacked: string[] = [];
    const { close } = startUnpacking({
      ...silent,
      ledger,
      onUnpacked: (tenant) => void unpacked.push(tenant),
      onError,
    });
    await until(
      () => unpacked,
      (tenants) => tenants.includes('globex'),
    );
    return close;
  }

  test('can neither be unpacked nor put off, those of another are unpacked', async () => {
    const { ledger } = await connectTestLedger();
    await acceptDeliveries(ledger, 'acme', [arrived('bad', 20)]);
    await sql`update inbound_deliveries set body = 'k9.' || repeat('A', 60)`.execute(ledger.db);
    await sql`alter table inbound_deliveries add constraint never_put_off check (failures = 0)`.execute(ledger.db);
    await acceptDeliveries(ledger, 'globex', [arrived('good', 20)]);
    const errors: unknown[] = [];
    const close = await untilOther(ledger, (error) => void errors.push(error));
    // It is tried again, though nothing is written of its failure.
    await until(
      () => errors.length,
      (count) => count > 1,
    );
    expect(errors).toContainEqual(expect.objectContaining({ code: 'cannot_unseal' }));
    await close();
  });

  test('waits for a lock, those of another are unpacked', async () => {
    const { ledger } = await connectTestLedger();
    const holder = await ledger.db.startTransaction().execute();
    await sql`insert into inbound_events (id, tenant, uuid, event_type, state)
      values ('evt_1', 'acme', ${eventUuid('held-3')}, 't', 'received')`.execute(holder);
    await acceptDeliveries(ledger, 'acme', [arrived('held', 20)]);
    await acceptDeliveries(ledger, 'globex', [arrived('good', 20)]);
    const close = await untilOther(ledger, () => undefined);
    await holder.rollback().execute();
    await close();
  });
});

test('a worker that starts unpacks at once what others have put off, and says how often a delivery has failed', async () => {
  const { ledger } = await connectTestLedger();
  await acceptDeliveries(ledger, 'acme', [arrived('bad', 20)]);
  await sql`update inbound_deliveries set body = 'k9.' || repeat('A', 60), failures = 11,
    due_at = now() + interval '1 hour'`.execute(ledger.db);
  const putOff: PutOff[] = [];
  const { close } = startUnpacking({
    ...silent,
    ledger,
    onUnpacked: () => undefined,
    onPutOff: (_, delivery) => void putOff.push(delivery),
  });
  await until(
    () => putOff.length,
    (count) => count > 0,
  );
  expect(putOff).toMatchObject([{ failures: 12, isReported: true, isSetAside: false }]);
  await close();
});

test('the age of the oldest delivery that is not unpacked is a metric of its tenant', async () => {
  const { ledger } = await connectTestLedger();
  const registry = new Registry();
  addKeptDeliveryAge(registry, ledger);
  await acceptDeliveries(ledger, 'acme', [arrived('a', 20)]);
  await sql`update inbound_deliveries set received_at = now() - interval '1 hour'`.execute(ledger.db);
  await acceptDeliveries(ledger, 'acme', [arrived('b', 20)]);
  expect(await registry.metrics()).toMatch(/^keycourier_oldest_kept_delivery_seconds\{tenant="acme"\} 36\d\d/m);
  await sql`delete from inbound_deliveries`.execute(ledger.db);
  expect(await registry.metrics()).not.toContain('tenant="acme"');
});
