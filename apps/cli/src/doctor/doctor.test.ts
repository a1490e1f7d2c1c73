import { chmod, rm, writeFile } from 'node:fs/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { scriptedSmtp } from '@keycourier/connectors/testing/scripted-smtp';
import { makeAppKey, registerApp } from '@keycourier/connectors/testing/service-app';
import { z } from 'zod';

import { startFakeRedis } from '../testing/fake-redis.ts';
import { run, type Ran } from '../testing/run.ts';
import { hookSecret, writeSetUp, type WrittenSetUp } from '../testing/set-up.ts';
import { openDoors, runSql, startWorld, type World } from '../testing/world.ts';

let world: World;
let setUp: WrittenSetUp;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

beforeEach(async () => {
  openDoors(world);
  setUp = await writeSetUp(world);
  await run(['okta', 'setup'], { environment: setUp.environment });
});
afterEach(async () => {
  await faults('org', []);
  await faults('provider', []);
  await world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 10_000 }] });
  await run(['okta', 'setup', '--remove'], { environment: setUp.environment });
  await setUp.remove();
});

const now = (): Date => new Date('2029-11-30T12:00:00Z');

const doctor = (environment: Readonly<Record<string, string>> = {}, ...more: string[]): Promise<Ran> =>
  run(['doctor', '--json', '--timeout', '4', ...more], { environment: { ...setUp.environment, ...environment }, now });

const findings = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      tenant: z.string().nullable(),
      check: z.string(),
      status: z.enum(['green', 'yellow', 'red', 'skipped']),
      message: z.string(),
      fix: z.string().nullable(),
    }),
  ),
});

/** The checks of a status, each with its message. */
const checksThatAre = (status: string, ran: Ran): Record<string, string> =>
  Object.fromEntries(
    findings
      .parse(ran.json())
      .checks.filter((one) => one.status === status)
      .map(({ check, message }) => [check, message]),
  );

async function faults(of: 'org' | 'provider', list: readonly object[]): Promise<void> {
  if (of === 'org') await world.org.call('PUT', '/sim/faults', list);
  else await world.provider.call('PUT', '/sim/faults', { body: list, token: null });
}

async function changeTenant(change: () => void): Promise<void> {
  change();
  await setUp.writeConfig();
}

async function changeHook(change: (hook: Record<string, unknown>) => Promise<unknown>): Promise<void> {
  const { body } = await world.org.call('GET', '/api/v1/eventHooks');
  const [hook] = z.array(z.looseObject({ id: z.string() })).parse(body);
  await change(hook ?? {});
}

const replaceHook = (uri: string, items: readonly string[], secret = hookSecret) =>
  changeHook(async ({ id, name }) => {
    const channel = {
      type: 'HTTP',
      version: '1.0.0',
      config: { uri, authScheme: { type: 'HEADER', key: 'Authorization', value: secret } },
    };
    await world.org.call('PUT', `/api/v1/eventHooks/${String(id)}`, {
      name,
      events: { type: 'EVENT_TYPE', items },
      channel,
    });
    await world.org.call('POST', `/api/v1/eventHooks/${String(id)}/lifecycle/verify`);
  });

const allEvents = [
  'group.user_membership.add',
  'group.user_membership.remove',
  'system.mfa.preregister.initiate',
  'user.account.update_profile',
  'user.lifecycle.deactivate',
];

const closedPort = 'http://127.0.0.1:1';

