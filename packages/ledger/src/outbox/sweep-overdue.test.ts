import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, openTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { change, open } from '../testing/sample-shipments.ts';
import { enterDoor } from '../attempts/claim-step.ts';
import { leaveDoor, renewLease } from '../attempts/finish-attempt.ts';
import { postponeKnock } from './postpone-message.ts';
import { publishDue, type Knock } from './publish-due.ts';
import { sweepOverdue } from './sweep-overdue.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await openTestLedger();
  ledger = opened.ledger;
});

const published: Knock[] = [];
const publish = () => publishDue(ledger, 100, async (knocks) => void published.push(...knocks));
const knockOf = (id: string) =>
  ledger.db.selectFrom('knocks').selectAll().where('subject_id', '=', id).executeTakeFirst();

/** As if the job had been due long ago. */
const makeOverdue = (id: string) =>
  sql`update knocks set due_at = now() - interval '1 hour' where subject_id = ${id}`.execute(ledger.db);

function sweep(isAlive: (knock: Knock) => boolean | Promise<boolean>, limit = 100): Promise<number> {
  return sweepOverdue(ledger, { graceMs: 60_000, limit, isAlive: async (knock) => isAlive(knock) });
}

async function openOverdue(): Promise<string> {
  const { id } = await open(ledger);
  await publish();
  await makeOverdue(id);
  return id;
}

describe('the sweep', () => {
  test('publishes a lost job again under a new turn', async () => {
    const id = await openOverdue();
    const before = await knockOf(id);
    expect(await sweep(() => false)).toBe(1);
    const after = await knockOf(id);
    expect(after).toMatchObject({ published_at: null });
    expect(Number(after?.turn)).toBeGreaterThan(Number(before?.turn));
    published.length = 0;
    await publish();
    expect(published).toMatchObject([{ subjectId: id, turn: after?.turn }]);
  });

  test('gives a job that lives more time, under its turn', async () => {
    const id = await openOverdue();
    const before = await knockOf(id);
    const asked: Knock[] = [];
    expect(await sweep((knock) => asked.push(knock) > 0)).toBe(0);
    expect(asked).toMatchObject([{ subjectId: id, door: 'check-profile', turn: before?.turn }]);
    expect(await knockOf(id)).toMatchObject({ turn: before?.turn, published_at: before?.published_at });
    expect(await sweep(() => false)).toBe(0);
  });

  test('asks after nothing that is not overdue', async () => {
    const [unpublishedOne, early, visited, postponed] = [
      await open(ledger),
      await open(ledger),
      await open(ledger),
      await open(ledger),
    ];
    await sql`update knocks set published_at = now() where subject_id <> ${unpublishedOne.id}`.execute(ledger.db);
    for (const { id } of [unpublishedOne, visited, postponed]) await makeOverdue(id);
    await enterDoor(ledger, { door: 'check-profile', shipmentId: visited.id, turn: null, leaseMs: 60_000 });
    expect(await postponeKnock(ledger, { subjectId: postponed.id, door: 'check-profile' }, 60_000)).toEqual({
      attempts: 1,
    });
    expect(early.id).not.toBe('');
    const asked: string[] = [];
    expect(await sweep(({ subjectId }) => asked.push(subjectId) === 0)).toBe(0);
    expect(asked).toEqual([]);
  });

  test('asks after a visit whose lease ran out', async () => {
    const id = await openOverdue();
    await enterDoor(ledger, { door: 'check-profile', shipmentId: id, turn: null, leaseMs: 60_000 });
    await sql`update card_executions set leased_until = now() - interval '1 second'`.execute(ledger.db);
    expect(await sweep(() => false)).toBe(1);
  });

  test('leaves alone what was entered, left or published anew while the queue was asked', async () => {
    const [entered, left, anew] = [await openOverdue(), await openOverdue(), await openOverdue()];
    const enter = (shipmentId: string) =>
      enterDoor(ledger, { door: 'check-profile', shipmentId, turn: null, leaseMs: 60_000 });
    const before = await knockOf(entered);
    const swept = await sweep(async ({ subjectId }) => {
      const entry = subjectId === anew ? null : await enter(subjectId);
      if (subjectId === left && entry?.outcome === 'entered')
        await leaveDoor(ledger, entry.visit, { outcome: 'later', why: null, afterMs: 3_600_000 });
      if (subjectId === anew)
        await sql`update knocks set turn = nextval('knock_turn') where subject_id = ${anew}`.execute(ledger.db);
      return false;
    });
    expect(swept).toBe(0);
    expect(await knockOf(entered)).toMatchObject({ turn: before?.turn, published_at: before?.published_at });
    expect((await knockOf(left))?.due_at.getTime()).toBeGreaterThan(Date.now());
    expect((await knockOf(anew))?.published_at).not.toBeNull();
  });

  test('comes round to all of them, though more are overdue than it looks at in one go', async () => {
    const ids = [await openOverdue(), await openOverdue(), await openOverdue()];
    const asked: string[] = [];
    const alive = ({ subjectId }: Knock) => asked.push(subjectId) > 0;
    for (let round = 0; round < 2; round += 1) await sweep(alive, 2);
    expect(new Set(asked)).toEqual(new Set(ids));
  });

  test('done by two at the same moment publishes a lost job once', async () => {
    const id = await openOverdue();
    const other = opened.openAnother();
    const options = { graceMs: 60_000, limit: 100, isAlive: async () => false };
    const again = await Promise.all([sweepOverdue(ledger, options), sweepOverdue(other, options)]);
    expect(again).toContain(1);
    expect(again).toContain(0);
    expect(await knockOf(id)).toMatchObject({ published_at: null });
  });

  test('changes nothing when the queue cannot tell', async () => {
    const ids = [await openOverdue(), await openOverdue()];
    const before = await Promise.all(ids.map(knockOf));
    const sweeping = sweep(({ subjectId }) => {
      if (subjectId === ids[1]) throw new RangeError('the queue store is away');
      return false;
    });
    await expect(sweeping).rejects.toThrow('the queue store is away');
    expect(await Promise.all(ids.map(knockOf))).toEqual(before);
  });
});

test('a card whose worker did not come back is ended, though nobody is to pass its door again', async () => {
  const [gone, going] = [await open(ledger), await open(ledger)];
  for (const { id } of [gone, going])
    await enterDoor(ledger, { door: 'check-profile', shipmentId: id, turn: null, leaseMs: 60_000 });
  await change(ledger, gone.id, { order: 'cancelled' });
  await sql`update card_executions set leased_until = now() - interval '2 minutes' where shipment_id = ${gone.id}`.execute(
    ledger.db,
  );
  await sweep(() => false);
  const cards = await ledger.db
    .selectFrom('card_executions')
    .select(['shipment_id', 'outcome'])
    .orderBy('shipment_id')
    .execute();
  expect(cards).toEqual([
    { shipment_id: gone.id, outcome: 'lost' },
    { shipment_id: going.id, outcome: null },
  ]);
});

test('a visit that is renewed is not overdue', async () => {
  const id = await openOverdue();
  const entry = await enterDoor(ledger, { door: 'check-profile', shipmentId: id, turn: null, leaseMs: 1 });
  if (entry.outcome === 'entered') await renewLease(ledger, entry.visit, 60_000);
  expect(await sweep(() => false)).toBe(0);
});
