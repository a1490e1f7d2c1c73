import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from '@keycourier/journey/ports/context';
import { releaseImport, rejectImport, sweepImports } from '@keycourier/ledger/hub/run-imports';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { change, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { bodyOf } from '@keycourier/okta-simulator/testing/running-org';
import { sql } from 'kysely';
import { z } from 'zod';

import { endLeasesOfRuns, startImportWorld, type ImportWorld } from './testing/import-world.ts';

let world: ImportWorld;
beforeAll(async () => {
  world = await startImportWorld();
  // An org that lists no one is one that shows no one.
  await world.person(world.spoke, 'staff@acme.example');
});
beforeEach(async () => {
  await forgetAll();
  await world.settings({ isOn: true, create: true, deactivate: true, reactivate: false, maxShare: 1 });
});
afterAll(async () => {
  await world.close();
  await closeTestLedgers();
});

/** Both orgs lose their people but their administrators, and the ledger what it knows of them. */
async function forgetAll(): Promise<void> {
  for (const org of [world.spoke, world.hub])
    for (const { id, profile } of await world.users(org))
      if (profile.login.startsWith('person'))
        for (let times = 0; times < 2; times += 1) await org.call('DELETE', `/api/v1/users/${id}`);
  for (const table of ['comparisons', 'sourced_people', 'outbox', 'hub_settings'])
    await sql`delete from ${sql.table(table)}`.execute(world.ledger.db);
  for (const calls of Object.values(world.calls)) calls.length = 0;
}

let count = 0;
const freshLogin = (): string => `person${(count += 1)}@acme.example`;

async function imported(options: Parameters<ImportWorld['request']>[0] = {}): Promise<string> {
  const id = await world.request(options);
  await world.work();
  return id;
}

/** Ids in the hub of so many people who are linked, and as they should be. */
async function linked(people: number): Promise<{ login: string; hubId: string }[]> {
  const all: { login: string; hubId: string }[] = [];
  for (let n = 0; n < people; n += 1) {
    const login = freshLogin();
    all.push({ login, hubId: await world.person(world.hub, login) });
    await world.person(world.spoke, login);
  }
  await imported();
  return all;
}

const mine = async (id: string) =>
  (await world.rows(id)).map(({ hubUserId, action, fields, problem }) => ({ hubUserId, action, fields, problem }));

test('people are matched by login and linked, made equal, or created; a later import finds nothing to do', async () => {
  const [same, other, fresh] = [freshLogin(), freshLogin(), freshLogin()];
  const hubIds = [
    await world.person(world.hub, same),
    await world.person(world.hub, other, { city: 'Galway' }),
    await world.person(world.hub, fresh, { firstName: 'Eve' }),
  ];
  await world.person(world.spoke, same);
  await world.person(world.spoke, other, { city: 'Cork' });
  const id = await imported();
  const rows = await mine(id);
  expect(rows.filter(({ hubUserId }) => hubIds.includes(hubUserId))).toEqual(
    [
      { hubUserId: hubIds[0], action: 'link', fields: [], problem: null },
      { hubUserId: hubIds[1], action: 'update', fields: ['city'], problem: null },
      { hubUserId: hubIds[2], action: 'create', fields: expect.arrayContaining(['login', 'firstName']), problem: null },
    ].toSorted((one, two) => (String(one.hubUserId) < String(two.hubUserId) ? -1 : 1)),
  );
  expect((await world.user(world.spoke, other))?.profile).toMatchObject({ city: 'Galway' });
  expect((await world.user(world.spoke, fresh))?.profile).toMatchObject({ firstName: 'Eve' });
  const again = await imported({ isFull: true });
  expect(await world.run(again)).toMatchObject({ state: 'ended', problem: null });
  expect((await mine(again)).filter(({ hubUserId }) => hubIds.includes(hubUserId))).toEqual([]);
});

test('without the setting for it, whom the spoke does not have is reported and not created', async () => {
  await world.settings({ create: false });
  const hubId = await world.person(world.hub, freshLogin());
  const before = (await world.users(world.spoke)).length;
  const id = await imported();
  expect(await mine(id)).toContainEqual({ hubUserId: hubId, action: 'unmatched', fields: [], problem: null });
  expect(await world.users(world.spoke)).toHaveLength(before);
});

test('a later import reads whom the hub changed alone, and brings what differs of the mapping', async () => {
  const [changed] = await linked(6);
  await world.change(world.hub, changed?.hubId ?? '', { firstName: 'Eve', login: `new-${changed?.login}` });
  await sql`update hub_settings set source_seen_until = now() - interval '1 ms'`.execute(world.ledger.db);
  await world.change(world.hub, changed?.hubId ?? '', { title: 'Countess' });
  for (const calls of Object.values(world.calls)) calls.length = 0;
  const id = await imported();
  expect(await mine(id)).toMatchObject([{ action: 'update', fields: expect.arrayContaining(['login', 'title']) }]);
  // A page of the hub; the person in the spoke; then both anew, their roles, and one write.
  expect([world.calls.hub.length, world.calls.spoke.length]).toEqual([2, 4]);
  expect(await world.user(world.spoke, `new-${changed?.login}`)).toMatchObject({
    profile: { firstName: 'Eve', title: 'Countess' },
  });
});

describe('whom the hub deactivates', () => {
  test.each([
    ['is deactivated', true, 'deactivate', 'DEPROVISIONED'],
    ['stays, where the setting says so', false, 'link', 'PROVISIONED'],
  ] as const)('%s in the spoke, and comes back where that is on', async (_what, deactivate, action, status) => {
    const [one] = await linked(1);
    await world.settings({ deactivate, reactivate: true });
    await world.set(world.hub, one?.hubId ?? '', 'deactivate');
    const id = await imported();
    expect(await mine(id)).toMatchObject([{ hubUserId: one?.hubId, action }]);
    expect((await world.user(world.spoke, one?.login ?? ''))?.status).toBe(status);
    await world.set(world.hub, one?.hubId ?? '', 'activate');
    await imported({ isFull: true });
    expect((await world.user(world.spoke, one?.login ?? ''))?.status).toBe('PROVISIONED');
  });

  test('is found by a full import also where the hub deleted them, and never deleted in the spoke', async () => {
    const [one] = await linked(2);
    for (let times = 0; times < 2; times += 1) await world.hub.call('DELETE', `/api/v1/users/${one?.hubId}`);
    const id = await imported({ isFull: true });
    expect(await mine(id)).toMatchObject([{ hubUserId: one?.hubId, action: 'deactivate' }]);
    expect((await world.user(world.spoke, one?.login ?? ''))?.status).toBe('DEPROVISIONED');
  });
});

test('people of another source, administrators, and those whom the spoke deactivated are refused with the reason', async () => {
  const logins = [freshLogin(), freshLogin(), freshLogin()];
  const spokeIds: string[] = [];
  for (const login of logins) {
    await world.person(world.hub, login, { firstName: 'Eve' });
    spokeIds.push(await world.person(world.spoke, login));
  }
  const [sourced = '', administrator = '', deactivated = ''] = spokeIds;
  await world.spoke.call('PUT', `/sim/users/${sourced}/source`, { source: 'ACTIVE_DIRECTORY' });
  await world.spoke.call('PUT', `/sim/users/${administrator}/roles`, { roles: [{ type: 'HELP_DESK_ADMIN' }] });
  await world.set(world.spoke, deactivated, 'deactivate');
  const id = await imported();
  const problems = Object.fromEntries((await world.rows(id)).map(({ userId, problem }) => [userId, problem]));
  expect(spokeIds.map((userId) => problems[userId])).toEqual([
    'sourced_elsewhere',
    'administrator',
    'deactivated_in_spoke',
  ]);
  for (const login of logins) expect((await world.user(world.spoke, login))?.profile['firstName']).toBe('Ada');
});

test('a preview says who would be changed in what, and writes nothing in either org', async () => {
  const [one] = await linked(2);
  await world.settings({ isOn: false });
  await world.change(world.hub, one?.hubId ?? '', { city: 'Galway' });
  const fresh = await world.person(world.hub, freshLogin());
  for (const calls of Object.values(world.calls)) calls.length = 0;
  const id = await imported({ isDryRun: true });
  expect(await world.run(id)).toMatchObject({ state: 'ended', isDryRun: true, counts: { changed: 1 } });
  const rows = await mine(id);
  expect(rows).toContainEqual({ hubUserId: one?.hubId, action: 'update', fields: ['city'], problem: null });
  expect(rows).toContainEqual(expect.objectContaining({ hubUserId: fresh, action: 'create' }));
  expect([...world.calls.hub, ...world.calls.spoke].filter((call) => !call.startsWith('GET'))).toEqual([]);
  const { rows: kept } = await sql<{ row: string }>`
    select row_to_json(imported_people)::text as row from imported_people
    union all select row_to_json(sourced_people)::text from sourced_people`.execute(world.ledger.db);
  expect(kept.map(({ row }) => row).join('\n')).not.toMatch(/Galway|person\d/);
});

describe('an import that would change 40 % of the people', () => {
  async function held(): Promise<{ id: string; logins: string[] }> {
    const people = await linked(5);
    await world.settings({ maxShare: 0.2, create: false });
    for (const { hubId } of people.slice(0, 2)) await world.change(world.hub, hubId, { city: 'Galway' });
    return { id: await imported(), logins: people.map(({ login }) => login) };
  }
  const cities = async (logins: readonly string[]) => {
    const users = await world.users(world.spoke);
    return logins.map((login) => users.find(({ profile }) => profile.login === login)?.profile['city'] ?? null);
  };

  test('is held: nothing is written, and no other one starts, until an operator releases it', async () => {
    const { id, logins } = await held();
    expect(await world.run(id)).toMatchObject({ state: 'held', heldShare: expect.closeTo(2 / 6, 2), endedAt: null });
    expect(await cities(logins)).toEqual([null, null, null, null, null]);
    await sql`update hub_settings set source_due_at = now()`.execute(world.ledger.db);
    expect(await sweepImports(world.ledger)).toBe(0);
    expect(await releaseImport(world.ledger, { tenant: 'globex', id })).toBe(false);
    expect(await releaseImport(world.ledger, { tenant: 'acme', id })).toBe(true);
    await world.work();
    expect(await world.run(id)).toMatchObject({ state: 'ended' });
    expect(await cities(logins)).toEqual(['Galway', 'Galway', null, null, null]);
  });

  test('is ended by an operator who rejects it, with nothing written', async () => {
    const { id, logins } = await held();
    expect(await rejectImport(world.ledger, { tenant: 'globex', id })).toBe(false);
    expect(await rejectImport(world.ledger, { tenant: 'acme', id })).toBe(true);
    expect(await releaseImport(world.ledger, { tenant: 'acme', id })).toBe(false);
    await world.work();
    expect([await world.run(id), await cities(logins)]).toMatchObject([{ state: 'rejected' }, Array(5).fill(null)]);
    // It comes back when it would have after this one, and not at once.
    expect(await sweepImports(world.ledger)).toBe(0);
    await sql`update hub_settings set source_due_at = now()`.execute(world.ledger.db);
    expect(await sweepImports(world.ledger)).toBe(1);
  });

  test('writes what was shown and no more: a person of whom it is something else, or more, by now waits for a later one', async () => {
    const { id, logins } = await held();
    const [gone, renamed] = (await world.rows(id)).filter(({ action }) => action === 'update');
    await world.set(world.hub, gone?.hubUserId ?? '', 'deactivate');
    await world.change(world.hub, renamed?.hubUserId ?? '', { lastName: 'Byron' });
    await releaseImport(world.ledger, { tenant: 'acme', id });
    await world.work();
    const ends = (await mine(id)).filter(({ action }) => action === 'update');
    expect(ends.map(({ problem }) => problem)).toEqual(['changed_meanwhile', 'changed_meanwhile']);
    expect(await cities(logins)).toEqual([null, null, null, null, null]);
  });

  test('ends when the settings change, with its report: the next one reads everyone by the new ones', async () => {
    const { id } = await held();
    await world.settings({ maxShare: 1 });
    expect(await world.run(id)).toMatchObject({ state: 'failed', problem: 'settings_changed' });
    expect(await world.rows(id)).toHaveLength(2);
    expect(await releaseImport(world.ledger, { tenant: 'acme', id })).toBe(false);
    expect(await sweepImports(world.ledger)).toBe(1);
  });
});

test('a shipment that is held because its person has no user in the hub goes on once an import has linked one', async () => {
  const login = freshLogin();
  await world.person(world.hub, login);
  const userId = await world.person(world.spoke, login);
  const { id } = await open(world.ledger, { tenant: 'acme', userId, login: null });
  const problems = [{ field: 'hub', code: 'not_pushed' }] as const;
  await change(world.ledger, id, { hold: { code: 'hub_person_missing', problems, since: new Date() } });
  await imported();
  expect((await look(world.ledger, id)).hold).toBeNull();
  await sql`truncate shipments cascade`.execute(world.ledger.db);
});

/** Before the people of a run are written, once they are all found; who is to be created comes first. */
const beforeWriting =
  (happens: () => Promise<unknown>) =>
  (context: Context): Context => ({
    ...context,
    imports: {
      ...context.imports,
      due: async (...parameters) => {
        const due = await context.imports.due(...parameters);
        await happens();
        const isCreate = ({ action }: { action: string }): boolean => action === 'create';
        return [...due.filter(isCreate), ...due.filter((one) => !isCreate(one))];
      },
    },
  });

test('whom the spoke itself created meanwhile is not taken for the one whom an import was to create', async () => {
  const login = freshLogin();
  const hubId = await world.person(world.hub, login, { firstName: 'Eve' });
  const id = await world.request();
  await world.work(
    beforeWriting(async () => {
      if ((await world.user(world.spoke, login)) === undefined) await world.person(world.spoke, login);
    }),
  );
  expect((await mine(id)).find(({ hubUserId }) => hubUserId === hubId)?.problem).toBe('changed_meanwhile');
  expect((await world.user(world.spoke, login))?.profile['firstName']).toBe('Ada');
});

test.each<[string, () => Promise<unknown>]>([
  ['settings change', () => world.settings({ isOn: false })],
  [
    'lease is another worker’s',
    () => sql`update comparisons set lease_id = 'run_other' where ended_at is null`.execute(world.ledger.db),
  ],
])('a worker whose %s while it writes creates no one, and ends with the person at hand', async (_what, happens) => {
  const people = await linked(3);
  for (const { hubId } of people) await world.change(world.hub, hubId, { firstName: 'Eve' });
  const fresh = freshLogin();
  await world.person(world.hub, fresh);
  const id = await world.request({ isFull: true });
  await world.work(beforeWriting(happens));
  const names = (await world.users(world.spoke)).map(({ profile }) => profile['firstName']);
  expect(names.filter((name) => name === 'Eve').length).toBeLessThanOrEqual(1);
  expect(await world.user(world.spoke, fresh)).toBeUndefined();
  expect((await world.rows(id)).filter(({ writtenAt }) => writtenAt !== null)).toEqual([]);
  const { rows } = await sql`select from sourced_people where state = 'creating'`.execute(world.ledger.db);
  expect(rows).toEqual([]);
});

test('people of the hub that a tenant had before are not gone from another one, whose own replace them', async () => {
  const [one] = await linked(1);
  const stranger = { id: '00uOfAnother', status: 'ACTIVE', profile: { login: one?.login ?? '', firstName: 'Eve' } };
  const another = (context: Context): Context => ({
    ...context,
    importCalls: {
      ...context.importCalls,
      hubOrgOf: async () => 'another-hub.okta.com',
      listHubUsers: async () => ({ users: [stranger], next: null }),
      readHubUser: async (_tenant, id) => (id === stranger.id ? stranger : null),
    },
  });
  const id = await world.request({ isFull: true });
  await world.work(another);
  expect(await mine(id)).toEqual([{ hubUserId: stranger.id, action: 'update', fields: ['firstName'], problem: null }]);
  expect(await world.user(world.spoke, one?.login ?? '')).toMatchObject({
    status: 'PROVISIONED',
    profile: { firstName: 'Eve' },
  });
});

test('the hub under another address has the same people', async () => {
  const people = await linked(2);
  const renamed = (context: Context): Context => ({
    ...context,
    importCalls: { ...context.importCalls, hubOrgOf: async () => 'renamed.okta.com' },
  });
  const again = await world.request({ isFull: true });
  await world.work(renamed);
  expect((await mine(again)).filter(({ hubUserId }) => people.some(({ hubId }) => hubId === hubUserId))).toEqual([]);
  await world.set(world.hub, people[0]?.hubId ?? '', 'deactivate');
  await world.hub.call('DELETE', `/api/v1/users/${people[0]?.hubId}`);
  const last = await world.request({ isFull: true });
  await world.work(renamed);
  expect(await mine(last)).toMatchObject([{ hubUserId: people[0]?.hubId, action: 'deactivate' }]);
});

test('a page that changes while it is read in parts loses no one', async () => {
  await linked(1);
  await world.settings({ create: false });
  await sql`update hub_settings set source_seen_until = now(), source_full_due_at = now() + interval '1 day'`.execute(
    world.ledger.db,
  );
  const users = Array.from({ length: 40 }, (_, index) => {
    const id = `00uPage${String(index).padStart(2, '0')}`;
    return { id, status: 'ACTIVE', profile: { login: `${id}@acme.example` } };
  });
  let listings = 0;
  const shrinking = (context: Context): Context => ({
    ...context,
    importCalls: {
      ...context.importCalls,
      listHubUsers: async () => ({ users: users.slice((listings += 1) === 1 ? 0 : 5), next: null }),
    },
  });
  const id = await world.request();
  await world.work(shrinking);
  expect(listings).toBe(2);
  expect((await world.rows(id)).map(({ hubUserId }) => hubUserId)).toEqual(users.map((user) => user.id));
});

test('two tenants with one hub know nothing of each other’s people', async () => {
  const [one] = await linked(1);
  await world.settings({ isOn: true, create: false }, 'globex');
  const id = await imported({ tenant: 'globex' });
  expect(await world.rows(id)).toEqual([]);
  expect(await world.run(id)).toBeNull();
  expect(await world.run(id, 'globex')).toMatchObject({ state: 'ended' });
  const { rows } = await sql<{ tenant: string; people: number }>`
    select tenant, count(*)::int as people from sourced_people where hub_user_id = ${one?.hubId} group by tenant
    order by tenant`.execute(world.ledger.db);
  expect(rows).toEqual([
    { tenant: 'acme', people: 1 },
    { tenant: 'globex', people: 1 },
  ]);
});

test('an org that lists no one is a failure: Okta shows that to those who may see no one', async () => {
  await linked(1);
  const empty = (context: Context): Context => ({
    ...context,
    importCalls: { ...context.importCalls, listHubUsers: async () => ({ users: [], next: null }) },
  });
  const id = await world.request({ isFull: true });
  await world.work(empty);
  expect(await world.run(id)).toMatchObject({ state: 'failed', problem: 'hub_is_empty' });
});

/** Ends a worker. */
class Killed extends RangeError {}

/** Ends the worker after its `nth` call or commit had its effect. What comes before the next one is no different. */
function killAfter(nth: number): (context: Context) => Context {
  let calls = 0;
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const call: unknown = Reflect.get(target, name);
        if (typeof call !== 'function') return call;
        return async (...parameters: unknown[]): Promise<unknown> => {
          const result: unknown = await Reflect.apply(call, target, parameters);
          calls += 1;
          if (calls === nth) throw new Killed();
          return result;
        };
      },
    });
  return (context) => ({
    ...context,
    importCalls: dying(context.importCalls),
    imports: dying(context.imports),
  });
}

const userShape = z.looseObject({ profile: z.looseObject({ firstName: z.string() }) });

test('a worker that is killed after any call or commit makes each person once, and equal', async () => {
  let isKilled = true;
  for (let nth = 1; isKilled; nth += 1) {
    expect(nth).toBeLessThan(80);
    const [fresh, other] = [freshLogin(), freshLogin()];
    for (const login of [fresh, other]) await world.person(world.hub, login, { firstName: 'Eve' });
    await world.person(world.spoke, other);
    const id = await world.request({ isFull: true });
    isKilled = await world.work(killAfter(nth)).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Killed) return true;
        throw error;
      },
    );
    await endLeasesOfRuns(world);
    await world.work();
    const people = [fresh, other].map((login) => world.spoke.call('GET', `/api/v1/users/${login}`));
    const names = (await Promise.all(people)).map((reply) => bodyOf(userShape, reply).profile.firstName);
    expect([nth, names, await world.run(id)]).toMatchObject([nth, ['Eve', 'Eve'], { state: 'ended' }]);
    expect((await world.rows(id)).filter(({ problem }) => problem !== null)).toEqual([]);
  }
});