describe('the doctor', () => {
  test('finds nothing wrong where nothing is', async () => {
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({});
    expect(checksThatAre('skipped', ran)).toEqual({});
    expect(ran.code).toBe(0);
  });

  type Break = [
    check: string,
    why: RegExp,
    breakIt: () => Promise<unknown>,
    environment?: () => Record<string, string>,
  ];

  const breaks: Break[] = [
    ['config', /invented/, () => changeTenant(() => Object.assign(setUp.tenant, { invented: true }))],
    ['config', /not YAML/, () => writeFile(setUp.at('keycourier.yaml'), '{ tenants: [')],
    ['config', /cannot be read/, () => rm(setUp.at('keycourier.yaml'))],
    ['file.sealing-keys', /is not there/, () => rm(setUp.at('keys/sealing.json'))],
    ['file.sealing-keys', /not JSON/, () => writeFile(setUp.at('keys/sealing.json'), 'no keys')],
    ['file.sealing-keys', /by everybody here \(0644\)/, () => chmod(setUp.at('keys/sealing.json'), 0o644)],
    ['file.pin-copy-key', /is not there/, () => rm(setUp.at('keys/pin-copy.json'))],
    ['file.pin-copy-key', /not a private P-384 JWK/, () => writeFile(setUp.at('keys/pin-copy.json'), '{}')],
    ['file.operators', /list of operators/, () => writeFile(setUp.at('keys/operators.json'), '[]')],
    [
      'file.operators',
      /generated for KEYCOURIER_MODE=local/,
      () => writeFile(setUp.at('keys/operators.json'), '"local_x"'),
    ],
    ['file.session-secret', /less than 32/, () => writeFile(setUp.at('keys/session-secret'), 'short')],
    ['database', /cannot be reached/, async () => undefined, () => ({ DATABASE_URL: 'postgres://127.0.0.1:1/x' })],
    ['queues', /Redis cannot be reached/, async () => undefined, () => ({ REDIS_URL: 'redis://127.0.0.1:1' })],
    [
      'api',
      /lacks database/,
      async () => world.api.on('GET /readyz', { status: 503, body: { failing: ['database'] } }),
    ],
    ['api', /cannot be reached/, async () => undefined, () => ({ KEYCOURIER_URL: closedPort })],
    ['receiver', /answers 404/, async () => world.receiver.on('GET /readyz', { status: 404 })],
    ['api-key', /does not accept/, async () => undefined, () => ({ KEYCOURIER_API_KEY: 'kc_other' })],
    ['secrets', /ACME_SMTP.* is not set/, async () => undefined, () => ({ ACME_SMTP: '' })],
    ['secrets', /hook-secret.* cannot be read/, () => rm(setUp.at('keys/hook-secret'))],
    ['secrets', /okta-token can be read by everybody/, () => chmod(setUp.at('keys/okta-token'), 0o604)],
    ['okta.org', /cannot be reached/, () => changeTenant(() => (setUp.tenant.okta.orgUrl = closedPort))],
    ['okta.org', /answered 503/, () => faults('org', [{ match: { path: '/.well-known' }, respond: { status: 503 } }])],
    ['okta.credentials', /answered 401/, () => writeFile(setUp.at('keys/okta-token'), 'revoked')],
    [
      'okta.permissions',
      /read groups \(okta\.groups\.read\)/,
      () => faults('org', [{ match: { path: '/api/v1/groups' }, respond: { status: 403 } }]),
    ],
    [
      'okta.permissions',
      /read users \(okta\.users\.read\)/,
      () => faults('org', [{ match: { path: '/api/v1/users' }, respond: { status: 403 } }]),
    ],
    [
      'okta.permissions',
      /list enrollments/,
      () => faults('org', [{ match: { path: '/webauthn-registration' }, respond: { status: 403 } }]),
    ],
    [
      'okta.hook',
      /no event hook of ours/,
      () => run(['okta', 'setup', '--remove'], { environment: setUp.environment }),
    ],
    [
      'okta.hook',
      /is INACTIVE/,
      () => changeHook(({ id }) => world.org.call('POST', `/api/v1/eventHooks/${String(id)}/lifecycle/deactivate`)),
    ],
    [
      'okta.hook',
      /is UNVERIFIED/,
      async () => {
        world.receiver.on('GET /okta/hooks/acme', { body: { verification: 'something else' } });
        await replaceHook(`${world.receiver.url}/okta/hooks/acme`, allEvents, 'another secret');
      },
    ],
    ['okta.hook', /instead of/, () => replaceHook('https://elsewhere.example/okta/hooks/acme', allEvents)],
    [
      'okta.hook',
      /lacks the event types system\.mfa\.preregister\.initiate/,
      () => replaceHook(`${world.receiver.url}/okta/hooks/acme`, ['group.user_membership.add']),
    ],
    [
      'provider.api',
      /answers 404/,
      () => changeTenant(() => (setUp.tenant.fulfillment['apiUrl'] = world.receiver.url)),
    ],
    ['provider.api', /cannot be reached/, () => changeTenant(() => (setUp.tenant.fulfillment['apiUrl'] = closedPort))],
    ['provider.token', /answered 401/, () => writeFile(setUp.at('keys/fulfillment-token'), 'expired')],
    [
      'provider.token-expiry',
      /ended on/,
      () => changeTenant(() => (setUp.tenant.fulfillment['tokenExpires'] = '2029-11-29')),
    ],
    [
      'provider.stock',
      /product 29 out of inventory 106: none are left/,
      () => world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 0 }] }),
    ],
    [
      'provider.stock',
      /has no inventory 999/,
      () => changeTenant(() => Object.assign(setUp.tenant.products[0] ?? {}, { inventoryProductId: '999' })),
    ],
    [
      'provider.stock',
      /no such product/,
      () => changeTenant(() => Object.assign(setUp.tenant.products[0] ?? {}, { productId: '999' })),
    ],
    [
      'provider.transport-keys',
      /answered 500/,
      () =>
        faults('provider', [{ match: { path: '/.well-known/yubico-transport-keys.jwks' }, respond: { status: 500 } }]),
    ],
    [
      'provider.signing-keys',
      /answered 404/,
      () => faults('provider', [{ match: { path: '/.well-known/yubico-sign.jwks' }, respond: { status: 404 } }]),
    ],
    ['smtp', /cannot be reached/, async () => undefined, () => ({ ACME_SMTP: 'smtp://127.0.0.1:1' })],
    ['smtp', /answered 535/, async () => undefined, () => ({ ACME_SMTP: world.smtpUrl.replace('mailer', 'somebody') })],
  ];

  // Each row of the same length: jest takes the argument after a shorter one for a callback.
  const rows = breaks.map(
    ([check, why, breakIt, environment = () => ({})]) => [check, why, breakIt, environment] as const,
  );

  test.each(rows)('sees that %s is broken (%s), and that alone', async (check, why, breakIt, environment) => {
    await breakIt();
    const ran = await doctor(environment());
    expect(checksThatAre('red', ran)).toEqual({ [check]: expect.stringMatching(why) });
    expect(ran.code).toBe(1);
    expect(findings.parse(ran.json())).toMatchObject({ ok: false });
    for (const { fix, status } of findings.parse(ran.json()).checks)
      if (status === 'red') expect(fix).toEqual(expect.any(String));
  });

  const warnings: [check: string, why: RegExp, change: () => Promise<unknown>][] = [
    [
      'provider.token-expiry',
      /in 30 days/,
      () => changeTenant(() => (setUp.tenant.fulfillment['tokenExpires'] = '2029-12-31')),
    ],
    [
      'provider.stock',
      /49 are left/,
      () => world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 49 }] }),
    ],
    ['file.operators', /by its group/, () => chmod(setUp.at('keys/operators.json'), 0o440)],
    [
      'okta.hook',
      /lacks the event types group\.user_membership\.remove, user\.account\.update_profile, user\.lifecycle\.deactivate/,
      () =>
        replaceHook(`${world.receiver.url}/okta/hooks/acme`, [
          'group.user_membership.add',
          'system.mfa.preregister.initiate',
        ]),
    ],
    [
      'okta.hook',
      /may not look/,
      () => faults('org', [{ match: { path: '/api/v1/eventHooks' }, respond: { status: 403 } }]),
    ],
  ];

  test.each(warnings)('warns of %s (%s), and is content all the same', async (check, why, change) => {
    await change();
    const ran = await doctor();
    expect(checksThatAre('yellow', ran)).toEqual({ [check]: expect.stringMatching(why) });
    expect(ran.code).toBe(0);
  });

  test('does not hold what a broken thing keeps it from seeing against anything else', async () => {
    await writeFile(setUp.at('keys/fulfillment-token'), 'expired');
    expect(checksThatAre('skipped', await doctor())).toEqual({ 'provider.stock': 'the credentials are not accepted' });
  });

  test('waits for nobody longer than it was told', async () => {
    await faults('provider', [{ match: { path: '/v1/inventory' }, respond: { delayMs: 3_000 } }]);
    const ran = await doctor({}, '--timeout', '1');
    expect(checksThatAre('red', ran)).toMatchObject({ 'provider.api': expect.stringMatching(/in time|within 1 s/) });
  });
});

