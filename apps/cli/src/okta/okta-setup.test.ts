import { writeFile } from 'node:fs/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeAppKey, registerApp } from '@keycourier/connectors/testing/service-app';
import { eventTypes } from '@keycourier/journey/model/event-types';
import { z } from 'zod';

import { run, type Ran } from '../testing/run.ts';
import { hookSecret, writeSetup, type WrittenSetup } from '../testing/setup.ts';
import { setReady, startWorld, type World } from '../testing/world.ts';

let world: World;
let setup: WrittenSetup;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

beforeEach(async () => {
  setReady(world);
  setup = await writeSetup(world);
});
afterEach(async () => {
  await world.org.call('PUT', '/sim/faults', []);
  for (const { id, status } of await hooks()) {
    if (status === 'ACTIVE') await world.org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    await world.org.call('DELETE', `/api/v1/eventHooks/${id}`);
  }
  await setup.remove();
});

const oktaSetup = (...more: string[]): Promise<Ran> =>
  run(['okta', 'setup', ...more], { environment: setup.environment });

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

/** The secret of the last delivery to the receiver. */
async function deliveredSecret(): Promise<string | undefined> {
  const [hook] = await hooks();
  world.receiver.on('POST /okta/hooks/acme', { status: 204 });
  await world.org.call('POST', '/sim/events/preview', { hookId: hook?.id });
  return world.receiver.requests.findLast(({ method }) => method === 'POST')?.headers.authorization;
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
  test('creates an active, verified hook with our event types and secret, and reports each step', async () => {
    const { code, out, err } = await oktaSetup();
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
    expect(await deliveredSecret()).toBe(hookSecret);
    const [hook] = await hooks();
    expect(err.split('\n')).toEqual([
      `✓ the receiver returned the challenge at ${url()}`,
      '✓ the org has 0 event hooks',
      `✓ created event hook ${hook?.id ?? ''} → ${url()}`,
      `✓ verified event hook ${hook?.id ?? ''}: the receiver returned Okta's challenge`,
      '',
    ]);
    expect(out).toBe(`acme: Event hook active: 8 event types → ${url()}\n`);
    expect(out + err).not.toContain(hookSecret);
  });

  test('a second time changes nothing', async () => {
    await oktaSetup();
    const before = await hooks();
    const { code, err } = await oktaSetup();
    expect(code).toBe(0);
    expect(err).toMatch(/already has the right URL and event types/);
    expect(await hooks()).toEqual(before);
  });

  test('completes an existing hook with our URL, and keeps what an administrator added', async () => {
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
    const { err } = await oktaSetup();
    const [hook, ...others] = await hooks();
    expect(others).toEqual([]);
    expect(err).toMatch(/: added event types /);
    expect(hook).toMatchObject({ name: 'made by hand', status: 'ACTIVE', verificationStatus: 'VERIFIED' });
    expect(hook?.events.items.toSorted()).toEqual(['user.lifecycle.create', ...eventTypes].toSorted());
    expect(hook?.events.filter).toMatchObject(filter);
    expect(hook?.channel.config.headers).toEqual([{ key: 'X-Team', value: 'identity' }]);
    expect(await deliveredSecret()).toBe(hookSecret);
  });

  test('moves our hook from an old URL, and leaves other tenants’ alone', async () => {
    await makeHook({}, { uri: 'https://old.example/okta/hooks/acme' });
    await makeHook({}, { uri: 'https://old.example/okta/hooks/acme-test' });
    const { err } = await oktaSetup();
    expect(err).toMatch(/URL https:\/\/old\.example\/okta\/hooks\/acme → /);
    expect((await hooks()).map(({ channel }) => channel.config.uri).toSorted()).toEqual(
      [url(), 'https://old.example/okta/hooks/acme-test'].toSorted(),
    );
  });

  test('activates an inactive hook', async () => {
    await oktaSetup();
    await world.org.call('POST', `/api/v1/eventHooks/${(await hooks())[0]?.id ?? ''}/lifecycle/deactivate`);
    expect((await oktaSetup()).err).toMatch(/activated event hook \w+/);
    expect(await hooks()).toMatchObject([{ status: 'ACTIVE', verificationStatus: 'VERIFIED' }]);
  });

  test('sends a changed secret with --renew-secret', async () => {
    await oktaSetup();
    await writeFile(setup.at('keys/hook-secret'), 'a fresh secret of our own');
    await oktaSetup();
    expect(await deliveredSecret()).toBe(hookSecret);
    expect((await oktaSetup('--renew-secret')).err).toMatch(/replaced event hook \w+: secret$/m);
    expect(await deliveredSecret()).toBe('a fresh secret of our own');
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  test('accepts the base URL of the receiver or the whole URL', async () => {
    await oktaSetup('--receiver-url', `${world.receiver.url}/`);
    await oktaSetup('--receiver-url', url());
    expect(await hooks()).toMatchObject([{ channel: { config: { uri: url() } } }]);
  });

  test('ends with 1 and what the receiver must do if Okta cannot verify it, and completes in a second run', async () => {
    world.receiver.on('GET /okta/hooks/acme', { body: { verification: 'something else' } });
    const { code, err } = await oktaSetup();
    expect(code).toBe(1);
    expect(err).toMatch(/! the receiver cannot be reached from here/);
    expect(err).toMatch(/did not return Okta's challenge/);
    expect(await hooks()).toEqual([]);
    setReady(world);
    expect((await oktaSetup()).code).toBe(0);
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  describe('never leaves a working hook dead:', () => {
    const working = async (): Promise<unknown> => {
      await oktaSetup();
      return hooks();
    };

    test('a URL that Okta cannot verify leaves the former hook as it was', async () => {
      const before = await working();
      const elsewhere = await oktaSetup('--receiver-url', 'http://127.0.0.1:1');
      expect(elsewhere.code).toBe(1);
      expect(elsewhere.err).toMatch(/deleted event hook \w+ again: Okta could not verify it/);
      expect(await hooks()).toEqual(before);
    });

    test('a secret that the receiver does not accept is not sent to the org', async () => {
      const before = await working();
      world.receiver.on('POST /okta/hooks/acme', { status: 401 });
      const { code, err } = await oktaSetup('--renew-secret');
      expect(code).toBe(1);
      expect(err).toMatch(/does not accept the first of hook\.secrets: restart it/);
      expect(await hooks()).toEqual(before);
      world.receiver.on('POST /okta/hooks/acme', { status: 204 });
    });

    test.each(['/api/v1/eventHooks', '/api/v1/eventHooks/*/lifecycle/verify'])(
      'an org that refuses POST %s keeps the hook that delivers',
      async (path) => {
        const before = await working();
        await world.org.call('PUT', '/sim/faults', [{ match: { method: 'POST', path }, respond: { status: 400 } }]);
        expect((await oktaSetup('--renew-secret')).code).toBe(1);
        await world.org.call('PUT', '/sim/faults', []);
        expect(await hooks()).toEqual(before);
      },
    );

    test('a successor that can be neither verified nor deleted is reported, with why it was not verified', async () => {
      await working();
      await world.org.call('PUT', '/sim/faults', [
        { match: { method: 'DELETE', path: '/api/v1/eventHooks' }, respond: { status: 400 } },
      ]);
      const { code, err } = await oktaSetup('--receiver-url', 'http://127.0.0.1:1');
      await world.org.call('PUT', '/sim/faults', []);
      expect(code).toBe(1);
      expect(err).toMatch(/event hook \w+ could not be deleted again: delete it in Okta/);
      expect(err).toMatch(/did not return Okta's challenge/);
    });

    test('a former hook that cannot be deleted is reported, and one still delivers', async () => {
      await working();
      const fault = { match: { method: 'DELETE', path: '/api/v1/eventHooks' }, respond: { status: 400 } };
      await world.org.call('PUT', '/sim/faults', [fault]);
      expect((await oktaSetup('--renew-secret')).code).toBe(1);
      await world.org.call('PUT', '/sim/faults', []);
      expect((await hooks()).filter(({ status }) => status === 'ACTIVE')).toMatchObject([
        { verificationStatus: 'VERIFIED' },
      ]);
      expect((await oktaSetup()).err).toMatch(/the org has another event hook for this tenant: \w+ → http/);
    });
  });

  test('with a service app requests the scopes of hooks, with DPoP', async () => {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(world.org, {
      keys: [key],
      scopes: ['okta.eventHooks.manage', 'okta.eventHooks.read'],
    });
    await writeFile(setup.at('keys/app-key'), key.jwk, { mode: 0o600 });
    setup.tenant.okta.auth = { clientId, privateKey: { file: setup.at('keys/app-key') } };
    await setup.writeConfig();
    expect((await oktaSetup()).code).toBe(0);
    expect(await hooks()).toMatchObject([{ verificationStatus: 'VERIFIED' }]);
  });

  test('uses an administrator’s token for this command only', async () => {
    await writeFile(setup.at('keys/okta-token'), 'the worker’s, which may not');
    const environment = { ...setup.environment, KEYCOURIER_OKTA_SETUP_TOKEN: world.oktaToken };
    const { code, out, err } = await run(['okta', 'setup'], { environment });
    expect(code).toBe(0);
    expect(out + err).not.toContain(world.oktaToken);
  });
});

describe('okta setup ends', () => {
  test('with 4 if the credentials are not accepted or lack the permission', async () => {
    await writeFile(setup.at('keys/okta-token'), 'revoked');
    expect(await oktaSetup()).toMatchObject({ code: 4, err: expect.stringMatching(/okta\.auth are not accepted/) });
    await writeFile(setup.at('keys/okta-token'), world.oktaToken);
    await world.org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/eventHooks' }, respond: { status: 403 } }]);
    expect(await oktaSetup()).toMatchObject({ code: 4, err: expect.stringMatching(/okta\.eventHooks\.manage/) });
  });

  test('with 3 if the org is unreachable', async () => {
    setup.tenant.okta.orgUrl = 'http://127.0.0.1:1';
    await setup.writeConfig();
    expect(await oktaSetup()).toMatchObject({ code: 3, err: expect.stringMatching(/cannot be reached/) });
  });

  test.each([
    [['--tenant', 'unknown'], /has no tenant unknown; it has acme/],
    [['--list', '--remove'], /one of --list and --remove/],
    [['--receiver-url', 'keycourier.example'], /--receiver-url https/],
  ])('with 2 for %j', async (options, why) => {
    expect(await oktaSetup(...options)).toMatchObject({ code: 2, err: expect.stringMatching(why) });
    expect(await hooks()).toEqual([]);
  });

  test('with 2 for a hook secret that the receiver would refuse at its start', async () => {
    await writeFile(setup.at('keys/hook-secret'), 'short');
    expect(await oktaSetup()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/hook-secret is too easy to guess/),
    });
    expect(await hooks()).toEqual([]);
  });

  test('with 2 for a missing secret', async () => {
    setup.tenant.okta.auth = { token: { env: 'NO_SUCH_TOKEN' } };
    await setup.writeConfig();
    expect(await oktaSetup()).toMatchObject({ code: 2, err: expect.stringMatching(/NO_SUCH_TOKEN/) });
  });
});

describe('okta setup --remove', () => {
  test('asks on a terminal, and removes nothing without a yes', async () => {
    await oktaSetup();
    const { code } = await run(['okta', 'setup', '--remove'], {
      environment: setup.environment,
      columns: 100,
      typed: ['no'],
    });
    expect(code).toBe(1);
    expect(await hooks()).toHaveLength(1);
  });
});

describe('okta setup --list and --remove', () => {
  test('list every hook with ours marked, and delete ours alone', async () => {
    await oktaSetup();
    await makeHook({ name: 'another hook' }, { uri: 'https://elsewhere.example/hook' });
    const listed = await oktaSetup('--list');
    expect(listed.out).toMatch(/keycourier acme +yes +ACTIVE VERIFIED +8 +http/);
    expect(listed.out).toMatch(/another hook +ACTIVE UNVERIFIED +1 +https:\/\/elsewhere/);
    expect((await oktaSetup('--list', '--json')).json()).toMatchObject({
      items: [{ isOurs: true }, { isOurs: false }],
    });
    const removed = await oktaSetup('--remove');
    expect(removed).toMatchObject({ code: 0, out: 'acme: Event hook removed.\n' });
    expect(await hooks()).toMatchObject([{ name: 'another hook' }]);
  });

  test('report that there is no hook', async () => {
    expect(await oktaSetup('--list')).toMatchObject({ code: 0, out: 'The org has no event hooks.\n' });
    expect(await oktaSetup('--remove')).toMatchObject({ code: 0, out: 'acme: No event hook to remove.\n' });
  });
});
