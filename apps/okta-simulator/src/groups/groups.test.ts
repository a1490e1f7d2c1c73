import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import {
  bodyOf,
  createGroup,
  createUser,
  startOrg,
  withId,
  type Reply,
  type RunningOrg,
} from '../testing/running-org.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg();
});

afterAll(() => org.close());

const groupShape = z.looseObject({ id: z.string(), type: z.string(), lastMembershipUpdated: z.string() });
const ids = (reply: Reply): string[] => bodyOf(z.array(withId), reply).map(({ id }) => id);

async function memberEvents(): Promise<string[]> {
  const filter = encodeURIComponent('eventType sw "group.user_membership"');
  const events = await org.call('GET', `/api/v1/logs?filter=${filter}`);
  return bodyOf(z.array(z.looseObject({ eventType: z.string() })), events).map(({ eventType }) => eventType);
}

test('repeated joining and leaving answers 204 and raises one event each', async () => {
  const group = await createGroup(org, 'Once');
  const user = await createUser(org);
  const path = `/api/v1/groups/${group}/users/${user}`;
  const before = await memberEvents();
  for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE']) expect((await org.call(method, path)).status).toBe(204);
  expect((await memberEvents()).slice(before.length)).toEqual([
    'group.user_membership.add',
    'group.user_membership.remove',
  ]);
});

test('a change of members updates only lastMembershipUpdated', async () => {
  const group = await createGroup(org, 'Moved');
  const before = bodyOf(groupShape, await org.call('GET', `/api/v1/groups/${group}`));
  await org.call('PUT', `/api/v1/groups/${group}/users/${await createUser(org)}`);
  const after = bodyOf(groupShape, await org.call('GET', `/api/v1/groups/${group}`));
  expect(Date.parse(after.lastMembershipUpdated)).toBeGreaterThan(Date.parse(before.lastMembershipUpdated));
  expect(after['lastUpdated']).toBe(before['lastUpdated']);
});

test('members are listed in pages, in the order in which they joined', async () => {
  const group = await createGroup(org, 'Paged');
  const users = [await createUser(org), await createUser(org), await createUser(org)].toReversed();
  for (const user of users) await org.call('PUT', `/api/v1/groups/${group}/users/${user}`);
  const first = await org.call('GET', `/api/v1/groups/${group}/users?limit=2`);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await org.call('GET', next);
  expect([...ids(first), ...ids(second)]).toEqual(users);
  expect(second.headers.get('link')).not.toContain('next');
});

test('Everyone cannot be changed', async () => {
  const [everyone] = ids(await org.call('GET', `/api/v1/groups?filter=${encodeURIComponent('type eq "BUILT_IN"')}`));
  const user = await createUser(org);
  expect(ids(await org.call('GET', `/api/v1/groups/${everyone}/users`))).toContain(user);
  expect((await org.call('DELETE', `/api/v1/groups/${everyone}/users/${user}`)).status).toBe(403);
  expect((await org.call('DELETE', `/api/v1/groups/${everyone}`)).status).toBe(403);
});

test('the group of an app is listed and read, and cannot be changed', async () => {
  const group = await createGroup(org, 'Imported');
  const user = await createUser(org);
  expect(await org.call('PUT', `/sim/groups/${group}/type`, { type: 'APP_GROUP' })).toMatchObject({ status: 200 });
  const imported = { type: 'APP_GROUP', profile: { name: 'Imported' } };
  expect(await org.call('GET', `/api/v1/groups/${group}`)).toMatchObject({ status: 200, body: imported });
  const refused = { status: 403, body: { errorCode: 'E0000006' } };
  for (const [method, path, body] of [
    ['PUT', '', { profile: { name: 'Renamed' } }],
    ['DELETE', ''],
    ['PUT', `/users/${user}`],
    ['DELETE', `/users/${user}`],
  ] as const)
    expect(await org.call(method, `/api/v1/groups/${group}${path}`, body)).toMatchObject(refused);
});

test('names are unique, and are found by prefix or exactly', async () => {
  const id = await createGroup(org, 'YubiKey 5 NFC');
  await createGroup(org, 'YubiKey 5 NFC for others');
  expect(await org.call('POST', '/api/v1/groups', { profile: { name: 'YubiKey 5 NFC' } })).toMatchObject({
    status: 400,
    body: { errorSummary: 'Api validation failed: name' },
  });
  expect(ids(await org.call('GET', '/api/v1/groups?q=yubikey'))).toHaveLength(2);
  const exact = encodeURIComponent('profile.name eq "YubiKey 5 NFC"');
  expect(ids(await org.call('GET', `/api/v1/groups?search=${exact}`))).toEqual([id]);
});

test('an unknown group or member is a 404', async () => {
  const group = await createGroup(org, 'Lonely');
  expect((await org.call('PUT', `/api/v1/groups/${group}/users/00uUnknown`)).status).toBe(404);
  expect((await org.call('PUT', `/api/v1/groups/00gUnknown/users/${await createUser(org)}`)).status).toBe(404);
});
