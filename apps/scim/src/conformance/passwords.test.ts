import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { directoryEvents } from '@keycourier/ledger/testing/sample-directory';
import { dumpTables, relationsWith } from '@keycourier/ledger/testing/search-database';

import { routes } from '../routes.ts';
import { clientOf, enterprise, patchOf, searchOf } from '../testing/requests.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

const canary = 'c4nary-in-a-SCIM-body';
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
let user = '';
let group = '';
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  user = await okta.user('ada@acme.example');
  group = await okta.group('A group', [user]);
  await okta.group('A clear name');
});
afterAll(() => scim.stop());

/** A password in every place where a body may have one; some are no valid bodies. */
const bodies = (valid: Record<string, unknown>): unknown[] => [
  { ...valid, password: canary },
  { ...valid, PassWord: canary },
  { ...valid, password: { value: canary } },
  { ...valid, password: [canary, { [canary]: canary }] },
  { ...valid, [core]: { password: canary } },
  { ...valid, [`${core}:password`]: canary },
  { ...valid, [enterprise]: { password: canary } },
  { ...valid, name: { password: canary } },
  { ...valid, emails: [{ value: 'a@mail.example', password: canary }] },
  { ...valid, members: [{ value: user, password: canary }] },
  { ...valid, unheardOf: { password: canary } },
  { ...valid, userName: null, displayName: null, password: canary },
  { ...valid, active: 'neither', password: canary },
  { ...valid, password: canary, filter: `password eq "${canary}"` },
];

const paths = ['password', 'PASSWORD', `${core}:password`, 'name.password', 'emails[type eq "work"].password'];

const patches = (): unknown[] => [
  ...['add', 'replace', 'Replace'].flatMap((op) => paths.map((path) => patchOf({ op, path, value: canary }))),
  ...paths.map((path) => patchOf({ op: 'remove', path })),
  ...bodies({}).map((value) => patchOf({ op: 'replace', value })),
  ...bodies({}).map((value) => patchOf({ op: 'add', value })),
  patchOf({ op: 'add', path: enterprise, value: { password: canary } }),
  patchOf({ op: 'replace', path: `password[value eq "${canary}"]`, value: 'x' }),
  patchOf({ op: 'replace', path: `emails[password eq "${canary}"].value`, value: 'x' }),
  patchOf({ op: 'replace', path: 'title', value: 'x' }, { op: canary, path: 'password', value: canary }),
];

const queries = [
  `filter=password eq "${canary}"`,
  'filter=password pr',
  `filter=userName eq "x" or not (password sw "${canary}")`,
  `filter=${core}:password co "${canary}"`,
  `attributes=password`,
  `sortBy=password&attributes=id,password`,
  `password=${canary}`,
].map((query) => encodeURI(query));

const operation = (method: string, path: string, data: unknown) => ({ method, path, bulkId: 'b', data });

let names = 0;
const newName = () => {
  names += 1;
  return { userName: `new${names}@acme.example`, displayName: `Group ${names}` };
};

