import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { endOutage } from '@keycourier/ledger/outages/recover';
import { readRegistrationStatus } from '@keycourier/ledger/registrations/read-registrations';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { change } from '@keycourier/ledger/testing/sample-shipments';
import { createUser } from '@keycourier/okta-simulator/testing/running-org';
import { sql } from 'kysely';
import { z } from 'zod';

import {
  addAttribute,
  attribute,
  removeAttribute,
  startRegistrationWorld,
  type RegistrationWorld,
} from './testing/registration-world.ts';

let world: RegistrationWorld;
beforeAll(async () => {
  world = await startRegistrationWorld();
});
afterAll(async () => {
  await world.close();
  await closeTestLedgers();
});
afterEach(async () => {
  world.before = async () => undefined;
  world.target = { attribute, group: null, verifyEveryMs: 3_600_000 };
  world.hubTarget = null;
  await addAttribute(world.org, { master: { type: 'OKTA' } });
  await world.org.call('PUT', '/sim/faults', []);
  await world.org.call('PUT', '/sim/profiles', { lostUpdateMs: 0 });
  await sql`delete from registrations`.execute(world.ledger.db);
  await sql`delete from registration_settings`.execute(world.ledger.db);
  await sql`delete from outbox`.execute(world.ledger.db);
  await sql`truncate shipments cascade`.execute(world.ledger.db);
  await world.sweep();
  world.alarms.length = 0;
  world.writes.length = 0;
});

const isReady = async (userId: string): Promise<unknown> => (await world.profileOf(userId))[attribute.name];
const dueNow = () => sql`update registrations set check_due_at = now()`.execute(world.ledger.db);

describe('a person', () => {
  test('is ready from the first active credential to the last that is revoked', async () => {
    const { userId, id } = await world.personWithKey();
    expect(await world.row(userId)).toMatchObject({ wanted: true, written: null });
    await world.work();
    expect(await isReady(userId)).toBe(true);
    expect(await world.row(userId)).toMatchObject({ written: true, problem: null, written_at: expect.any(Date) });
    const backup = await world.personWithKey({ userId, purpose: 'backup' });
    await world.revoke(id);
    expect(await world.work()).toBe(0);
    expect(await isReady(userId)).toBe(true);
    await world.revoke(backup.id);
    await world.work();
    expect(await isReady(userId)).toBe(false);
    expect(await world.row(userId)).toMatchObject({ wanted: false, written: false });
    expect(world.writes.filter((write) => write.endsWith(userId))).toHaveLength(2);
  });

  test('joins and leaves a group, found by its name', async () => {
    world.target = { attribute: null, group: { name: 'Passwordless' }, verifyEveryMs: 3_600_000 };
    await world.sweep();
    const { userId, id } = await world.personWithKey();
    await world.work();
    expect(await world.isInGroup(userId)).toBe(true);
    await world.revoke(id);
    await world.work();
    expect(await world.isInGroup(userId)).toBe(false);
    expect(await isReady(userId)).toBeUndefined();
  });

  test('who is deactivated is left alone, with the reason', async () => {
    const { userId } = await world.personWithKey();
    await world.org.call('POST', `/api/v1/users/${userId}/lifecycle/deactivate`);
    world.writes.length = 0;
    await world.work();
    expect(world.writes).toEqual([]);
    expect(await world.row(userId)).toMatchObject({ problem: 'user_deactivated', written: null });
    expect(world.alarms).toEqual([]);
  });

  test('whom the credentials may not change has that problem alone', async () => {
    const [one, other] = [await world.personWithKey(), await world.personWithKey()];
    await world.org.call('PUT', '/sim/faults', [
      { match: { method: 'POST', path: `/api/v1/users/${one.userId}` }, respond: { status: 403 } },
    ]);
    await world.work();
    expect(await world.row(one.userId)).toMatchObject({ problem: 'forbidden' });
    expect(await isReady(other.userId)).toBe(true);
    expect(await readRegistrationStatus(world.ledger, 'acme')).toMatchObject({
      counts: { ready: 1, problem: 1 },
      problems: [{ code: 'forbidden', people: 1 }],
      settingsProblem: null,
    });
    await world.sweep();
    expect(await world.work()).toBe(0);
  });
});

