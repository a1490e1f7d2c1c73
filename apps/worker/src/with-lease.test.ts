import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context } from '@keycourier/journey/ports/context';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';
import { createHarness, type Harness } from '@keycourier/journey/testing/harness';
import { claimStep } from '@keycourier/ledger/attempts/claim-step';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { aRequest, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { until } from '@keycourier/runtime/testing/until';

import { LeaseLostError } from './hold-lease.ts';
import { withLease } from './lease.ts';
import { createLedgerPort } from './ledger-port.ts';
import { freeze } from './testing/freeze.ts';
import { takeOver } from './testing/take-over.ts';

const leaseMs = 400;
/** Of a renewal: the lease does not run out when the next one is late. */
const renewedMs = 60_000;

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

/** The context of one job on the real ledger. */
function createJob(harness: Harness = createHarness({ shipment: null })): {
  context: Context;
  renewed: boolean[];
  /** The registrations whose attempts were renewed. */
  renewedRegistrations: string[];
  harness: Harness;
} {
  const renewed: boolean[] = [];
  const renewedRegistrations: string[] = [];
  const port = createLedgerPort(ledger, { leaseMs, tenant: harness.context.tenant, credentialOf: async () => null });
  const context = withLease(
    { ...harness.context, ledger: port },
    {
      leaseMs,
      renewRegistration: async ({ id }) => renewedRegistrations.push(id) > 0,
      renewHub: async () => true,
      renew: async (attempt) => {
        const isRenewed = await renewLease(ledger, attempt, renewedMs);
        renewed.push(isRenewed);
        return isRenewed;
      },
      onError: () => undefined,
    },
  );
  return { context, renewed, renewedRegistrations, harness };
}

async function claim(context: Context, shipmentId: string): Promise<StepAttempt> {
  const result = await context.ledger.claimStep('check-profile', shipmentId, null);
  if (result.outcome !== 'claimed') throw new RangeError(`the test's claim was ${result.outcome}`);
  return result.attempt;
}

const cancel = (context: Context, id: string) =>
  context.ledger.move(id, () => ({ change: { order: 'cancelled' }, note: { event: 'test.moved' } }));

const finishByMove = (context: Context, attempt: StepAttempt) =>
  context.ledger.finishWithMove(
    attempt,
    {
      moves: [() => ({ change: { order: 'ready', profileChecked: true }, note: { event: 'test.moved' } })],
      resultOf: () => ({ outcome: 'done', why: null }),
    },
    { admit: () => true, onClaim: () => undefined, intentOf: () => null },
  );

describe('an attempt', () => {
  test('that makes another step next hands its lease on to the attempt at that', async () => {
    const { context, renewed } = createJob();
    const { id } = await open(ledger);
    const { next } = await finishByMove(context, await claim(context, id));
    expect(next).toMatchObject({ step: 'enroll-credential' });
    const from = renewed.length;
    await until(
      () => renewed.length,
      (count) => count > from + 9,
    );
    const other = await claimStep(ledger, { step: 'enroll-credential', shipmentId: id, dispatchId: null, leaseMs });
    expect(other.outcome).toBe('already_running');
    expect((await cancel(context, id)).outcome).toBe('moved');
  });

  test('that is claimed with the verdict on its event is renewed', async () => {
    const { context, renewed } = createJob();
    const event = { uuid: 'u1', eventType: 't', published: null, body: {}, setAside: null };
    await recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event] });
    const { id } = await ledger.db.selectFrom('inbound_events').select('id').executeTakeFirstOrThrow();
    const { pinPolicy: _, ...request } = aRequest({ trigger: 'mfa-initiated' });
    const chain = { admit: () => true, onClaim: () => undefined, intentOf: () => null };
    const recorded = await context.ledger.recordVerdict(id, { verdict: 'key_request', request }, chain);
    await until(
      () => renewed.length,
      (count) => count > 9,
    );
    const shipmentId = recorded.outcome === 'created' ? recorded.shipmentId : '';
    const other = await claimStep(ledger, { step: 'check-profile', shipmentId, dispatchId: null, leaseMs });
    expect(other.outcome).toBe('already_running');
    expect((await cancel(context, shipmentId)).outcome).toBe('moved');
  });

  test('outlasts its lease many times while it is renewed, and no other is claimed', async () => {
    const { context, renewed, harness } = createJob();
    const { id } = await open(ledger);
    const attempt = await claim(context, id);
    await until(
      () => renewed.length,
      (count) => count > 9,
    );
    const other = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs });
    expect(other.outcome).toBe('already_running');
    expect(await context.identity.readUser('acme', harness.org.users[0]?.id ?? '')).not.toBeNull();
    expect((await cancel(context, id)).outcome).toBe('moved');
    await context.ledger.finishAttempt(attempt, { outcome: 'done', why: null });
  });

  test('whose renewal fails moves nothing and makes no call', async () => {
    const { context, renewed, harness } = createJob();
    const { id } = await open(ledger);
    const attempt = await claim(context, id);
    await takeOver(ledger, id);
    await until(
      () => renewed.includes(false),
      (isLost) => isLost,
    );
    await expect(cancel(context, id)).rejects.toThrow(LeaseLostError);
    await expect(finishByMove(context, attempt)).rejects.toThrow(LeaseLostError);
    await expect(context.identity.readUser('acme', '00u1')).rejects.toThrow(LeaseLostError);
    await expect(context.identity.sendPin('acme', '00u1', 'enr-1')).rejects.toThrow(LeaseLostError);
    await expect(context.fulfillment.signingKeys('acme')).rejects.toThrow(LeaseLostError);
    const pinCopy = { jwe: '', signingKeys: [], mayBeUnsigned: false };
    const mail = {
      to: '',
      firstName: '',
      messageId: '',
      purpose: 'primary',
      orderId: '',
      serial: '',
      pinCopy,
    } as const;
    await expect(context.mail.sendPinMail('acme', mail)).rejects.toThrow(LeaseLostError);
    expect(harness.calls).toEqual([]);
    expect((await look(ledger, id)).plan.order).toBe('requested');
  });

  test('of a process that was frozen meanwhile moves nothing and makes no call', async () => {
    const { context, harness } = createJob();
    const { id } = await open(ledger);
    await claim(context, id);
    await takeOver(ledger, id);
    freeze(leaseMs + 1);
    await expect(context.identity.readUser('acme', '00u1')).rejects.toThrow(LeaseLostError);
    await expect(cancel(context, id)).rejects.toThrow(LeaseLostError);
    expect(harness.calls).toEqual([]);
  });

  test('at a registration is renewed from its claim to its end', async () => {
    const { context, renewedRegistrations, harness } = createJob();
    const attempt = { org: 'acme', userId: '00u1', wanted: true, version: '1', leaseId: 'lease_1', failures: 0 };
    harness.registrations.set('reg_1', {
      attempt: { id: 'reg_1', ...attempt },
      isLeased: false,
      results: [],
      requestIds: [],
    });
    await context.registrations.claim('reg_1', null);
    await until(
      () => renewedRegistrations,
      (ids) => ids.includes('reg_1'),
    );
    await context.registrations.drop({ id: 'reg_1', ...attempt });
    const renewals = renewedRegistrations.length;
    freeze(leaseMs + 1);
    await context.identity.readUser('acme', '00u1');
    expect(renewedRegistrations).toHaveLength(renewals);
    expect(harness.registrations.get('reg_1')).toMatchObject({ isLeased: false });
  });

  test('that is finished leaves the job free to move again', async () => {
    const { context } = createJob();
    const { id } = await open(ledger);
    const attempt = await claim(context, id);
    await takeOver(ledger, id);
    freeze(leaseMs + 1);
    await context.ledger.finishAttempt(attempt, { outcome: 'threw', why: 'LeaseLostError' });
    expect((await context.ledger.move(id, () => null)).outcome).toBe('declined');
  });

  test('that lost its lease does not stop another job', async () => {
    const [one, other] = [createJob(), createJob()];
    const [taken, kept] = [await open(ledger), await open(ledger)];
    await claim(one.context, taken.id);
    const keptAttempt = await claim(other.context, kept.id);
    await takeOver(ledger, taken.id);
    freeze(leaseMs + 1);
    await expect(cancel(one.context, taken.id)).rejects.toThrow(LeaseLostError);
    expect((await cancel(other.context, kept.id)).outcome).toBe('moved');
    await other.context.ledger.finishAttempt(keptAttempt, { outcome: 'done', why: null });
  });
});