/** What is sent on each route: bodies, and queries where a route reads them. */
const sent = (): Readonly<Record<string, readonly { path: string; body?: unknown }[]>> => {
  const reads = (path: string) => queries.map((query) => ({ path: `${path}?${query}` }));
  const writes = (path: string) => bodies(newName()).map((body) => ({ path, body: { ...Object(body), ...newName() } }));
  const searches = (path: string) => [
    { path, body: searchOf({ filter: `password eq "${canary}"` }) },
    { path, body: searchOf({ filter: 'id pr', attributes: ['password'], password: canary }) },
  ];
  return {
    'get ': reads(''),
    'post /.search': searches('/.search'),
    'get /Me': reads('/Me'),
    ...Object.fromEntries(['post', 'put', 'patch', 'delete'].map((method) => [`${method} /Me`, writes('/Me')])),
    'get /Users': reads('/Users'),
    'post /Users/.search': searches('/Users/.search'),
    'post /Users': [...writes('/Users'), ...bodies({}).map((body) => ({ path: '/Users', body }))],
    'get /Users/:id': reads(`/Users/${user}`),
    'put /Users/:id': [...writes(`/Users/${user}`), { path: `/Users/${user}`, body: { password: canary } }],
    'patch /Users/:id': patches().map((body) => ({ path: `/Users/${user}`, body })),
    'delete /Users/:id': [{ path: '/Users/usr_unknown', body: { password: canary } }],
    'get /Groups': reads('/Groups'),
    'post /Groups/.search': searches('/Groups/.search'),
    'post /Groups': writes('/Groups'),
    'get /Groups/:id': reads(`/Groups/${group}`),
    'put /Groups/:id': writes(`/Groups/${group}`),
    'patch /Groups/:id': patches().map((body) => ({ path: `/Groups/${group}`, body })),
    'delete /Groups/:id': [{ path: '/Groups/grp_unknown', body: { password: canary } }],
    'get /ServiceProviderConfig': reads('/ServiceProviderConfig'),
    'get /Schemas': reads('/Schemas'),
    'get /Schemas/:id': reads(`/Schemas/${core}`),
    'get /ResourceTypes': reads('/ResourceTypes'),
    'get /ResourceTypes/:id': reads('/ResourceTypes/User'),
    'post /Bulk': [
      {
        path: '/Bulk',
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          password: canary,
          Operations: [
            ...bodies(newName()).map((data) => operation('PUT', `/Users/${user}`, data)),
            ...patches().map((data) => operation('PATCH', `/Users/${user}`, data)),
            ...patches().map((data) => operation('PATCH', `/Groups/${group}`, data)),
            operation('POST', '/Users', { ...newName(), password: canary }),
            operation('POST', '/Groups', { ...newName(), password: canary }),
            operation('POST', '/Nothing', { password: canary }),
          ],
        },
      },
    ],
  };
};

test('a password on any route and in any shape is in no answer, log, row or file of the database', async () => {
  const requests = sent();
  let accepted = 0;
  for (const { method, path } of routes) {
    const ofRoute = requests[`${method} ${path}`] ?? [];
    expect([path, ofRoute.length > 0]).toEqual([path, true]);
    for (const request of ofRoute) {
      const answer = await scim.call(method.toUpperCase(), request.path, request);
      expect(answer.text).not.toContain(canary);
      expect(JSON.stringify([...answer.headers])).not.toContain(canary);
      if (answer.status < 300) accepted += 1;
    }
  }
  // Bodies that nothing accepts would prove nothing.
  expect(accepted).toBeGreaterThan(80);
  expect(scim.logged.join('\n')).not.toContain(canary);
  expect(JSON.stringify(await scim.metrics.getMetricsAsJSON())).not.toContain(canary);
  const all = await okta.read('/Users?count=1000');
  expect(JSON.stringify(all)).not.toContain(canary);
  expect(JSON.stringify(await directoryEvents(scim.ledger))).not.toContain(canary);
});

test('no row has it, no attribute of that name is stored, and no file has it in a row that is gone', async () => {
  const dump = await dumpTables(scim.database.url);
  expect(Object.keys(dump)).toEqual(
    expect.arrayContaining(['people', 'person_attributes', 'scim_failures', 'inbound_events']),
  );
  expect(JSON.stringify(dump)).not.toContain(canary);
  expect(dump['person_attributes']?.filter((row) => /password/i.test(row))).toEqual([]);
  expect(await relationsWith(scim.database.url, canary)).toEqual([]);
  // What is stored in clear is found, so that a password would be.
  expect(JSON.stringify(dump)).toContain('A clear name');
  expect(await relationsWith(scim.database.url, 'A clear name')).toContain('directory_groups');
});

test.each(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'pr'])('a password cannot be filtered by with %s', async (operator) => {
  const operand = operator === 'pr' ? '' : ` "${canary}"`;
  for (const term of [
    `password ${operator}${operand}`,
    `not (PASSWORD ${operator}${operand})`,
    `${core}:password ${operator}${operand} or id pr`,
  ]) {
    const byQuery = await scim.call('GET', `/Users?filter=${encodeURIComponent(term)}`);
    const bySearch = await scim.call('POST', '/Users/.search', { body: searchOf({ filter: term }) });
    for (const answer of [byQuery, bySearch])
      expect(answer.body).toMatchObject({ status: '400', scimType: 'invalidFilter' });
  }
});