describe('a person whose key is in the hub', () => {
  const inHub = async (userId: string): Promise<unknown> =>
    z.looseObject({ profile: z.looseObject({}) }).parse((await world.hub.call('GET', `/api/v1/users/${userId}`)).body)
      .profile[attribute.name];
  const rows = async () =>
    world.ledger.db
      .selectFrom('registrations')
      .select(['tenant', 'wanted', 'written', 'problem'])
      .orderBy('tenant')
      .execute();
  const useHub = async (): Promise<void> => {
    world.hubTarget = { attribute, group: null, verifyEveryMs: 3_600_000 };
    await addAttribute(world.hub, { master: { type: 'OKTA' } });
    await world.sweep();
  };
  afterEach(() => world.hub.call('PUT', '/sim/faults', []));

  test('is ready in both orgs, each by messages of its own, until the key is revoked', async () => {
    await useHub();
    const hubUserId = await createUser(world.hub, {}, '?activate=true');
    const { userId, id } = await world.personWithKey({ hubUserId });
    expect(
      await world.ledger.db.selectFrom('outbox').select('tenant').where('step', '=', 'write-registration').execute(),
    ).toEqual(expect.arrayContaining([{ tenant: 'acme' }, { tenant: 'hub:acme' }]));
    await world.work();
    expect([await isReady(userId), await inHub(hubUserId)]).toEqual([true, true]);
    expect(await readRegistrationStatus(world.ledger, 'acme')).toMatchObject({ counts: { ready: 1 } });
    expect(await readRegistrationStatus(world.ledger, 'hub:acme')).toMatchObject({ counts: { ready: 1 } });
    await world.revoke(id);
    await world.work();
    expect([await isReady(userId), await inHub(hubUserId)]).toEqual([false, false]);
  });

  test('is written in the org whose settings are right, and in the other with them', async () => {
    await useHub();
    await removeAttribute(world.hub);
    const hubUserId = await createUser(world.hub, {}, '?activate=true');
    const { userId } = await world.personWithKey({ hubUserId });
    await world.work();
    expect(await isReady(userId)).toBe(true);
    expect(await rows()).toMatchObject([{ tenant: 'acme', written: true }, { problem: 'attribute_refused' }]);
    expect(world.alarms).toMatchObject([{ code: 'registration_settings', detail: { tenant: 'hub:acme' } }]);
    expect(await readRegistrationStatus(world.ledger, 'acme')).toMatchObject({ settingsProblem: null });
    await addAttribute(world.hub, { master: { type: 'OKTA' } });
    await sql`update registration_settings set retry_at = now()`.execute(world.ledger.db);
    await world.sweep();
    await world.work();
    expect(await inHub(hubUserId)).toBe(true);
  });

  test('who got it before the hub was to be written is added, with the hub alone', async () => {
    const hubUserId = await createUser(world.hub, {}, '?activate=true');
    await world.personWithKey({ hubUserId });
    await world.personWithKey();
    await sql`delete from registrations where tenant = 'hub:acme'`.execute(world.ledger.db);
    await useHub();
    await world.work();
    expect(await rows()).toMatchObject([{ tenant: 'acme' }, { tenant: 'acme' }, { tenant: 'hub:acme', written: true }]);
    expect(await inHub(hubUserId)).toBe(true);
  });
});

