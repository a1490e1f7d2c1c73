import { writeFile } from 'node:fs/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeAppKey, registerApp } from '@keycourier/connectors/testing/service-app';
import { eventTypes } from '@keycourier/journey/model/event-types';
import { z } from 'zod';

import { run, type Ran } from '../testing/run.ts';
import { hookSecret, writeSetUp, type WrittenSetUp } from '../testing/set-up.ts';
import { openDoors, startWorld, type World } from '../testing/world.ts';

let world: World;
let setUp: WrittenSetUp;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

beforeEach(async () => {
  openDoors(world);
  setUp = await writeSetUp(world);
});
afterEach(async () => {
  await world.org.call('PUT', '/sim/faults', []);
  for (const { id, status } of await hooks()) {
    if (status === 'ACTIVE') await world.org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    await world.org.call('DELETE', `/api/v1/eventHooks/${id}`);
  }
  await setUp.remove();
});

const setup = (...more: string[]): Promise<Ran> => run(['okta', 'setup', ...more], { environment: setUp.environment });

const hookList = z.array(
  z.looseObject({
    id: z.string(),
    name: z.string(),
    status: z.string(),
    verificationStatus: z.string(),
    events: z.looseObject({ items: z.array(z.string()), filter: z.unknown() }),
    channel: z.looseObject({ config: z.looseObject({ uri: z.string(), headers: z.unknown() }) }),
  }),
);

const hooks = async () => hookList.parse((await world.org.call('GET', '/api/v1/eventHooks')).body);
const url = (): string => `${world.receiver.url}/okta/hooks/acme`;

/** What the receiver was shown when it was last told of an event. */
async function secretShown(): Promise<string | undefined> {
  const [hook] = await hooks();
  world.receiver.on('POST /okta/hooks/acme', { status: 204 });
  await world.org.call('POST', '/sim/events/preview', { hookId: hook?.id });
  return world.receiver.heard.findLast(({ method }) => method === 'POST')?.headers.authorization;
}

const makeHook = (more: object = {}, config: object = {}) =>
  world.org.call('POST', '/api/v1/eventHooks', {
    name: 'made by hand',
    events: { type: 'EVENT_TYPE', items: ['group.user_membership.add'] },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: { uri: url(), authScheme: { type: 'HEADER', key: 'Authorization', value: 'old' }, ...config },
    },
    ...more,
  });

