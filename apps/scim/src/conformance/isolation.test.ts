import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { routes } from '../routes.ts';
import { clientOf, enterprise, idOf, patchOf, searchOf } from '../testing/requests.ts';
import { runScim, type Answer, type RunningScim, type TestConnection } from '../testing/running-scim.ts';

let scim: RunningScim;
let owner: ReturnType<typeof clientOf>;
/** A user and a group of the owner's, and their ETags. */
const of = { user: '', group: '', userEtag: '', groupEtag: '' };
const viewers: Record<string, TestConnection> = {};
/** A group of each viewer's own. */
const ownGroups: Record<string, string> = {};
const unknown = { user: 'usr_01m8j8eag4c167rsskqxfm7sk1', group: 'grp_01m8j8eag4c167rsskqxfm7sk1' };

const userBody = {
  userName: 'ada@acme.example',
  externalId: '00uADA',
  displayName: 'Ada Byron',
  name: { familyName: 'Byron', givenName: 'Ada' },
  emails: [{ value: 'ada@mail.example', type: 'work' }],
  phoneNumbers: [{ value: '+14155550132', type: 'work' }],
  [enterprise]: { employeeNumber: '7', department: 'IT' },
};

beforeAll(async () => {
  scim = await runScim();
  owner = clientOf(scim);
  const user = await owner.send('POST', '/Users', userBody);
  of.user = idOf(user);
  of.group = await owner.group('Of the owner', [of.user]);
  of.userEtag = user.headers.get('etag') ?? '';
  of.groupEtag = (await owner.send('GET', `/Groups/${of.group}`)).headers.get('etag') ?? '';
  viewers['another connection'] = await scim.addConnection({ includeManual: true, takeOverByLocalPart: true });
  viewers['another tenant'] = await scim.addConnection({ readAll: true, includeManual: true }, 'globex');
  for (const [name, as] of Object.entries(viewers)) ownGroups[name] = await clientOf(scim, as).group(`Of ${name}`);
});
afterAll(() => scim.stop());

interface Sent {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

type Ids = typeof unknown;

/** Conditions that hold for what is there; for what is another's they must tell nothing. */
const conditions = (etag: string): Record<string, string>[] => [
  {},
  { 'if-match': etag },
  { 'if-match': '*' },
  { 'if-match': 'W/"stale"' },
  { 'if-none-match': etag },
];

const byId = (method: string, path: string, { etag, body }: { etag: string; body?: unknown }): Sent[] =>
  conditions(etag).map((headers) => ({ method, path, headers, ...(body === undefined ? {} : { body }) }));

const userFilters = ({ user, group }: Ids): string[] => [
  `id eq "${user}"`,
  `id ne "x" and userName eq "${userBody.userName}"`,
  `userName sw "ada"`,
  `externalId eq "00uADA"`,
  `emails.value eq "ada@mail.example"`,
  `emails[type eq "work" and value co "ada"]`,
  `phoneNumbers.value eq "+14155550132"`,
  `name.familyName eq "byron" or displayName eq "ada byron"`,
  `${enterprise}:employeeNumber eq "7"`,
  `groups.value eq "${group}"`,
  `not (userName eq "unknown")`,
  'meta.created gt "2020-01-01T00:00:00Z"',
  'active eq true',
  'id pr',
];

const groupFilters = ({ user, group }: Ids): string[] => [
  `id eq "${group}"`,
  'displayName eq "Of the owner"',
  `members eq "${user}"`,
  `members.value eq "${user}"`,
  `members[value eq "${user}"]`,
  `displayName sw "of the"`,
  `id eq "${group}" and members eq "${user}"`,
  `not (displayName eq "Of another connection" or displayName eq "Of another tenant")`,
];

/** Those of users and of groups that a group of a viewer's own does not fit. */
const filtersOfAll = (ids: Ids): string[] =>
  [...userFilters(ids), ...groupFilters(ids)].filter((filter) => !/^(?:not|meta|id pr|active)/.test(filter));

const patchUser = patchOf({ op: 'replace', value: { title: 'Taken', active: false } });
const patchGroup = patchOf({ op: 'replace', value: { displayName: 'Taken' } }, { op: 'remove', path: 'members' });

/** For each route with an id or a search: requests that name what is another's. */
const requests = (ids: Ids): Readonly<Record<string, readonly Sent[]>> => ({
  'get /Users/:id': byId('GET', `/Users/${ids.user}`, { etag: of.userEtag }),
  'put /Users/:id': byId('PUT', `/Users/${ids.user}`, { etag: of.userEtag, body: userBody }),
  'patch /Users/:id': byId('PATCH', `/Users/${ids.user}`, { etag: of.userEtag, body: patchUser }),
  'delete /Users/:id': byId('DELETE', `/Users/${ids.user}`, { etag: of.userEtag }),
  'get /Groups/:id': byId('GET', `/Groups/${ids.group}`, { etag: of.groupEtag }),
  'put /Groups/:id': byId('PUT', `/Groups/${ids.group}`, { etag: of.groupEtag, body: { displayName: 'Taken' } }),
  'patch /Groups/:id': byId('PATCH', `/Groups/${ids.group}`, { etag: of.groupEtag, body: patchGroup }),
  'delete /Groups/:id': byId('DELETE', `/Groups/${ids.group}`, { etag: of.groupEtag }),
  'get /Users': userFilters(ids).map((filter) => ({
    method: 'GET',
    path: `/Users?filter=${encodeURIComponent(filter)}`,
  })),
  'get /Groups': groupFilters(ids).map((filter) => ({
    method: 'GET',
    path: `/Groups?filter=${encodeURIComponent(filter)}`,
  })),
  'post /Users/.search': userFilters(ids).map((filter) => ({
    method: 'POST',
    path: '/Users/.search',
    body: searchOf({ filter, sortBy: 'userName' }),
  })),
  'post /Groups/.search': groupFilters(ids).map((filter) => ({
    method: 'POST',
    path: '/Groups/.search',
    body: searchOf({ filter }),
  })),
  'get ': filtersOfAll(ids).map((filter) => ({ method: 'GET', path: `?filter=${encodeURIComponent(filter)}` })),
  'post /.search': filtersOfAll(ids).map((filter) => ({
    method: 'POST',
    path: '/.search',
    body: searchOf({ filter }),
  })),
  'post /Groups': [{ method: 'POST', path: '/Groups', body: { displayName: 'New', members: [{ value: ids.user }] } }],
  'post /Bulk': [
    {
      method: 'POST',
      path: '/Bulk',
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          { method: 'PUT', path: `/Users/${ids.user}`, version: of.userEtag, data: userBody },
          { method: 'PATCH', path: `/Users/${ids.user}`, data: patchUser },
          { method: 'DELETE', path: `/Users/${ids.user}` },
          { method: 'PATCH', path: `/Groups/${ids.group}`, version: of.groupEtag, data: patchGroup },
          { method: 'DELETE', path: `/Groups/${ids.group}` },
          {
            method: 'POST',
            path: '/Groups',
            bulkId: 'g',
            data: { displayName: 'New', members: [{ value: ids.user }] },
          },
        ],
      },
    },
  ],
});