describe('the doctor of a database', () => {
  test('sees that it is not migrated, or by a later version', async () => {
    await runSql(world.databaseUrl, `insert into kysely_migration values ('9999_future', 'x')`);
    expect(checksThatAre('red', await doctor())).toEqual({ database: expect.stringMatching(/9999_future/) });
    await runSql(world.databaseUrl, `delete from kysely_migration where name = '9999_future'`);
    await runSql(world.databaseUrl, 'alter table kysely_migration rename to elsewhere');
    expect(checksThatAre('red', await doctor())).toEqual({ database: expect.stringMatching(/lacks 0001_ledger/) });
    await runSql(world.databaseUrl, 'alter table elsewhere rename to kysely_migration');
  });
});

describe('the doctor of a Redis', () => {
  test.each([
    ['noeviction', 'green', /evicts nothing/],
    ['allkeys-lru', 'red', /allkeys-lru/],
    [null, 'yellow', /CONFIG GET maxmemory-policy is refused/],
  ])('with policy %s is %s', async (policy, status, message) => {
    const redis = await startFakeRedis(policy);
    const ran = await doctor({ REDIS_URL: redis.url });
    await redis.close();
    expect(checksThatAre(status, ran)).toMatchObject({ queues: expect.stringMatching(message) });
  });
});

