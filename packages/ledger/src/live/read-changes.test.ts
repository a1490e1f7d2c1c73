import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { idAt, newId } from '../new-id.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { change, open } from '../testing/sample-shipments.ts';
import { changesFromNow, overlapMs, readChangesSince, type ChangePosition } from './read-changes.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
let position: ChangePosition;
let now: Date;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
  now = new Date();
  position = await changesFromNow(ledger.db, now);
});

/** The shipments that changed since the last call, a second later. */
async function changed(): Promise<readonly string[]> {
  now = new Date(now.getTime() + 1_000);
  const changes = await readChangesSince(ledger.db, position, now);
  ({ position } = changes);
  return changes.changed.map(({ tenant, shipmentId }) => `${tenant} ${shipmentId}`);
}

test('a change is reported once, with its tenant, and what was before is not', async () => {
  const { id: one } = await open(ledger);
  position = await changesFromNow(ledger.db, now);
  expect(await changed()).toEqual([]);
  const { id: other } = await open(ledger, { tenant: 'globex' });
  await change(ledger, one, { order: 'ready' });
  await change(ledger, one, { order: 'enrolling' });
  expect((await changed()).toSorted()).toEqual([`acme ${one}`, `globex ${other}`].toSorted());
  for (let seconds = 0; seconds < 12; seconds += 1) expect(await changed()).toEqual([]);
  await change(ledger, other, { order: 'cancelled' });
  expect(await changed()).toEqual([`globex ${other}`]);
});

test('a change is reported with the batch of its shipment', async () => {
  const { id } = await open(ledger);
  await changed();
  await ledger.db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`update shipments set batch_id = 'bat_1' where id = ${id}`.execute(tx);
  });
  await change(ledger, id, { order: 'ready' });
  const changes = await readChangesSince(ledger.db, position, now);
  expect(changes.changed).toEqual([{ tenant: 'acme', shipmentId: id, batchId: 'bat_1' }]);
});

test('a change that becomes visible after later ones is reported, while it is read again', async () => {
  const { id } = await open(ledger);
  await changed();
  const transaction = await opened.openAnother().db.startTransaction().execute();
  await sql`insert into history (shipment_id, at, event) values (${id}, now(), 'test')`.execute(transaction);
  const { id: later } = await open(ledger);
  expect(await changed()).toEqual([`acme ${later}`]);
  for (let seconds = 2; seconds < overlapMs / 1_000; seconds += 1) expect(await changed()).toEqual([]);
  await transaction.commit().execute();
  expect(await changed()).toEqual([`acme ${id}`]);
  expect(await changed()).toEqual([]);
});

test('an attempt is reported when it begins and when it ends, though nothing else changes', async () => {
  const { id } = await open(ledger);
  await changed();
  const claimed = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 10_000 });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  expect(await changed()).toEqual([`acme ${id}`]);
  expect(await changed()).toEqual([]);
  await finishAttempt(ledger, claimed.attempt, { outcome: 'later', why: null });
  expect(await changed()).toEqual([`acme ${id}`]);
  expect(await changed()).toEqual([]);
});

test('ids of attempts begin with their time', () => {
  const [before, id, after] = [idAt('run', new Date()), newId('run'), idAt('run', new Date(Date.now() + 1))];
  expect([before <= id, id < after]).toEqual([true, true]);
});
