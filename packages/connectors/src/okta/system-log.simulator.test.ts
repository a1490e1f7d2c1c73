import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  bodyOf,
  createGroup,
  createUser,
  startOrg,
  token,
  withId,
  type RunningOrg,
} from '@keycourier/okta-simulator/testing/running-org';
import { z } from 'zod';

import { faultOf } from '../testing/fault-of.ts';
import { appWith, makeAppKey, registerApp, type AppKey } from '../testing/service-app.ts';
import { connectOrgs } from './connect-orgs.ts';
import { createOktaPort } from './create-okta-port.ts';
import { createHookReader, lacksScope } from './read-hook.ts';
import type { OktaAuth, OktaSettings } from './settings.ts';
import { createSystemLog, type LogPosition } from './system-log.ts';

let org: RunningOrg;
let key: AppKey;
beforeAll(async () => {
  org = await startOrg();
  key = await makeAppKey('RS256', 'key-1');
});
afterAll(() => org.close());

const settings =
  (auth: OktaAuth = { token: () => token }): (() => OktaSettings) =>
  () => ({ orgUrl: org.url, auth });

/** Reads from a position to the end of the log. */
async function sweep(start: LogPosition): Promise<{ types: unknown[]; pages: number; end: LogPosition }> {
  const log = createSystemLog(settings());
  const types: unknown[] = [];
  let position = start;
  for (let pages = 1; pages < 50; pages += 1) {
    const page = await log.readPage('acme', position);
    types.push(...page.events.map((event) => z.looseObject({ eventType: z.string() }).parse(event).eventType));
    if (page.next === null || page.next === 'foreign') throw new RangeError('a page has no next link');
    position = page.next;
    expect(page.rateLimit?.limit).toBeGreaterThan(0);
    if (page.isEnd) return { types, pages, end: position };
  }
  throw new RangeError('the log has no end');
}

test('the log is read to an empty page, and on from there', async () => {
  const since = new Date(Date.now() - 60_000);
  const group = await createGroup(org, 'YubiKey 5 NFC');
  const users = await Promise.all(Array.from({ length: 5 }, () => createUser(org)));
  for (const user of users) await org.call('PUT', `/api/v1/groups/${group}/users/${user}`);
  const first = await sweep({ since, limit: 2 });
  const ofEach = (type: string): string[] => Array<string>(users.length).fill(type);
  expect(first).toMatchObject({
    types: [...ofEach('user.lifecycle.activate'), ...ofEach('group.user_membership.add')],
    pages: 6,
  });
  await org.call('POST', `/api/v1/users/${users[0] ?? ''}/lifecycle/deactivate`);
  expect(await sweep(first.end)).toMatchObject({ types: ['user.lifecycle.deactivate'], pages: 2 });
});

test('a cursor that the org does not know is refused', async () => {
  const link = `${org.url}/api/v1/logs?after=unknown`;
  expect(await faultOf(createSystemLog(settings()).readPage('acme', { link }))).toMatchObject({ fault: 'refused' });
});

describe('a service app', () => {
  const since = new Date(Date.now() - 60_000);

  test('reads the log with a token of its own, beside the token of shipments', async () => {
    const clientId = await registerApp(org, { keys: [key], scopes: ['okta.users.read', 'okta.logs.read'] });
    const auth = appWith(clientId, key);
    await expect(createSystemLog(settings(auth)).readPage('acme', { since, limit: 10 })).resolves.toBeDefined();
    await expect(createOktaPort(connectOrgs(settings(auth))).readUser('acme', '00uUnknown')).resolves.toBeNull();
  });

  test('without okta.logs.read cannot read the log, and all other calls go on', async () => {
    const clientId = await registerApp(org, { keys: [key], scopes: ['okta.users.read'] });
    const auth = appWith(clientId, key);
    const thrown = await faultOf(createSystemLog(settings(auth)).readPage('acme', { since, limit: 10 }));
    expect(lacksScope(thrown)).toBe(true);
    await expect(createOktaPort(connectOrgs(settings(auth))).readUser('acme', '00uUnknown')).resolves.toBeNull();
  });
});

describe('the state of the hook', () => {
  const stateOf = (tenant: string) => createHookReader(settings())(tenant);
  const hook = (path: string) =>
    org.call('POST', '/api/v1/eventHooks', {
      name: path,
      events: { type: 'EVENT_TYPE', items: ['group.user_membership.add'] },
      channel: {
        type: 'HTTP',
        version: '1.0.0',
        config: {
          uri: `https://receiver.example${path}`,
          authScheme: { type: 'HEADER', key: 'Authorization', value: 'a secret' },
        },
      },
    });

  test('is missing, unverified or inactive as the org says, for the tenant’s own path', async () => {
    expect(await stateOf('acme')).toBe('missing');
    await hook('/okta/hooks/acme-test');
    expect(await stateOf('acme')).toBe('missing');
    const { id } = bodyOf(withId, await hook('/okta/hooks/acme'));
    expect(await stateOf('acme')).toBe('unverified');
    await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    expect(await stateOf('acme')).toBe('inactive');
  });
});
