import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listAssignments, readAssignedGroups } from '@keycourier/ledger/hub/assignments';
import { readMappings } from '@keycourier/ledger/hub/groups';
import { readComparison } from '@keycourier/ledger/hub/list-comparisons';
import { listMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { requirePeople } from '@keycourier/ledger/hub/mirrors';
import { requestComparison } from '@keycourier/ledger/hub/require-comparisons';
import { readHubSettings } from '@keycourier/ledger/hub/settings';
import { readHubTest } from '@keycourier/ledger/hub/tests';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole } from '../testing/running-console.ts';
import { addHub } from '../testing/sample-hub.ts';
import { addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let admin: TestClient;
let operator: TestClient;
let paths: readonly string[];

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  paths = await addHub(ledger);
  // Of another spoke of the same hub.
  await requirePeople(ledger.db, { tenant: 'globex', userIds: ['00uOther'], priority: 1 });
  const operators = [
    { ...ada, role: 'admin' as const },
    { ...grace, role: 'operator' as const, tenants: ['acme'] },
  ];
  const { url } = await startTestConsole({ databaseUrl: database.url, operators });
  [admin, operator] = [new TestClient(url), new TestClient(url)];
  await admin.signIn(ada);
  await operator.signIn(grace);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const read = async (path: string, client = operator): Promise<string> => (await client.request(path)).text();

const link = '/t/acme/hub';
const people = '/t/acme/hub/people';
const assigned = '/t/acme/hub/assigned-groups';
const groups = '/t/acme/hub/groups';

/** Sends a form of the page at `page`. */
async function send(page: string, fields: Record<string, string>, client = operator): Promise<number> {
  const answer = await client.submit(page, page, fields);
  await answer.body?.cancel();
  return answer.status;
}

const actions = async (): Promise<string[]> => {
  const found = await ledger.db.selectFrom('audit_entries').select('action').orderBy('seq').execute();
  return found.map(({ action }) => action).filter((action) => action.startsWith('hub.'));
};

test('a tenant without a hub has no pages of one', async () => {
  for (const path of paths) expect((await admin.request(path.replace('acme', 'globex'))).status).toBe(404);
  expect(await read('/t/globex', admin)).not.toMatch(/\/hub"|In the hub/);
  expect(await read('/t/acme')).toContain('href="/t/acme/hub"');
});

test('the overview says whom the hub refuses, and leads to them', async () => {
  const html = await read('/t/acme');
  expect(html).toMatch(/In the hub: .*href="\/t\/acme\/hub\/people\?show=problem">1 people with a problem/s);
  expect(html).toMatch(/href="\/t\/acme\/hub\/groups\?show=problem">1 groups with a problem/);
  expect(html).not.toMatch(/comparison failed|import is held/);
});

describe('the link', () => {
  test('shows each check of the last test, and what to grant', async () => {
    const html = await read('/t/acme/hub');
    expect(html).toContain('1 of 9 failed');
    expect(html).toContain('a role that may create users');
    expect(html).toContain('0oaHub');
    expect(html).toMatch(/1 people with a problem.*1 people whose users differ.*1 groups with a problem/s);
  });

  test('is tested on demand', async () => {
    expect(await send('/t/acme/hub', { do: 'test' })).toBe(303);
    expect(await readHubTest(ledger, 'acme')).toMatchObject({ endedAt: null });
    expect(await read('/t/acme/hub')).toContain('The test is under way');
  });

  const settings = {
    do: 'set',
    create: 'on',
    onCreate: 'pending_with_pass',
    onLink: 'active_without_pass',
    onReactivation: 'active_without_pass',
    compareEveryHours: '6',
  };

  test('is changed by an admin alone, and not where another one did meanwhile', async () => {
    expect(await send('/t/acme/hub', { ...settings, revision: '0' })).toBe(403);
    expect(await send('/t/acme/hub', { ...settings, revision: '7' }, admin)).toBe(409);
    expect((await readHubSettings(ledger, 'acme')).switches.create).toBe(false);
    expect(await send('/t/acme/hub', settings, admin)).toBe(303);
    expect(await readHubSettings(ledger, 'acme')).toMatchObject({
      switches: { create: true, update: false, sendEmail: false },
      initialStatus: { create: 'pending_with_pass' },
      compareEveryMs: 6 * 3_600_000,
    });
    expect(await read(link)).toContain('every 6 hours');
  });

  test('compares on demand alone where its time is empty, and by no time beyond the limits', async () => {
    for (const compareEveryHours of ['0.5', '721', 'daily'])
      expect([compareEveryHours, await send(link, { ...settings, compareEveryHours }, admin)]).toEqual([
        compareEveryHours,
        422,
      ]);
    expect(await send(link, { ...settings, compareEveryHours: '' }, admin)).toBe(303);
    expect((await readHubSettings(ledger, 'acme')).compareEveryMs).toBeNull();
  });

  const sourcing = { do: 'source', deactivate: 'on', maxShare: '12.5', everyMinutes: '' };

  test('has one direction: with the hub as its source by an admin alone, and not where it pushes', async () => {
    expect(await send(link, { ...sourcing, revision: '0' })).toBe(403);
    for (const wrong of [{ maxShare: '101' }, { everyMinutes: '4' }])
      expect(await send(link, { ...sourcing, ...wrong }, admin)).toBe(422);
    const refused = await admin.submit(link, link, { ...sourcing, isOn: 'on' });
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('A link has one direction')]);
    expect(await send(link, sourcing, admin)).toBe(303);
    const before = { isOn: false, create: false, deactivate: true, reactivate: false };
    expect((await readHubSettings(ledger, 'acme')).sourcing).toEqual({ ...before, maxShare: 0.125, everyMs: null });
  });
});