describe('at once:', () => {
  test('a credential that becomes active while the other is revoked leaves the person ready', async () => {
    const pairs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const first = await world.personWithKey();
        const { userId } = first;
        const second = await world.personWithKey({ userId, purpose: 'backup' });
        await world.revoke(second.id);
        const third = await world.personWithKey({ userId, purpose: 'backup' });
        await Promise.all([world.revoke(first.id), world.revoke(third.id)]);
        return userId;
      }),
    );
    for (const userId of pairs) expect(await world.row(userId)).toMatchObject({ wanted: false });
    const activeAndRevoked = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const first = await world.personWithKey();
        await Promise.all([world.revoke(first.id), world.personWithKey({ userId: first.userId, purpose: 'backup' })]);
        return first.userId;
      }),
    );
    for (const userId of activeAndRevoked) expect(await world.row(userId)).toMatchObject({ wanted: true });
  });

  test('several workers write a person once', async () => {
    const people = [await world.personWithKey(), await world.personWithKey(), await world.personWithKey()];
    world.writes.length = 0;
    world.before = () => new Promise((resolve) => setTimeout(resolve, 50));
    await world.work(3);
    expect(world.writes.toSorted()).toEqual(people.map(({ userId }) => `POST /api/v1/users/${userId}`).toSorted());
  });

  test('a credential that is revoked during the write is written as revoked by the same attempt', async () => {
    const { userId, id } = await world.personWithKey();
    let revoked = false;
    world.before = async (path) => {
      if (revoked || !path.endsWith(userId)) return;
      revoked = true;
      await world.revoke(id);
    };
    await world.work();
    expect(await isReady(userId)).toBe(false);
    expect(await world.row(userId)).toMatchObject({ wanted: false, written: false, lease_id: null });
    await world.work();
    expect(world.writes.filter((write) => write.endsWith(userId))).toHaveLength(2);
  });

  test('another writer loses nothing by ours, and ours is written again where that one wins', async () => {
    await world.org.call('PUT', '/sim/profiles', { lostUpdateMs: 150 });
    const { userId } = await world.personWithKey();
    let raced = false;
    let theirs: Promise<unknown> = Promise.resolve();
    world.before = async (path) => {
      if (raced || !path.endsWith(userId)) return;
      raced = true;
      theirs = world.org.call('POST', `/api/v1/users/${userId}`, { profile: { city: 'Salem' } });
    };
    await world.work();
    await theirs;
    await dueNow();
    await world.sweep();
    await world.work();
    expect(await world.profileOf(userId)).toMatchObject({ city: 'Salem', [attribute.name]: true });
  });

  test('a writer that always wins is a problem of that person, not a loop', async () => {
    const { userId } = await world.personWithKey();
    world.before = async () => undefined;
    const context = world.contextOf(world.ledger);
    const claim = await world.ledger.db.selectFrom('registrations').select('id').executeTakeFirstOrThrow();
    const { identity } = context;
    const overwritten = {
      ...context,
      identity: {
        ...identity,
        writeAttribute: async (tenant: string, write: Parameters<typeof identity.writeAttribute>[1]) => {
          const requestId = await identity.writeAttribute(tenant, write);
          await world.org.call('POST', `/api/v1/users/${userId}`, { profile: { [attribute.name]: false } });
          return requestId;
        },
      },
    };
    const { runRegistrationStep } = await import('@keycourier/journey/steps/run-registration-step');
    const outcome = await runRegistrationStep(overwritten, {
      step: 'write-registration',
      registrationId: claim.id,
      dispatchId: null,
    });
    expect(outcome).toMatchObject({ outcome: 'done', why: 'overwritten' });
    expect(await world.row(userId)).toMatchObject({ problem: 'overwritten' });
  });
});

