import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { recordDelivery } from '../events/record-delivery.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, openTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { bring, change, hold, open } from '../testing/sample-shipments.ts';
import { enterDoor } from '../attempts/claim-step.ts';
import { publishDue, type Knock } from './publish-due.ts';
import { mendKnocks, publishEverythingAgain } from './repair-outbox.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await openTestLedger({ maxRequestsInFlight: (tenant) => (tenant === 'acme' ? 100 : 1) });
  ledger = opened.ledger;
});

async function publish(): Promise<readonly Knock[]> {
  const published: Knock[] = [];
  await publishDue(ledger, 1_000, async (knocks) => void published.push(...knocks));
  return published;
}

const knocks = async () =>
  (
    await ledger.db.selectFrom('knocks').select(['subject_id', 'door']).orderBy('subject_id').orderBy('door').execute()
  ).map(({ subject_id, door }) => `${subject_id} ${door}`);

/** Shipments at many a place of the journey, and an event that nobody has looked at. */
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
  // Over, and still owing: an enrollment to take back, a credential to revoke, a PIN to be mailed again.
  const cancelled = await open(ledger);
  await bring(ledger, cancelled.id, 'enrolled');
  await change(ledger, cancelled.id, { cancelRequested: true });
  for (const wish of [{ revokeRequested: true }, { pin: 'sealed', releaseOverridden: true }] as const) {
    const closed = await open(ledger);
    await bring(ledger, closed.id, 'delivered');
    await change(ledger, closed.id, wish);
  }
  for (let index = 0; index < 3; index += 1)
    await bring(ledger, (await open(ledger, { tenant: 'globex' })).id, 'ready');
  await recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: null,
    events: [{ uuid: 'u', eventType: 't', published: null, body: {}, setAside: null }],
  });
}

describe('mending', () => {
  test('finds nothing to mend in a healthy house', async () => {
    await populate();
    const before = await knocks();
    expect(await mendKnocks(ledger, 1_000)).toEqual([]);
    expect(await knocks()).toEqual(before);
  });

  test('brings back every knock that was wiped', async () => {
    await populate();
    const before = await knocks();
    await sql`delete from knocks`.execute(ledger.db);
    const mended = await mendKnocks(ledger, 1_000);
    expect(await knocks()).toEqual(before);
    expect(new Set(mended)).toEqual(new Set(before.map((knock) => knock.split(' ')[0])));
    expect(await mendKnocks(ledger, 1_000)).toEqual([]);
    expect(await publish()).toHaveLength(before.length);
  });

  test('brings back one knock of several, and takes away one that is not owed', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'programmed');
    const before = await knocks();
    await sql`update knocks set door = 'send-pin' where door = 'activate-credential'`.execute(ledger.db);
    expect(await mendKnocks(ledger, 1_000)).toEqual([id]);
    expect(await knocks()).toEqual(before);
  });

  test('mends at most so many at a time, and the rest the next time', async () => {
    for (let index = 0; index < 5; index += 1) await open(ledger);
    await sql`delete from knocks`.execute(ledger.db);
    expect(await mendKnocks(ledger, 3)).toHaveLength(3);
    expect(await mendKnocks(ledger, 3)).toHaveLength(2);
    expect(await mendKnocks(ledger, 3)).toHaveLength(0);
  });

  test('goes on to the others when one cannot be read, and then says so', async () => {
    const [bad, good] = [await open(ledger), await open(ledger)];
    await sql`delete from knocks`.execute(ledger.db);
    await sql`update secrets set sealed = 'k9.AAAA' where shipment_id = ${bad.id}`.execute(ledger.db);
    await expect(mendKnocks(ledger, 1_000)).rejects.toMatchObject({
      code: 'cannot_mend',
      cause: { code: 'cannot_unseal' },
    });
    expect(await knocks()).toEqual([`${good.id} check-profile`]);
  });

  test('moves every line, though one of them is of a tenant that nobody knows', async () => {
    const strict = opened.openAnother({
      maxRequestsInFlight: (tenant) => {
        if (tenant === 'acme') throw new RangeError('unknown tenant');
        return 1;
      },
    });
    for (const tenant of ['acme', 'globex']) await bring(ledger, (await open(ledger, { tenant })).id, 'ready');
    await sql`update shipments set in_slot = false`.execute(ledger.db);
    await sql`delete from knocks`.execute(ledger.db);
    await expect(mendKnocks(strict, 1_000)).rejects.toMatchObject({
      code: 'cannot_mend',
      cause: { message: 'unknown tenant' },
    });
    const inSlot = await ledger.db.selectFrom('shipments').select('tenant').where('in_slot', '=', true).execute();
    expect(inSlot).toEqual([{ tenant: 'globex' }]);
  });
});

describe('publishing everything again', () => {
  test('gives the queue every job that it had, under new turns', async () => {
    await populate();
    const before = await publish();
    expect(before.length).toBeGreaterThan(5);
    expect(await publishEverythingAgain(ledger)).toBe(before.length);
    const after = await publish();
    const doors = (list: readonly Knock[]) => list.map(({ subjectId, door }) => `${subjectId} ${door}`).toSorted();
    expect(doors(after)).toEqual(doors(before));
    const turns = new Set(before.map(({ turn }) => turn));
    expect(after.filter(({ turn }) => turns.has(turn))).toEqual([]);
  });

  test('does not end a visit, and does not hurry what is to wait', async () => {
    const [visited, waiting] = [await open(ledger), await open(ledger)];
    await publish();
    await enterDoor(ledger, { door: 'check-profile', shipmentId: visited.id, turn: null, leaseMs: 60_000 });
    await sql`update knocks set due_at = now() + interval '1 hour' where subject_id = ${waiting.id}`.execute(ledger.db);
    await publishEverythingAgain(ledger);
    expect(await publish()).toMatchObject([{ subjectId: visited.id }]);
    expect(
      await enterDoor(ledger, { door: 'check-profile', shipmentId: visited.id, turn: null, leaseMs: 60_000 }),
    ).toMatchObject({
      outcome: 'occupied',
    });
  });
});