describe('people of the hub', () => {
  test('are listed with what keeps them from it, those of their tenant alone', async () => {
    const html = await read(people);
    expect(html).toContain('00uHubOne');
    expect(html).toContain('profile_refused mobilePhone');
    expect(html).toContain('login, secondary address');
    expect(html).not.toContain('00uOther');
    expect(await read(`${people}?show=drift`)).not.toContain('00uHubOne');
    expect(await read(`${people}?user=00uOther`)).toContain('The link has no such person');
  });

  test('are found by the login of their shipment, which leads to them, as their own page does', async () => {
    const shipment = await addShipment(ledger, undefined, { userId: '00uHubTwo' });
    const [, login = ''] = /<h1>(\S+@\S+)<\/h1>/.exec(await read(`/t/acme/shipments/${shipment}`)) ?? [];
    const html = await read(`${people}?user=${encodeURIComponent(login)}`);
    expect(html).toContain('00uHubTwo');
    expect(html).not.toContain('00uHubOne');
    expect(await read(`/t/acme/shipments/${shipment}`)).toContain(`href="${people}?user=00uHubTwo"`);
    const [mirror] = await listMirrors(ledger, { tenant: 'acme', userIds: ['00uHubTwo'], after: null, limit: 1 });
    expect(await read(`/t/acme/people?user=${encodeURIComponent(login)}`)).toContain(`href="${people}/${mirror?.id}"`);
  });

  test('are pushed, assigned and unassigned, each with an audit entry', async () => {
    const before = (await actions()).length;
    expect(await send(people, { userIds: 'ada@acme.example' })).toBe(422);
    expect(await send(people, { userIds: '00uA\r\n00uB, 00uA', initialStatus: '' })).toBe(303);
    expect(await listMirrors(ledger, { tenant: 'acme', only: 'due', after: null, limit: 9 })).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ userId: '00uA' }),
        expect.objectContaining({ userId: '00uB' }),
      ]),
    );
    const one = paths.find((path) => path.includes('/people/')) ?? '';
    expect(await send(one, { do: 'push' })).toBe(303);
    expect(await read(one)).toContain('due');
    expect(await send(one, { do: 'unassign' })).toBe(303);
    const only = { kind: 'person', spokeId: '00uHubOne' } as const;
    expect(await listAssignments(ledger, { tenant: 'acme', only, after: null, limit: 1 })).toEqual([]);
    expect((await actions()).slice(before)).toEqual(['hub.assigned', 'hub.people_pushed', 'hub.unassigned']);
  });
});

