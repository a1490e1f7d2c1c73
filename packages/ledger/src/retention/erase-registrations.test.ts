import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RegistrationProblem } from '@keycourier/journey/model/registration';
import { sql } from 'kysely';

import { claimRegistration } from '../registrations/claim-registration.ts';
import { registrationStep } from '../registrations/dispatch-registrations.ts';
import { finishRegistration } from '../registrations/finish-registration.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { bring, change, open, steps } from '../testing/sample-shipments.ts';
import { eraseRegistrations } from './erase-registrations.ts';
import { cutOffs } from './policy.ts';

afterAll(closeTestLedgers);

const dayMs = 24 * 3_600_000;
const leaseMs = 60_000;
const retentions = {
  acme: { personalDataDays: 10, eventBodyDays: 1, auditDays: 365 },
  globex: { personalDataDays: 20, eventBodyDays: 1, auditDays: 365 },
};

let opened: TestLedger;
beforeEach(async () => {
  opened = await connectTestLedger({ isRegistrationWritten: () => true });
});

const pass = (days: number): void => void (opened.clock.now = new Date(opened.clock.now.getTime() + days * dayMs));
const erase = (limit = 100, through = opened.ledger) =>
  eraseRegistrations(through, cutOffs(retentions, 'personalDataDays', opened.clock.now), limit);
const registrations = () =>
  opened.ledger.db.selectFrom('registrations').select(['id', 'okta_user_id']).orderBy('okta_user_id').execute();
const users = async (): Promise<string[]> => (await registrations()).map(({ okta_user_id: user }) => user);
const messagesOf = (id: string) =>
  opened.ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id).execute();

/** A user whose key works, as Okta knows. */
async function register(userId: string, tenant = 'acme'): Promise<{ id: string; shipmentId: string }> {
  const shipment = await open(opened.ledger, { tenant, userId, login: `${userId}@example.com` });
  await bring(opened.ledger, shipment.id, 'sent');
  await change(opened.ledger, shipment.id, steps.delivered);
  const { id } = await opened.ledger.db
    .selectFrom('registrations')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .executeTakeFirstOrThrow();
  await write(id);
  return { id, shipmentId: shipment.id };
}

const revoke = ({ shipmentId }: { shipmentId: string }) => change(opened.ledger, shipmentId, { credential: 'revoked' });

async function claim(id: string) {
  const claimed = await claimRegistration(opened.ledger, { id, dispatchId: null, leaseMs });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  return claimed.attempt;
}

/** Writes to Okta what is wanted, or meets the problem. */
const write = async (id: string, problem: RegistrationProblem | null = null) =>
  finishRegistration(opened.ledger, await claim(id), { wrote: problem === null, problem, verifyEveryMs: dayMs });

describe('the registration of a user', () => {
  test('stays while their key works, however long', async () => {
    await register('00u-1');
    pass(1_000);
    expect(await erase()).toBe(0);
    expect(await users()).toEqual(['00u-1']);
  });

  test('is deleted when the retention of their tenant ends after the last revocation, and no other one is', async () => {
    const gone = await register('00u-gone');
    const elsewhere = await register('00u-elsewhere', 'globex');
    await register('00u-stays');
    pass(100);
    for (const one of [gone, elsewhere]) {
      await revoke(one);
      await write(one.id);
    }
    pass(10);
    expect(await erase()).toBe(0);
    pass(0.01);
    expect(await erase()).toBe(1);
    expect(await users()).toEqual(['00u-elsewhere', '00u-stays']);
    pass(10);
    expect(await erase()).toBe(1);
    expect(await users()).toEqual(['00u-stays']);
    expect(await erase()).toBe(0);
  });

  test('in the hub is kept as long as one of its tenant', async () => {
    await register('00u-1', 'globex');
    await sql`update registrations set tenant = 'hub:globex', wanted = false, written = false`.execute(
      opened.ledger.db,
    );
    pass(15);
    expect(await erase()).toBe(0);
    pass(6);
    expect(await erase()).toBe(1);
  });

  test('stays until Okta no longer says that they have a key', async () => {
    const one = await register('00u-1');
    await revoke(one);
    pass(11);
    expect(await erase()).toBe(0);
    await write(one.id);
    expect(await erase()).toBe(1);
    expect(await users()).toEqual([]);
  });

  test.each([
    ['user_deactivated', 1],
    ['user_not_found', 1],
    ['attribute_sourced', 0],
  ] as const)('that Okta refuses to change for %s: %d is deleted', async (problem, count) => {
    const one = await register('00u-1');
    await revoke(one);
    await write(one.id, problem);
    pass(11);
    expect(await erase()).toBe(count);
  });

  test('is not deleted while a worker writes it, and its message goes with it', async () => {
    const one = await register('00u-1');
    await revoke(one);
    await write(one.id, 'user_not_found');
    await opened.ledger.db
      .insertInto('outbox')
      .values({ subject_id: one.id, step: registrationStep, tenant: 'acme', published_at: null })
      .execute();
    const attempt = await claim(one.id);
    pass(11);
    expect(await erase()).toBe(0);
    await opened.ledger.db
      .updateTable('registrations')
      .set({ lease_id: null, leased_until: null })
      .where('lease_id', '=', attempt.leaseId)
      .execute();
    expect(await messagesOf(one.id)).toHaveLength(1);
    expect(await erase()).toBe(1);
    expect([await registrations(), await messagesOf(one.id)]).toEqual([[], []]);
  });
});

test('many registrations are deleted a chunk at a time, each by one of several processes', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const one = await register(`00u-${name}`);
    await revoke(one);
    await write(one.id);
  }
  pass(11);
  expect(await erase(2)).toBe(2);
  const counts = await Promise.all([erase(100), erase(100, opened.openAnother())]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(await users()).toEqual([]);
});