describe('the doctor of a mail server', () => {
  test('that turns everybody away is told so', async () => {
    const server = await scriptedSmtp({ greeting: '554 go away' });
    const ran = await doctor({ ACME_SMTP: server.url });
    await server.close();
    expect(checksThatAre('red', ran)).toEqual({ smtp: expect.stringMatching(/answered 554/) });
  });

  test('asks for none where Okta mails the PINs', async () => {
    const { mail: _mail, ...rest } = setUp.tenant;
    const tenant = { ...rest, pin: { channel: 'okta' } };
    await writeFile(setUp.at('keycourier.yaml'), JSON.stringify({ tenants: { acme: tenant } }));
    await rm(setUp.at('keys/pin-copy.json'));
    const ran = await doctor();
    expect(ran.code).toBe(0);
    expect(checksThatAre('skipped', ran)).toMatchObject({
      smtp: expect.any(String),
      'file.pin-copy-key': expect.any(String),
    });
  });
});

describe('the doctor of a service app', () => {
  async function useApp(scopes: readonly string[]): Promise<void> {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(world.org, { keys: [key], scopes });
    await writeFile(setUp.at('keys/app-key'), key.jwk, { mode: 0o600 });
    await changeTenant(() => {
      setUp.tenant.okta.auth = { clientId, privateKey: { file: setUp.at('keys/app-key') } };
    });
  }

  const needed = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];

  test('is content with the scopes of the worker, and with the hook that it may look at', async () => {
    await useApp([...needed, 'okta.eventHooks.read']);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({});
  });

  test('that may not look at hooks says who may', async () => {
    await useApp(needed);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({ 'okta.hook': expect.stringMatching(/may not look/) });
  });

  test.each(needed)('names the missing scope %s', async (scope) => {
    await useApp([...needed.filter((one) => one !== scope), 'okta.eventHooks.read']);
    expect(checksThatAre('red', await doctor())).toEqual({ 'okta.permissions': expect.stringContaining(scope) });
  });

  test('whose key is not the registered one is not known', async () => {
    await useApp(needed);
    await writeFile(setUp.at('keys/app-key'), (await makeAppKey('ES256', 'k1')).jwk);
    expect(checksThatAre('red', await doctor())).toEqual({
      'okta.credentials': expect.stringMatching(/invalid_client/),
    });
  });
});

describe('the report', () => {
  test('is a line for each check, with what would put it right below, and no secret in it', async () => {
    await writeFile(setUp.at('keys/fulfillment-token'), 'expired-token');
    const { environment } = setUp;
    const { out, err, code } = await run(['doctor', '--tenant', 'acme'], { environment, now });
    expect(code).toBe(1);
    expect(out).toMatch(/^keycourier\n {2}✓ config /);
    expect(out).toMatch(/\nacme\n {2}✓ secrets /);
    expect(out).toMatch(/✗ provider\.token .*\n +→ make a new token/);
    expect(out).toMatch(/\d+ green, 1 red, 1 not looked at\n$/);
    for (const secret of [world.oktaToken, 'expired-token', hookSecret, 'pass:word', 'pass%3Aword', 's'.repeat(40)])
      expect(out + err).not.toContain(secret);
  });

  test('of a tenant that there is not is a mistake of the command line', async () => {
    expect((await run(['doctor', '--tenant', 'nobody'], { environment: setUp.environment })).code).toBe(2);
  });
});