test('assigned groups are listed without people, and assigned and unassigned by their ids', async () => {
  const before = (await actions()).length;
  expect(await send(assigned, { do: 'assign', groupIds: 'Sales & Staff' })).toBe(422);
  expect(await send(assigned, { do: 'assign', groupIds: '00gSales\r\n00gStaff' })).toBe(303);
  const html = await read(assigned);
  expect(html).toMatch(/00gSales.*00gStaff/s);
  expect(html).not.toContain('00uHubTwo');
  expect(await send(assigned, { do: 'unassign', groupId: '00gSales' })).toBe(303);
  expect(await send(assigned, { do: 'unassign', groupId: '00gSales' })).toBe(409);
  expect(await readAssignedGroups(ledger, 'acme')).toEqual(['00gStaff']);
  expect((await actions()).slice(before)).toEqual(['hub.assigned', 'hub.unassigned']);
});

describe('groups of the hub', () => {
  const targetsOf = async () =>
    (await readMappings(ledger, { tenant: 'acme', after: null, limit: 9 })).map(({ groupId, target, targetName }) => ({
      groupId,
      target,
      targetName,
    }));

  test('are pushed to a new group, or to one that is named, and once', async () => {
    expect(await send(groups, { groupId: '00gNew', target: 'name' })).toBe(422);
    expect(await send(groups, { groupId: '00gNew', target: 'name', link: 'Staff' })).toBe(303);
    expect(await send(groups, { groupId: '00gNew', target: 'new' })).toBe(409);
    expect(await targetsOf()).toContainEqual({ groupId: '00gNew', target: 'existing', targetName: 'Staff' });
  });

  test('say what keeps them from it, are paused and ended, and deleted in the hub only when it is confirmed', async () => {
    const one = paths.find((path) => path.includes('/groups/')) ?? '';
    const before = (await actions()).length;
    expect(await read(one)).toContain('The hub has another group of this name');
    for (const act of ['push', 'pause']) expect(await send(one, { do: act })).toBe(303);
    expect(await send(one, { do: 'delete', reason: 'not needed' })).toBe(422);
    expect(await send(one, { do: 'delete', confirmed: 'yes', reason: '' })).toBe(422);
    expect(await read(one)).not.toContain('>deleting<');
    expect(await send(one, { do: 'delete', confirmed: 'yes', reason: 'not needed' })).toBe(303);
    expect(await send(one, { do: 'pause' })).toBe(409);
    expect(await send(one, { do: 'unlink' })).toBe(303);
    expect((await operator.request(one)).status).toBe(404);
    expect((await actions()).slice(before)).toEqual([
      'hub.group_pushed_now',
      'hub.group_paused',
      'hub.group_deleted',
      'hub.group_unlinked',
    ]);
  });
});

test('comparisons are listed with what they found, and started, one at a time', async () => {
  const html = await read('/t/acme/hub/runs');
  expect(html).toContain('41 compared, 1 due');
  const report = await read(paths.find((path) => path.includes('/runs/')) ?? '');
  expect(report).toContain('00uCompared');
  expect(report).toContain('Has other attributes in the hub.');
  // A change of the link started one.
  await ledger.db.updateTable('comparisons').set({ state: 'ended', ended_at: ledger.now() }).execute();
  const before = (await actions()).length;
  for (const _ of [1, 2]) expect(await send('/t/acme/hub/runs', { do: 'report' })).toBe(303);
  expect((await actions()).slice(before)).toEqual(['hub.compared']);
  // One that pushes waits for the dry run.
  expect(await send('/t/acme/hub/runs', { do: 'compare' })).toBe(409);
  expect(await read('/t/acme/hub/runs')).toContain('Comparison of people, dry run');
});

