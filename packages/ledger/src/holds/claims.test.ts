import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { erasePersonalData } from '../retention/erase-personal-data.ts';
import { cutOffs } from '../retention/policy.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { change, hold, open } from '../testing/sample-shipments.ts';
import {
  claimHold,
  commentHold,
  maxCommentLength,
  readClaims,
  readComments,
  releaseHold,
  snoozeHold,
} from './claims.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let shipmentId: string;
beforeEach(async () => {
  opened = await connectTestLedger();
  ({ id: shipmentId } = await open(opened.ledger));
  await hold(opened.ledger, shipmentId);
});
const by = (operator: string, tenant = 'acme') => ({ tenant, shipmentId, operator });
const erase = () =>
  erasePersonalData(opened.ledger, cutOffs({}, 'personalDataDays', opened.clock.now), { after: '', limit: 10 });
const claims = async () => (await readClaims(opened.ledger.db, [shipmentId])).get(shipmentId);

describe('a claim', () => {
  test('is of one operator, who may renew it and give it up; another one may take it over', async () => {
    expect(await claimHold(opened.ledger, by('anna'))).toBe('done');
    expect(await claimHold(opened.ledger, by('bert'))).toBe('claimed_by_another');
    expect(await claimHold(opened.ledger, by('anna'))).toBe('done');
    expect(await releaseHold(opened.ledger, by('bert'))).toBe(false);
    expect(await claims()).toMatchObject({ claimedBy: 'anna', claimedAt: opened.clock.now });
    expect(await claimHold(opened.ledger, by('bert'), { takeOver: true })).toBe('done');
    expect(await releaseHold(opened.ledger, by('bert'))).toBe(true);
    expect(await claims()).toMatchObject({ claimedBy: null, claimedAt: null });
  });

  test('goes to one of those who claim at once', async () => {
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((name) => claimHold(opened.ledger, by(name))));
    expect(results.toSorted()).toEqual(['claimed_by_another', 'claimed_by_another', 'claimed_by_another', 'done']);
  });

  test('of another tenant, or of what is not held, is none', async () => {
    expect(await claimHold(opened.ledger, by('eve', 'globex'))).toBe('not_held');
    expect(await snoozeHold(opened.ledger, by('eve', 'globex'), opened.clock.now)).toBe(false);
    expect(await commentHold(opened.ledger, by('eve', 'globex'), 'x')).toBeNull();
    await change(opened.ledger, shipmentId, { hold: null });
    expect(await claimHold(opened.ledger, by('anna'))).toBe('not_held');
    expect(await claims()).toBeUndefined();
  });

  test('stops no step, and ends with its hold: the next hold has none', async () => {
    await claimHold(opened.ledger, by('anna'));
    await snoozeHold(opened.ledger, by('anna'), new Date('2040-01-01T00:00:00Z'));
    const { shipment } = await change(opened.ledger, shipmentId, { hold: null });
    expect(shipment.plan.held).toBe(false);
    opened.clock.now = new Date(opened.clock.now.getTime() + 1_000);
    await hold(opened.ledger, shipmentId);
    expect(await claims()).toEqual({ claimedBy: null, claimedAt: null, snoozedBy: null, snoozedUntil: null });
    expect(await claimHold(opened.ledger, by('bert'))).toBe('done');
  });
});

test('a hold is snoozed until a time, by the operator who chose it last', async () => {
  await claimHold(opened.ledger, by('anna'));
  expect(await snoozeHold(opened.ledger, by('bert'), opened.clock.now)).toBe(true);
  expect(await claims()).toEqual({
    claimedBy: 'anna',
    claimedAt: opened.clock.now,
    snoozedBy: 'bert',
    snoozedUntil: opened.clock.now,
  });
  expect(await snoozeHold(opened.ledger, by('anna'), null)).toBe(true);
  expect(await claims()).toMatchObject({ snoozedBy: null, snoozedUntil: null });
});

test('comments are read in their order, by their tenant alone, and stored sealed', async () => {
  await commentHold(opened.ledger, by('anna'), 'I called Noor.');
  await commentHold(opened.ledger, by('bert'), 'x'.repeat(maxCommentLength + 1));
  const comments = await readComments(opened.ledger, 'acme', shipmentId);
  expect(comments.map(({ operator, text }) => [operator, text.length])).toEqual([
    ['anna', 14],
    ['bert', maxCommentLength],
  ]);
  expect(comments[0]).toMatchObject({ text: 'I called Noor.', at: opened.clock.now });
  expect(await readComments(opened.ledger, 'globex', shipmentId)).toEqual([]);
  const { rows } = await sql<{ row: string }>`select hold_comments::text as row from hold_comments`.execute(
    opened.ledger.db,
  );
  // Four letters alone are in sealed text, which is random, by chance.
  expect(rows.map(({ row }) => row).join()).not.toContain('I called Noor');
});

test('claims and comments are erased with the person', async () => {
  await claimHold(opened.ledger, by('anna'));
  await commentHold(opened.ledger, by('anna'), 'I called Noor.');
  await change(opened.ledger, shipmentId, { order: 'cancelled' });
  opened.clock.now = new Date(opened.clock.now.getTime() + 1_000 * 24 * 3_600_000);
  await erase();
  const { rows } = await sql`select 1 from hold_claims union all select 1 from hold_comments`.execute(opened.ledger.db);
  expect(rows).toEqual([]);
});

test('what operators wrote after the person was erased is erased, too', async () => {
  await change(opened.ledger, shipmentId, { order: 'cancelled' });
  opened.clock.now = new Date(opened.clock.now.getTime() + 1_000 * 24 * 3_600_000);
  expect(await erase()).toEqual([shipmentId]);
  await commentHold(opened.ledger, by('anna'), 'I called Noor.');
  expect(await erase()).toEqual([shipmentId]);
  expect(await readComments(opened.ledger, 'acme', shipmentId)).toEqual([]);
  expect(await erase()).toEqual([]);
});