/** Routes that name nothing of anyone's, and the one whose name is taken in the whole tenant. */
const others = [
  'get /ServiceProviderConfig',
  'get /Schemas',
  'get /Schemas/:id',
  'get /ResourceTypes',
  'get /ResourceTypes/:id',
  'post /Users',
  ...['get', 'post', 'put', 'patch', 'delete'].map((method) => `${method} /Me`),
];

/** An answer as it would be about anything else. */
const anonymous = ({ status, text }: Answer): unknown => [
  status,
  text.replaceAll(of.user, unknown.user).replaceAll(of.group, unknown.group),
];

test('every route has its requests here', () => {
  const named = [...Object.keys(requests(unknown)), ...others].toSorted();
  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(named);
});

describe.each(['another connection', 'another tenant'])('to %s', (viewer) => {
  test.each(Object.keys(requests(unknown)))('what is another’s looks like what is not there: %s', async (route) => {
    const [about, aboutNothing] = [requests(of)[route] ?? [], requests(unknown)[route] ?? []];
    expect(about.length).toBeGreaterThan(0);
    for (const [index, { method, path, ...options }] of about.entries()) {
      const as = viewers[viewer] ?? null;
      const answer = await scim.call(method, path, { ...options, as });
      const nothing = aboutNothing[index];
      const expected = await scim.call(method, nothing?.path ?? '', { ...nothing, as });
      expect(anonymous(answer)).toEqual(anonymous(expected));
      expect(answer.text).not.toMatch(/Ada|[Bb]yron|00uADA|mail\.example|of the owner/);
      if (route.includes(':id')) expect(answer.status).toBe(404);
      if (path.includes('filter') || path.includes('.search')) expect(answer.body).toMatchObject({ totalResults: 0 });
    }
  });

  test('a member who is another’s is refused as one who is not there, and removed as one who is none', async () => {
    const as = viewers[viewer] ?? null;
    const path = `/Groups/${ownGroups[viewer]}`;
    for (const [op, status] of [
      ['add', 400],
      ['replace', 400],
      ['remove', 204],
    ] as const) {
      const send = (value: string) =>
        scim.call('PATCH', path, { as, body: patchOf({ op, path: 'members', value: [{ value }] }) });
      const answer = await send(of.user);
      expect(answer.status).toBe(status);
      expect(anonymous(answer)).toEqual(anonymous(await send(unknown.user)));
    }
    expect(await clientOf(scim, as).membersOf(ownGroups[viewer] ?? '')).toEqual([]);
  });
});

test('a userName of another connection is taken, one of another tenant is free; nothing of the user is shown', async () => {
  const sameTenant = await scim.call('POST', '/Users', { as: viewers['another connection'] ?? null, body: userBody });
  expect([sameTenant.status, sameTenant.body['scimType']]).toEqual([409, 'uniqueness']);
  expect(sameTenant.text).not.toMatch(/usr_|Ada/);
  const elsewhere = await scim.call('POST', '/Users', { as: viewers['another tenant'] ?? null, body: userBody });
  expect(elsewhere.status).toBe(201);
  expect(idOf(elsewhere)).not.toBe(of.user);
});

test('after all of these the owner’s user and group are as they were', async () => {
  const user = await owner.send('GET', `/Users/${of.user}`);
  expect(user.body).toMatchObject({ ...userBody, active: true, groups: [{ value: of.group }] });
  expect(user.headers.get('etag')).toBe(of.userEtag);
  expect((await owner.send('GET', `/Groups/${of.group}`)).headers.get('etag')).toBe(of.groupEtag);
});

test.each(routes.map(({ method, path }) => [method.toUpperCase(), path] as const))(
  '%s %s: a wrong token and an unknown connection look alike',
  async (method, path) => {
    const wrong = await scim.call(method, path, { as: { ...scim.connection, token: 'wrong' } });
    const nowhere = await scim.call(method, path, { as: { ...scim.connection, id: 'f'.repeat(26) } });
    expect([wrong.status, wrong.text]).toEqual([401, nowhere.text]);
  },
);
