import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { bring, change, hold, open } from '../testing/sample-shipments.ts';
import { publishDue, type OutboxMessage } from './publish-due.ts';
import { repairOutbox } from './repair-outbox.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger({ maxRequestsInFlight: (tenant) => (tenant === 'acme' ? 100 : 1) });
  ledger = opened.ledger;
});

async function publish(): Promise<readonly OutboxMessage[]> {
  const published: OutboxMessage[] = [];
  await publishDue(ledger, { knownSteps, limit: 1_000 }, async (messages) => void published.push(...messages));
  return published;
}

const messages = async () =>
  (
    await ledger.db.selectFrom('outbox').select(['subject_id', 'step']).orderBy('subject_id').orderBy('step').execute()
  ).map(({ subject_id, step }) => `${subject_id} ${step}`);

/** Shipments at many points of the journey, and an event without a verdict. */
async function populate(): Promise<void> {
  await open(ledger);
  for (const step of [
    'ready',
    'enrolling',
    'enrolled',
    'placing',
    'placed',
    'programmed',
    'active',
    'released',
    'sending',
    'delivered',
  ] as const)
    await bring(ledger, (await open(ledger)).id, step);
  const held = await open(ledger);
  await hold(ledger, held.id);
  const heldInTransit = await open(ledger);
  await bring(ledger, heldInTransit.id, 'placed');
  await hold(ledger, heldInTransit.id, 'transit_too_long');
  await open(ledger, { dryRun: true });
  await bring(ledger, (await open(ledger, { dryRun: true })).id, 'ready');
  // Ended, with a next step: an enrollment to delete, a credential to revoke, a PIN to be mailed again.
  const cancelled = await open(ledger);
  await bring(ledger, cancelled.id, 'enrolled');
  await change(ledger, cancelled.id, { cancelRequested: true });
  for (const cancelRequest of [{ revokeRequested: true }, { pin: 'sealed', releaseOverridden: true }] as const) {
    const closed = await open(ledger);
    await bring(ledger, closed.id, 'delivered');
    await change(ledger, closed.id, cancelRequest);
  }
  for (let index = 0; index < 3; index += 1)
    await bring(ledger, (await open(ledger, { tenant: 'globex' })).id, 'ready');
  await recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: null,
    events: [{ uuid: 'u', eventType: 't', published: null, body: {}, setAside: null }],
  });
}

describe('the repair', () => {
  test('finds nothing to repair in a healthy ledger', async () => {
    await populate();
    const before = await messages();
    expect(await repairOutbox(ledger, 1_000)).toEqual([]);
    expect(await messages()).toEqual(before);
  });

  test('restores every message that was deleted', async () => {
    await populate();
    const before = await messages();
    await sql`delete from outbox`.execute(ledger.db);
    const repaired = await repairOutbox(ledger, 1_000);
    expect(await messages()).toEqual(before);
    expect(new Set(repaired)).toEqual(new Set(before.map((message) => message.split(' ')[0])));
    expect(await repairOutbox(ledger, 1_000)).toEqual([]);
    expect(await publish()).toHaveLength(before.length);
  });

  test('restores one message of several, and removes one of a step that is not next', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'programmed');
    const before = await messages();
    await sql`update outbox set step = 'send-pin' where step = 'activate-credential'`.execute(ledger.db);
    expect(await repairOutbox(ledger, 1_000)).toEqual([id]);
    expect(await messages()).toEqual(before);
  });

  test('leaves a shipment to the newer version that wrote a step unknown here', async () => {
    const { id } = await open(ledger);
    await sql`update outbox set step = 'print-label' where subject_id = ${id}`.execute(ledger.db);
    const before = await messages();
    expect(await repairOutbox(ledger, 1_000)).toEqual([]);
    expect(await messages()).toEqual(before);
  });

  test('repairs at most `limit` at a time, and the rest the next time', async () => {
    for (let index = 0; index < 5; index += 1) await open(ledger);
    await sql`delete from outbox`.execute(ledger.db);
    expect(await repairOutbox(ledger, 3)).toHaveLength(3);
    expect(await repairOutbox(ledger, 3)).toHaveLength(2);
    expect(await repairOutbox(ledger, 3)).toHaveLength(0);
  });

  test('goes on to the others when one cannot be read, and then throws', async () => {
    const [bad, good] = [await open(ledger), await open(ledger)];
    await sql`delete from outbox`.execute(ledger.db);
    await sql`update secrets set sealed = 'k9.AAAA' where shipment_id = ${bad.id}`.execute(ledger.db);
    await expect(repairOutbox(ledger, 1_000)).rejects.toMatchObject({
      code: 'cannot_repair',
      cause: { code: 'cannot_unseal' },
    });
    expect(await messages()).toEqual([`${good.id} check-profile`]);
  });

  test('grants the slots of every tenant, though one is not configured', async () => {
    const strict = opened.openAnother({
      maxRequestsInFlight: (tenant) => {
        if (tenant === 'acme') throw new RangeError('unknown tenant');
        return 1;
      },
    });
    for (const tenant of ['acme', 'globex']) await bring(ledger, (await open(ledger, { tenant })).id, 'ready');
    await sql`update shipments set in_slot = false`.execute(ledger.db);
    await sql`delete from outbox`.execute(ledger.db);
    await expect(repairOutbox(strict, 1_000)).rejects.toMatchObject({
      code: 'cannot_repair',
      cause: { message: 'unknown tenant' },
    });
    const inSlot = await ledger.db.selectFrom('shipments').select('tenant').where('in_slot', '=', true).execute();
    expect(inSlot).toEqual([{ tenant: 'globex' }]);
  });
});
