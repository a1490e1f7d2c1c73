import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { bulkOf, clientOf, patchOf, searchOf } from '../testing/requests.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
let user = '';
let group = '';
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  user = await okta.user('ada');
  group = await okta.group('A group', [user]);
});
afterAll(() => scim.stop());

/** U+0000, which Postgres has in no text. */
const nul = 'a\0b';
const members = [{ value: nul }];
const textFilters = [
  'id eq',
  'id sw',
  'displayName eq',
  'externalId eq',
  'members eq',
  'members.value co',
  'userName eq',
  'emails.value eq',
  'groups.value eq',
  'meta.location eq',
];

test.each<[string, string, unknown?]>([
  ...['GET', 'DELETE', 'PUT', 'PATCH'].flatMap((method): [string, string, unknown?][] =>
    ['/Users/%00', '/Groups/a%00b'].map((path) => [
      method,
      path,
      method === 'PUT'
        ? { userName: 'x', displayName: 'x' }
        : method === 'PATCH'
          ? patchOf({ op: 'remove', path: 'externalId' })
          : undefined,
    ]),
  ),
  ['GET', '/Schemas/%00'],
  ...textFilters.flatMap((term): [string, string, unknown?][] =>
    ['/Users', '/Groups'].flatMap((path): [string, string, unknown?][] => [
      ['GET', `${path}?filter=${encodeURIComponent(`${term} "a\\u0000b"`)}`],
      ['POST', `${path}/.search`, searchOf({ filter: `not (${term} "a\\u0000b")` })],
    ]),
  ),
  ...['userName', 'displayName', 'externalId', 'title'].flatMap((name): [string, string, unknown?][] => [
    ['POST', '/Users', { userName: 'new', [name]: nul }],
    ['POST', '/Groups', { displayName: 'New', [name]: nul }],
    ['PATCH', '/Users/{user}', patchOf({ op: 'replace', path: name, value: nul })],
    ['PATCH', '/Groups/{group}', patchOf({ op: 'replace', path: name, value: nul })],
  ]),
  ['POST', '/Groups', { displayName: 'With', members }],
  ['PUT', '/Groups/{group}', { displayName: 'With', members }],
  ['PATCH', '/Groups/{group}', patchOf({ op: 'add', path: 'members', value: members })],
  ['PATCH', '/Groups/{group}', patchOf({ op: 'remove', path: 'members', value: members })],
  ['PATCH', '/Groups/{group}', patchOf({ op: 'remove', path: 'members[value eq "a\\u0000b"]' })],
  [
    'POST',
    '/Bulk',
    bulkOf(
      { method: 'DELETE', path: `/Users/${nul}` },
      { method: 'POST', path: '/Groups', bulkId: nul, data: { displayName: nul, members } },
    ),
  ],
])('%s %s %j is refused or not found, and never an error of ours', async (method, path, body) => {
  // judgeAnswer() refuses any 5xx.
  const answer = await okta.send(method, path.replace('{user}', user).replace('{group}', group), body);
  expect([200, 201, 204, 400, 404, 409]).toContain(answer.status);
});

test('a connection whose id has one is an unknown one', async () => {
  const answer = await fetch(`${scim.url}/%00/Users`, { headers: { authorization: scim.connection.token } });
  expect(answer.status).toBe(401);
});