describe('okta setup', () => {
  test('makes a hook that is active, verified and has our events and secret, and tells each step', async () => {
    const { code, out, err } = await setup();
    expect(code).toBe(0);
    expect(await hooks()).toMatchObject([
      {
        name: 'keycourier acme',
        status: 'ACTIVE',
        verificationStatus: 'VERIFIED',
        channel: { config: { uri: url() } },
      },
    ]);
    expect((await hooks())[0]?.events.items.toSorted()).toEqual([...eventTypes].toSorted());
    expect(await secretShown()).toBe(hookSecret);
    const [hook] = await hooks();
    expect(err.split('\n')).toEqual([
      `✓ the receiver gives the challenge back at ${url()}`,
      '✓ the org has 0 event hooks',
      `✓ made the hook ${hook?.id ?? ''}, which calls ${url()}`,
      '✓ Okta asked the receiver for its challenge, and got it back: the hook is verified',
      '',
    ]);
    expect(out).toBe(`acme: Okta tells ${url()} about 5 kinds of events.\n`);
    expect(out + err).not.toContain(hookSecret);
  });

  test('a second time changes nothing', async () => {
    await setup();
    const before = await hooks();
    const { code, err } = await setup();
    expect(code).toBe(0);
    expect(err).toMatch(/has its address and events right/);
    expect(await hooks()).toEqual(before);
  });

  test('completes a hook that calls us already, and keeps what an administrator added', async () => {
    const filter = {
      type: 'EXPRESSION_LANGUAGE',
      eventFilterMap: [
        {
          event: 'group.user_membership.add',
          condition: { version: null, expression: "event.target.?[type eq 'UserGroup'].size()>0" },
        },
      ],
    };
    const events = { type: 'EVENT_TYPE', items: ['user.lifecycle.create', 'group.user_membership.add'], filter };
    await makeHook({ events }, { headers: [{ key: 'X-Team', value: 'identity' }] });
    const { err } = await setup();
    const [hook, ...others] = await hooks();
    expect(others).toEqual([]);
    expect(err).toMatch(/changed its events by /);
    expect(hook).toMatchObject({ name: 'made by hand', status: 'ACTIVE', verificationStatus: 'VERIFIED' });
    expect(hook?.events.items.toSorted()).toEqual(['user.lifecycle.create', ...eventTypes].toSorted());
    expect(hook?.events.filter).toMatchObject(filter);
    expect(hook?.channel.config.headers).toEqual([{ key: 'X-Team', value: 'identity' }]);
    expect(await secretShown()).toBe(hookSecret);
  });

  test('moves a hook of ours from an older address, and leaves other tenants’ alone', async () => {
    await makeHook({}, { uri: 'https://old.example/okta/hooks/acme' });
    await makeHook({}, { uri: 'https://old.example/okta/hooks/acme-test' });
    const { err } = await setup();
    expect(err).toMatch(/its address from https:\/\/old\.example\/okta\/hooks\/acme to /);
    expect((await hooks()).map(({ channel }) => channel.config.uri).toSorted()).toEqual(
      [url(), 'https://old.example/okta/hooks/acme-test'].toSorted(),
    );
  });

  test('switches a sleeping hook on', async () => {
    await setup();
    await world.org.call('POST', `/api/v1/eventHooks/${(await hooks())[0]?.id ?? ''}/lifecycle/deactivate`);
    expect((await setup()).err).toMatch(/switched the hook \w+ on/);
    expect(await hooks()).toMatchObject([{ status: 'ACTIVE', verificationStatus: 'VERIFIED' }]);
  });

  test('gives Okta a changed secret when it is told to', async () => {
    await setup();
    await writeFile(setUp.at('keys/hook-secret'), 'a fresh secret');
    await setup();
    expect(await secretShown()).toBe(hookSecret);
    expect((await setup('--renew-secret')).err).toMatch(/changed its secret/);
    expect(await secretShown()).toBe('a fresh secret');
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  test('takes the receiver by its base or by the whole address', async () => {
    await setup('--receiver-url', `${world.receiver.url}/`);
    await setup('--receiver-url', url());
    expect(await hooks()).toMatchObject([{ channel: { config: { uri: url() } } }]);
  });

  test('that Okta cannot verify ends with 1 and says what a receiver must do; once it does, setup goes on', async () => {
    world.receiver.on('GET /okta/hooks/acme', { body: { verification: 'something else' } });
    const { code, err } = await setup();
    expect(code).toBe(1);
    expect(err).toMatch(/! the receiver is not reached from here/);
    expect(err).toMatch(/did not give the challenge back to Okta/);
    expect(await hooks()).toMatchObject([{ verificationStatus: 'UNVERIFIED' }]);
    openDoors(world);
    expect((await setup()).code).toBe(0);
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  test('with a service app asks for the scopes of hooks, with DPoP', async () => {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(world.org, {
      keys: [key],
      scopes: ['okta.eventHooks.manage', 'okta.eventHooks.read'],
    });
    await writeFile(setUp.at('keys/app-key'), key.jwk, { mode: 0o600 });
    setUp.tenant.okta.auth = { clientId, privateKey: { file: setUp.at('keys/app-key') } };
    await setUp.writeConfig();
    expect((await setup()).code).toBe(0);
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  test('takes an administrator’s token for itself alone', async () => {
    await writeFile(setUp.at('keys/okta-token'), 'the worker’s, which may not');
    const environment = { ...setUp.environment, KEYCOURIER_OKTA_SETUP_TOKEN: world.oktaToken };
    const { code, out, err } = await run(['okta', 'setup'], { environment });
    expect(code).toBe(0);
    expect(out + err).not.toContain(world.oktaToken);
  });
});

describe('okta setup ends', () => {
  test('with 4 where the credentials are not accepted, or may not', async () => {
    await writeFile(setUp.at('keys/okta-token'), 'revoked');
    expect(await setup()).toMatchObject({ code: 4, err: expect.stringMatching(/okta\.auth are not accepted/) });
    await writeFile(setUp.at('keys/okta-token'), world.oktaToken);
    await world.org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/eventHooks' }, respond: { status: 403 } }]);
    expect(await setup()).toMatchObject({ code: 4, err: expect.stringMatching(/okta\.eventHooks\.manage/) });
  });

  test('with 3 where the org is away', async () => {
    setUp.tenant.okta.orgUrl = 'http://127.0.0.1:1';
    await setUp.writeConfig();
    expect(await setup()).toMatchObject({ code: 3, err: expect.stringMatching(/cannot be reached/) });
  });

  test.each([
    [['--tenant', 'nobody'], /has no tenant nobody; it has acme/],
    [['--list', '--remove'], /one of --list and --remove/],
    [['--receiver-url', 'keycourier.example'], /--receiver-url https/],
  ])('with 2 for %j', async (given, why) => {
    expect(await setup(...given)).toMatchObject({ code: 2, err: expect.stringMatching(why) });
    expect(await hooks()).toEqual([]);
  });

  test('with 2 for a secret that is not there', async () => {
    setUp.tenant.okta.auth = { token: { env: 'NO_SUCH_TOKEN' } };
    await setUp.writeConfig();
    expect(await setup()).toMatchObject({ code: 2, err: expect.stringMatching(/NO_SUCH_TOKEN/) });
  });
});

describe('okta setup --list and --remove', () => {
  test('show every hook, ours marked, and take out ours alone', async () => {
    await setup();
    await makeHook({ name: 'somebody else’s' }, { uri: 'https://elsewhere.example/hook' });
    const listed = await setup('--list');
    expect(listed.out).toMatch(/keycourier acme +yes +ACTIVE VERIFIED +5 +http/);
    expect(listed.out).toMatch(/somebody else’s +ACTIVE UNVERIFIED +1 +https:\/\/elsewhere/);
    expect((await setup('--list', '--json')).json()).toMatchObject({ items: [{ isOurs: true }, { isOurs: false }] });
    const removed = await setup('--remove');
    expect(removed).toMatchObject({ code: 0, out: 'acme: Okta tells us nothing any more.\n' });
    expect(await hooks()).toMatchObject([{ name: 'somebody else’s' }]);
  });

  test('have nothing to do where there is nothing', async () => {
    expect(await setup('--list')).toMatchObject({ code: 0, out: 'The org has no event hooks.\n' });
    expect(await setup('--remove')).toMatchObject({ code: 0, out: 'acme: there was no hook of ours.\n' });
  });
});
