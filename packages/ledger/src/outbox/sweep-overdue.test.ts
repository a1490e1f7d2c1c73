import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt, renewLease } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { change, open } from '../testing/sample-shipments.ts';
import { publishDue, type OutboxMessage } from './publish-due.ts';
import { sweepOverdue } from './sweep-overdue.ts';
import { postponeMessage } from './sync-outbox.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const published: OutboxMessage[] = [];
const publish = () =>
  publishDue(ledger, { knownSteps, limit: 100 }, async (messages) => void published.push(...messages));
const messageOf = (id: string) =>
  ledger.db.selectFrom('outbox').selectAll().where('subject_id', '=', id).executeTakeFirst();

/** As if the job had been due long ago. */
const makeOverdue = (id: string) =>
  sql`update outbox set due_at = now() - interval '1 hour' where subject_id = ${id}`.execute(ledger.db);

function sweep(isAlive: (message: OutboxMessage) => boolean | Promise<boolean>, limit = 100): Promise<number> {
  return sweepOverdue(ledger, { knownSteps, graceMs: 60_000, limit, isAlive: async (message) => isAlive(message) });
}

async function openOverdue(): Promise<string> {
  const { id } = await open(ledger);
  await publish();
  await makeOverdue(id);
  return id;
}

describe('the sweep', () => {
  test('publishes a missing job again under a new dispatch id', async () => {
    const id = await openOverdue();
    const before = await messageOf(id);
    expect(await sweep(() => false)).toBe(1);
    const after = await messageOf(id);
    expect(after).toMatchObject({ published_at: null });
    expect(Number(after?.dispatch_id)).toBeGreaterThan(Number(before?.dispatch_id));
    published.length = 0;
    await publish();
    expect(published).toMatchObject([{ subjectId: id, dispatchId: after?.dispatch_id }]);
  });

  test('gives a job that is in the queue more time, under its dispatch id', async () => {
    const id = await openOverdue();
    const before = await messageOf(id);
    const seen: OutboxMessage[] = [];
    expect(await sweep((message) => seen.push(message) > 0)).toBe(0);
    expect(seen).toMatchObject([{ subjectId: id, step: 'check-profile', dispatchId: before?.dispatch_id }]);
    expect(await messageOf(id)).toMatchObject({ dispatch_id: before?.dispatch_id, published_at: before?.published_at });
    expect(await sweep(() => false)).toBe(0);
  });

  test('looks for no job that is not overdue', async () => {
    const [unpublishedOne, early, running, postponed] = [
      await open(ledger),
      await open(ledger),
      await open(ledger),
      await open(ledger),
    ];
    await sql`update outbox set published_at = now() where subject_id <> ${unpublishedOne.id}`.execute(ledger.db);
    for (const { id } of [unpublishedOne, running, postponed]) await makeOverdue(id);
    await claimStep(ledger, { step: 'check-profile', shipmentId: running.id, dispatchId: null, leaseMs: 60_000 });
    await postponeMessage(ledger, { subjectId: postponed.id, step: 'check-profile' }, { afterMs: 60_000 });
    expect(early.id).not.toBe('');
    const seen: string[] = [];
    expect(await sweep(({ subjectId }) => seen.push(subjectId) === 0)).toBe(0);
    expect(seen).toEqual([]);
  });

  test('leaves an overdue message of a step that only a newer version knows', async () => {
    const id = await openOverdue();
    await sql`update outbox set step = 'print-label' where subject_id = ${id}`.execute(ledger.db);
    const before = await messageOf(id);
    expect(await sweep(() => false)).toBe(0);
    expect(await messageOf(id)).toEqual(before);
  });

  test('looks for the job of an attempt whose lease ran out', async () => {
    const id = await openOverdue();
    await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
    await sql`update step_attempts set leased_until = now() - interval '1 second'`.execute(ledger.db);
    expect(await sweep(() => false)).toBe(1);
  });

  test('leaves alone messages whose step was claimed, finished or published again while it looked into the queue', async () => {
    const [entered, left, anew] = [await openOverdue(), await openOverdue(), await openOverdue()];
    const claim = (shipmentId: string) =>
      claimStep(ledger, { step: 'check-profile', shipmentId, dispatchId: null, leaseMs: 60_000 });
    const before = await messageOf(entered);
    const swept = await sweep(async ({ subjectId }) => {
      const result = subjectId === anew ? null : await claim(subjectId);
      if (subjectId === left && result?.outcome === 'claimed')
        await finishAttempt(ledger, result.attempt, { outcome: 'later', why: null, afterMs: 3_600_000 });
      if (subjectId === anew)
        await sql`update outbox set dispatch_id = nextval('outbox_dispatch_id') where subject_id = ${anew}`.execute(
          ledger.db,
        );
      return false;
    });
    expect(swept).toBe(0);
    expect(await messageOf(entered)).toMatchObject({
      dispatch_id: before?.dispatch_id,
      published_at: before?.published_at,
    });
    expect((await messageOf(left))?.due_at.getTime()).toBeGreaterThan(Date.now());
    expect((await messageOf(anew))?.published_at).not.toBeNull();
  });

  test('reaches all of them, though more are overdue than its limit', async () => {
    const ids = [await openOverdue(), await openOverdue(), await openOverdue()];
    const seen: string[] = [];
    const alive = ({ subjectId }: OutboxMessage) => seen.push(subjectId) > 0;
    for (let round = 0; round < 2; round += 1) await sweep(alive, 2);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  test('done by two at the same moment publishes a lost job once', async () => {
    const id = await openOverdue();
    const other = opened.openAnother();
    const options = { knownSteps, graceMs: 60_000, limit: 100, isAlive: async () => false };
    const again = await Promise.all([sweepOverdue(ledger, options), sweepOverdue(other, options)]);
    expect(again).toContain(1);
    expect(again).toContain(0);
    expect(await messageOf(id)).toMatchObject({ published_at: null });
  });

  test('changes nothing when the queue cannot be read', async () => {
    const ids = [await openOverdue(), await openOverdue()];
    const before = await Promise.all(ids.map(messageOf));
    const sweeping = sweep(({ subjectId }) => {
      if (subjectId === ids[1]) throw new RangeError('the queue store is away');
      return false;
    });
    await expect(sweeping).rejects.toThrow('the queue store is away');
    expect(await Promise.all(ids.map(messageOf))).toEqual(before);
  });
});

test('an attempt whose worker did not come back is ended, though its step is not next again', async () => {
  const [gone, going] = [await open(ledger), await open(ledger)];
  for (const { id } of [gone, going])
    await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
  await change(ledger, gone.id, { order: 'cancelled' });
  await sql`update step_attempts set leased_until = now() - interval '2 minutes' where shipment_id = ${gone.id}`.execute(
    ledger.db,
  );
  await sweep(() => false);
  const attempts = await ledger.db
    .selectFrom('step_attempts')
    .select(['shipment_id', 'outcome'])
    .orderBy('shipment_id')
    .execute();
  expect(attempts).toEqual([
    { shipment_id: gone.id, outcome: 'expired' },
    { shipment_id: going.id, outcome: null },
  ]);
});

test('an attempt whose lease is renewed is not overdue', async () => {
  const id = await openOverdue();
  const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 1 });
  if (claim.outcome === 'claimed') await renewLease(ledger, claim.attempt, 60_000);
  expect(await sweep(() => false)).toBe(0);
});