test('a worker that is killed between the write and its record leaves what the next one finds, and writes no more', async () => {
  const { userId } = await world.personWithKey();
  const { id } = await world.ledger.db.selectFrom('registrations').select('id').executeTakeFirstOrThrow();
  const killed = world.contextOf(world.ledger);
  const claim = await killed.registrations.claim(id, null);
  expect(claim.outcome).toBe('claimed');
  await killed.identity.writeAttribute('acme', {
    userId,
    name: attribute.name,
    value: true,
    version: null,
    mark: 'keycourier registration',
  });
  world.writes.length = 0;
  expect(await world.contextOf(world.ledger).registrations.claim(id, null)).toMatchObject({
    outcome: 'already_running',
  });
  await sql`update registrations set lease_id = 'run_of_the_dead', leased_until = now() - interval '1 s'`.execute(
    world.ledger.db,
  );
  await world.work();
  expect(world.writes).toEqual([]);
  expect(await world.row(userId)).toMatchObject({ written: true, written_at: expect.any(Date), lease_id: null });
  expect(await world.ledger.db.selectFrom('outbox').selectAll().where('subject_id', '=', id).execute()).toEqual([]);
});

test('the event of a write has the mark of its registration', async () => {
  const { userId } = await world.personWithKey();
  await world.work();
  const { id } = await world.row(userId);
  const filter = encodeURIComponent('eventType eq "user.account.update_profile"');
  const { body } = await world.org.call('GET', `/api/v1/logs?filter=${filter}&sortOrder=DESCENDING&limit=1`);
  expect(body).toMatchObject([
    { client: { userAgent: { rawUserAgent: `keycourier registration ${String(id)}` } }, target: [{ id: userId }] },
  ]);
});

describe('settings that are wrong', () => {
  test('because a profile source owns the attribute raise one alarm, and stop only its own people', async () => {
    await addAttribute(world.org, { master: { type: 'PROFILE_MASTER' } });
    const sourced = [await world.personWithKey(), await world.personWithKey(), await world.personWithKey()];
    for (const { userId } of sourced) await world.org.call('PUT', `/sim/users/${userId}/source`, { source: 'ad' });
    const own = await world.personWithKey();
    await world.work();
    expect(world.alarms).toMatchObject([{ code: 'registration_settings', detail: { problem: 'attribute_sourced' } }]);
    expect(await isReady(own.userId)).toBe(true);
    expect(await world.row(sourced[0]?.userId ?? '')).toMatchObject({ problem: 'attribute_sourced' });
    world.writes.length = 0;
    await world.sweep();
    expect(await world.work()).toBe(0);
    await addAttribute(world.org, { master: { type: 'OKTA' } });
    await dueNow();
    await world.sweep();
    await world.work();
    for (const { userId } of sourced) expect(await isReady(userId)).toBe(true);
    expect((await readRegistrationStatus(world.ledger, 'acme')).settingsProblem).toBeNull();
    expect(world.alarms).toHaveLength(1);
  });

  test('because the attribute is missing stop everyone after one call, and one person tries now and then', async () => {
    await removeAttribute(world.org);
    const people = [await world.personWithKey(), await world.personWithKey(), await world.personWithKey()];
    world.writes.length = 0;
    await world.work();
    expect(world.writes).toHaveLength(1);
    expect(world.alarms).toMatchObject([{ code: 'registration_settings', detail: { problem: 'attribute_refused' } }]);
    expect((await readRegistrationStatus(world.ledger, 'acme')).settingsProblem).toMatchObject({
      code: 'attribute_refused',
    });
    await world.sweep();
    expect(await world.work()).toBe(0);
    await sql`update registration_settings set retry_at = now()`.execute(world.ledger.db);
    await world.sweep();
    expect(await world.work()).toBe(1);
    expect(world.alarms).toHaveLength(1);
    await addAttribute(world.org, { master: { type: 'OKTA' } });
    await sql`update registration_settings set retry_at = now()`.execute(world.ledger.db);
    await world.sweep();
    await world.work();
    await world.sweep();
    await world.work();
    for (const { userId } of people) expect(await isReady(userId)).toBe(true);
    expect((await readRegistrationStatus(world.ledger, 'acme')).settingsProblem).toBeNull();
  });

  test('are tried again at once where the config names something else', async () => {
    await removeAttribute(world.org);
    const { userId } = await world.personWithKey();
    await world.work();
    expect((await readRegistrationStatus(world.ledger, 'acme')).settingsProblem).not.toBeNull();
    world.target = { attribute: null, group: { id: world.group }, verifyEveryMs: 3_600_000 };
    await world.sweep();
    await world.work();
    expect(await world.isInGroup(userId)).toBe(true);
    expect((await readRegistrationStatus(world.ledger, 'acme')).settingsProblem).toBeNull();
  });

  test.each([
    ['a group that the org does not have', { id: '00gUnknown000000000' }, 'group_missing'],
    ['a name that no group has', { name: 'Nothing' }, 'group_missing'],
    ['a group that Okta fills itself', { name: 'Everyone' }, 'group_refused'],
  ])('because of %s raise an alarm', async (_, group, problem) => {
    world.target = { attribute: null, group, verifyEveryMs: 3_600_000 };
    await world.sweep();
    const { userId, id } = await world.personWithKey();
    if (problem === 'group_refused') await world.revoke(id);
    await world.work();
    expect(world.alarms).toMatchObject([{ code: 'registration_settings', detail: { problem } }]);
    expect(await world.row(userId)).toMatchObject({ problem });
  });
});