describe('imports', () => {
  /** One that is held, with one person in its report. */
  async function held(): Promise<string> {
    const wanted = { tenant: 'acme', kind: 'import', isDryRun: false, requestedBy: 'schedule' } as const;
    const { id } = await requestComparison(ledger.db, wanted);
    await ledger.db
      .updateTable('comparisons')
      .set({ state: 'held', held_share: 0.4, counts: JSON.stringify({ people: 5, linked: 5, changed: 2 }) })
      .where('id', '=', id)
      .execute();
    await ledger.db
      .insertInto('imported_people')
      .values({
        import_id: id,
        hub_user_id: '00uSource',
        okta_user_id: '00uTarget',
        action: 'update',
        fields: ['title'],
      })
      .execute();
    return `/t/acme/hub/runs/${id}`;
  }

  const stateOf = async (path: string) =>
    (await readComparison(ledger, { tenant: 'acme', id: path.split('/').at(-1) ?? '' }))?.state;

  test('need sourcing, and are previewed without it', async () => {
    expect(await send('/t/acme/hub/runs', { do: 'import' })).toBe(409);
    expect(await send('/t/acme/hub/runs', { do: 'preview' })).toBe(303);
    expect(await read('/t/acme/hub/runs')).toContain('Import of people, dry run');
    await ledger.db.updateTable('comparisons').set({ state: 'ended', ended_at: ledger.now() }).execute();
  });

  test('that are held show their share and whom they change, and are released only with a confirmation and a reason', async () => {
    const run = await held();
    const html = await read(run);
    expect(html).toContain('It would change 40 % of the linked people');
    expect(html).toContain(`keycourier hub import show ${run.split('/').at(-1)}`);
    expect(await read('/t/acme')).toContain(`<a href="${run}">an import is held</a>`);
    expect(html).toMatch(/00uSource.*00uTarget.*update title/s);
    for (const fields of [{ reason: 'seen' }, { confirmed: 'yes', reason: '' }])
      expect(await send(run, { do: 'release', ...fields })).toBe(422);
    expect(await stateOf(run)).toBe('held');
    expect(await send(run, { do: 'release', confirmed: 'yes', reason: 'a new site' })).toBe(303);
    expect(await stateOf(run)).toBe('writing');
    expect(await read('/t/acme')).not.toContain('an import is held');
    expect(await send(run, { do: 'reject' })).toBe(409);
    expect((await actions()).at(-1)).toBe('hub.import_released');
    await ledger.db.updateTable('comparisons').set({ state: 'ended', ended_at: ledger.now() }).execute();
  });

  test('that are held are rejected, by operators of their tenant alone', async () => {
    const run = await held();
    const elsewhere = run.replace('acme', 'globex');
    expect((await admin.submit('/t/globex/preferences', elsewhere, { do: 'reject' })).status).toBe(404);
    expect(await stateOf(run)).toBe('held');
    expect(await send(run, { do: 'reject' })).toBe(303);
    expect(await stateOf(run)).toBe('rejected');
    expect((await actions()).at(-1)).toBe('hub.import_rejected');
  });
});

test('where the hub is the source, no one is pushed there, and only imports are started', async () => {
  const off = { creates: false, updates: false, deactivates: false, reactivates: false };
  await ledger.db
    .updateTable('hub_settings')
    .set({ sources: true, ...off })
    .execute();
  const person = paths.find((path) => path.includes('/people/')) ?? '';
  for (const [page, fields] of [
    [people, { userIds: '00uC', initialStatus: '' }],
    [person, { do: 'push' }],
    [assigned, { do: 'assign', groupIds: '00gC' }],
    [groups, { groupId: '00gC', target: 'new' }],
  ] as const)
    expect([page, await send(page, fields)]).toEqual([page, 409]);
  const runs = await read('/t/acme/hub/runs');
  expect(runs).toContain('Import now');
  expect(runs).not.toContain('Compare now');
  expect(await read(link)).toContain('an import that would change more than 12.5 % of the linked people');
});