describe('the sweep', () => {
  test('writes again what an administrator changed in Okta', async () => {
    const { userId } = await world.personWithKey();
    await world.work();
    await world.org.call('POST', `/api/v1/users/${userId}`, { profile: { [attribute.name]: false } });
    expect(await world.sweep()).toBe(0);
    await dueNow();
    expect(await world.sweep()).toBe(1);
    await world.work();
    expect(await isReady(userId)).toBe(true);
  });

  test('verifies a bounded number in one run, without a write where nothing changed', async () => {
    for (let count = 0; count < 4; count += 1) await world.personWithKey();
    await world.work();
    world.writes.length = 0;
    await dueNow();
    const { sweepRegistrations } = await import('@keycourier/ledger/registrations/sweep-registrations');
    const { fingerprintOf } = await import('@keycourier/journey/model/registration');
    const targets = new Map([['acme', fingerprintOf(world.target)]]);
    expect(await sweepRegistrations(world.ledger, targets, 3)).toBe(3);
    expect(await world.work()).toBe(3);
    expect(await sweepRegistrations(world.ledger, targets, 3)).toBe(1);
    expect(await world.work()).toBe(1);
    expect(world.writes).toEqual([]);
  });

  test('adds people whose credentials became active before registrations were written', async () => {
    const { userId } = await world.personWithKey();
    await sql`delete from registrations`.execute(world.ledger.db);
    await sql`delete from outbox where step = 'write-registration'`.execute(world.ledger.db);
    await world.sweep();
    await world.work();
    expect(await isReady(userId)).toBe(true);
  });

  test('of several workers at once makes one message for each', async () => {
    await world.personWithKey();
    await world.work();
    await dueNow();
    const added = await Promise.all([world.sweep(), world.sweep(), world.sweep()]);
    expect(added.reduce((sum, one) => sum + one, 0)).toBe(1);
  });
});

test('while Okta does not answer nothing is lost, and the tenant is not paused by it', async () => {
  const { userId } = await world.personWithKey();
  await world.org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/users' }, respond: { status: 401 } }]);
  await world.work();
  const paused = world.ledger.db.selectFrom('tenants').selectAll().where('paused_until', 'is not', null);
  expect(await paused.execute()).toEqual([]);
  await world.org.call('PUT', '/sim/faults', []);
  await endOutage(world.ledger, { tenant: 'acme', service: 'okta' });
  await world.work();
  expect(await isReady(userId)).toBe(true);
});

test('a tenant without registrations in its config records none', async () => {
  const quiet = world.opened.openAnother({ isRegistrationWritten: () => false });
  const { userId, id } = await world.personWithKey();
  await sql`delete from registrations`.execute(world.ledger.db);
  await change(quiet, id, { credential: 'revoked' });
  await expect(world.row(userId)).rejects.toThrow('no result');
});
