import { chmod, rm, writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import { scriptedSmtp } from '@keycourier/connectors/testing/scripted-smtp';
import { z } from 'zod';

import { checksThatAre, findings } from '../testing/doctor-checks.ts';
import { doctorForEachTest, now } from '../testing/doctor-under-test.ts';
import { startFakeRedis } from '../testing/fake-redis.ts';
import { run } from '../testing/run.ts';
import { hookSecret } from '../testing/setup.ts';
import { runSql } from '../testing/world.ts';

const under = doctorForEachTest({ hasHook: true });
const { doctor, changeTenant } = under;

async function faults(of: 'org' | 'provider', list: readonly object[]): Promise<void> {
  if (of === 'org') await under.world.org.call('PUT', '/sim/faults', list);
  else await under.world.provider.call('PUT', '/sim/faults', { body: list, token: null });
}

async function changeHook(change: (hook: Record<string, unknown>) => Promise<unknown>): Promise<void> {
  const { body } = await under.world.org.call('GET', '/api/v1/eventHooks');
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
    await under.world.org.call('PUT', `/api/v1/eventHooks/${String(id)}`, {
      name,
      events: { type: 'EVENT_TYPE', items },
      channel,
    });
    await under.world.org.call('POST', `/api/v1/eventHooks/${String(id)}/lifecycle/verify`);
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
  test('is all green for a correct set-up', async () => {
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
    ['config', /invented/, () => changeTenant(() => Object.assign(under.setup.tenant, { invented: true }))],
    ['config', /is not YAML/, () => writeFile(under.setup.at('keycourier.yaml'), '{ tenants: [')],
    ['config', /cannot be read/, () => rm(under.setup.at('keycourier.yaml'))],
    [
      'environment',
      /^KEYCOURIER_CONFG is not known: did you mean KEYCOURIER_CONFIG\?$/,
      async () => undefined,
      () => ({ KEYCOURIER_CONFG: 'canary' }),
    ],
    ['file.sealing-keys', /does not exist/, () => rm(under.setup.at('keys/sealing.json'))],
    ['file.sealing-keys', /not JSON/, () => writeFile(under.setup.at('keys/sealing.json'), 'no keys')],
    [
      'file.sealing-keys',
      /can be read by other users \(0644\)/,
      () => chmod(under.setup.at('keys/sealing.json'), 0o644),
    ],
    ['file.pin-copy-key', /does not exist/, () => rm(under.setup.at('keys/pin-copy.json'))],
    [
      'file.pin-copy-key',
      /not a private JWK with a kid on P-256 or P-384/,
      () => writeFile(under.setup.at('keys/pin-copy.json'), '{}'),
    ],
    [
      'file.operators',
      /at least one operator is required/,
      () => writeFile(under.setup.at('keys/operators.json'), '[]'),
    ],
    [
      'file.operators',
      /generated for KEYCOURIER_MODE=local/,
      () => writeFile(under.setup.at('keys/operators.json'), '"local_x"'),
    ],
    ['file.session-secret', /fewer than 32/, () => writeFile(under.setup.at('keys/session-secret'), 'short')],
    ['database', /cannot be reached/, async () => undefined, () => ({ DATABASE_URL: 'postgres://127.0.0.1:1/x' })],
    ['queues', /^REDIS_URL must start with redis/, async () => undefined, () => ({ REDIS_URL: 'http://canary' })],
    ['queues', /Redis cannot be reached/, async () => undefined, () => ({ REDIS_URL: 'redis://127.0.0.1:1' })],
    [
      'api',
      /failing: database/,
      async () => under.world.api.on('GET /readyz', { status: 503, body: { failing: ['database'] } }),
    ],
    ['api', /cannot be reached/, async () => undefined, () => ({ KEYCOURIER_URL: closedPort })],
    ['receiver', /answers 404/, async () => under.world.receiver.on('GET /readyz', { status: 404 })],
    ['scim', /cannot be reached/, async () => undefined, () => ({ SCIM_PUBLIC_URL: closedPort })],
    ['scim', /answers 404/, async () => under.world.scim.on('GET /readyz', { status: 404 })],
    ['api-key', /does not accept/, async () => undefined, () => ({ KEYCOURIER_API_KEY: 'kc_other' })],
    ['secrets', /ACME_SMTP.* is not set/, async () => undefined, () => ({ ACME_SMTP: '' })],
    ['secrets', /hook-secret is too easy to guess/, () => writeFile(under.setup.at('keys/hook-secret'), '1234567890')],
    [
      'config',
      /same product as products\[0\]/,
      () => changeTenant(() => under.setup.tenant.products.push(...under.setup.tenant.products)),
    ],
    [
      'config',
      /use https.*line \d+/,
      () => changeTenant(() => (under.setup.tenant.okta.orgUrl = 'http://acme.okta.com')),
    ],
    ['config', /exactly one address/, () => changeTenant(() => (under.setup.tenant.mail['from'] = 'Security keys'))],
    ['secrets', /hook-secret.* cannot be read/, () => rm(under.setup.at('keys/hook-secret'))],
    [
      'secrets',
      /okta-token can be read by other users \(0604\)/,
      () => chmod(under.setup.at('keys/okta-token'), 0o604),
    ],
    ['okta.org', /cannot be reached/, () => changeTenant(() => (under.setup.tenant.okta.orgUrl = closedPort))],
    ['okta.org', /answered 503/, () => faults('org', [{ match: { path: '/.well-known' }, respond: { status: 503 } }])],
    ['okta.credentials', /answered 401/, () => writeFile(under.setup.at('keys/okta-token'), 'revoked')],
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
      /no event hook for this tenant/,
      () => run(['okta', 'setup', '--remove'], { environment: under.setup.environment }),
    ],
    [
      'okta.hook',
      /is INACTIVE/,
      () =>
        changeHook(({ id }) => under.world.org.call('POST', `/api/v1/eventHooks/${String(id)}/lifecycle/deactivate`)),
    ],
    [
      'okta.hook',
      /is UNVERIFIED/,
      async () => {
        under.world.receiver.on('GET /okta/hooks/acme', { body: { verification: 'something else' } });
        await replaceHook(`${under.world.receiver.url}/okta/hooks/acme`, allEvents, 'another secret');
      },
    ],
    [
      'okta.hook',
      /calls https:\/\/elsewhere\.example\/okta\/hooks\/acme, not /,
      () => replaceHook('https://elsewhere.example/okta/hooks/acme', allEvents),
    ],
    [
      'okta.hook',
      /lacks the event types system\.mfa\.preregister\.initiate/,
      () => replaceHook(`${under.world.receiver.url}/okta/hooks/acme`, ['group.user_membership.add']),
    ],
    [
      'provider.api',
      /answers 404/,
      () => changeTenant(() => (under.setup.tenant.fulfillment['apiUrl'] = under.world.receiver.url)),
    ],
    [
      'provider.api',
      /cannot be reached/,
      () => changeTenant(() => (under.setup.tenant.fulfillment['apiUrl'] = closedPort)),
    ],
    ['provider.token', /answered 401/, () => writeFile(under.setup.at('keys/fulfillment-token'), 'expired')],
    [
      'provider.token-expiry',
      /ended on 2029-11-29/,
      () => changeTenant(() => (under.setup.tenant.fulfillment['tokenExpires'] = '2029-11-29')),
    ],
    [
      'provider.stock',
      /product 29 from inventory 106: none left/,
      () => under.world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 0 }] }),
    ],
    [
      'provider.stock',
      /has no inventory 999/,
      () => changeTenant(() => Object.assign(under.setup.tenant.products[0] ?? {}, { inventoryProductId: '999' })),
    ],
    [
      'provider.stock',
      /does not contain the product/,
      () => changeTenant(() => Object.assign(under.setup.tenant.products[0] ?? {}, { productId: '999' })),
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
    [
      'smtp',
      /answered 535/,
      async () => undefined,
      () => ({ ACME_SMTP: under.world.smtpUrl.replace('mailer', 'stranger') }),
    ],
  ];

  // Each row of the same length: jest takes the argument after a shorter one for a callback.
  const rows = breaks.map(
    ([check, why, breakIt, environment = () => ({})]) => [check, why, breakIt, environment] as const,
  );

  test.each(rows)('finds %s broken (%s), and nothing else', async (check, why, breakIt, environment) => {
    await breakIt();
    const ran = await doctor(environment());
    expect(checksThatAre('red', ran)).toEqual({ [check]: expect.stringMatching(why) });
    expect(ran.code).toBe(1);
    expect(findings.parse(ran.json())).toMatchObject({ ok: false });
    for (const { fix, status } of findings.parse(ran.json()).checks)
      if (status === 'red') expect(fix).toEqual(expect.any(String));
  });

  test('warns about the key of a service app that ends soon', async () => {
    const auth = { clientId: '0oa1', privateKey: { env: 'HUB_KEY' }, keyExpires: '2029-12-10' };
    await changeTenant(() => Object.assign(under.setup.tenant, { hub: { orgUrl: under.world.provider.url(), auth } }));
    expect(checksThatAre('yellow', await doctor())).toEqual({
      'okta.expiry': 'The key of the hub’s service app – ends on 2029-12-10, in 10 days',
    });
  });

  test('warns about an API key that ends soon, not about one that is revoked, has ended or goes on', async () => {
    const key = (name: string, expiresAt: string | null, revokedAt: string | null = null) => ({
      id: `key_${name}`,
      name,
      expiresAt,
      revokedAt,
    });
    under.world.api.on('GET /v1/keys', {
      body: {
        items: [
          key('soon', '2029-12-10T12:00:00Z'),
          key('revoked', '2029-12-10T12:00:00Z', '2029-11-01T00:00:00Z'),
          key('ended', '2029-11-01T00:00:00Z'),
          key('later', '2030-06-01T00:00:00Z'),
          key('ever', null),
        ],
      },
    });
    const ran = await doctor();
    under.world.api.on('GET /v1/keys', { body: { items: [] } });
    expect(checksThatAre('yellow', ran)).toEqual({ 'api-keys': 'API key soon – ends on 2029-12-10, in 10 days' });
  });

  const warnings: [check: string, why: RegExp, change: () => Promise<unknown>][] = [
    [
      'provider.token-expiry',
      /in 30 days/,
      () => changeTenant(() => (under.setup.tenant.fulfillment['tokenExpires'] = '2029-12-30')),
    ],
    [
      'provider.stock',
      /49 left/,
      () => under.world.provider.call('PUT', '/sim/inventory', { body: [{ inventoryProductId: 106, quantity: 49 }] }),
    ],
    [
      'okta.hook',
      /lacks the event types group\.user_membership\.remove, user\.account\.update_profile, user\.lifecycle\.deactivate/,
      () =>
        replaceHook(`${under.world.receiver.url}/okta/hooks/acme`, [
          'group.user_membership.add',
          'system.mfa.preregister.initiate',
        ]),
    ],
    [
      'okta.hook',
      /may not read event hooks/,
      () => faults('org', [{ match: { path: '/api/v1/eventHooks' }, respond: { status: 403 } }]),
    ],
  ];

  test.each(warnings)('warns about %s (%s), and exits with 0', async (check, why, change) => {
    await change();
    const ran = await doctor();
    expect(checksThatAre('yellow', ran)).toEqual({ [check]: expect.stringMatching(why) });
    expect(ran.code).toBe(0);
  });

  test('skips a check that depends on a broken one', async () => {
    await writeFile(under.setup.at('keys/fulfillment-token'), 'expired');
    expect(checksThatAre('skipped', await doctor())).toEqual({ 'provider.stock': 'the credentials are not accepted' });
  });

  test('waits no longer than its timeout', async () => {
    await faults('provider', [{ match: { path: '/v1/inventory' }, respond: { delayMs: 3_000 } }]);
    const ran = await doctor({}, '--timeout', '1');
    expect(checksThatAre('red', ran)).toMatchObject({ 'provider.api': expect.stringMatching(/in time|within 1 s/) });
  });
});

describe('the doctor of a database', () => {
  test('finds it not migrated, or migrated by a later version', async () => {
    await runSql(under.world.databaseUrl, `insert into kysely_migration values ('9999_future', 'x')`);
    expect(checksThatAre('red', await doctor())).toEqual({ database: expect.stringMatching(/9999_future/) });
    await runSql(under.world.databaseUrl, `delete from kysely_migration where name = '9999_future'`);
    await runSql(under.world.databaseUrl, 'alter table kysely_migration rename to elsewhere');
    expect(checksThatAre('red', await doctor())).toEqual({
      database: expect.stringMatching(/missing migrations: 0001_ledger/),
    });
    await runSql(under.world.databaseUrl, 'alter table elsewhere rename to kysely_migration');
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
  test('that refuses every connection is red', async () => {
    const server = await scriptedSmtp({ greeting: '554 go away' });
    const ran = await doctor({ ACME_SMTP: server.url });
    await server.close();
    expect(checksThatAre('red', ran)).toEqual({ smtp: expect.stringMatching(/answered 554/) });
  });

  test('is skipped if Okta sends the PIN mails', async () => {
    const { mail: _mail, ...rest } = under.setup.tenant;
    const tenant = { ...rest, pin: { channel: 'okta' } };
    await writeFile(under.setup.at('keycourier.yaml'), JSON.stringify({ tenants: { acme: tenant } }));
    await rm(under.setup.at('keys/pin-copy.json'));
    const ran = await doctor();
    expect(ran.code).toBe(0);
    expect(checksThatAre('skipped', ran)).toMatchObject({
      smtp: expect.any(String),
      'file.pin-copy-key': expect.any(String),
    });
  });
});

describe('the report', () => {
  test('is a line for each check with the fix below, and contains no secret', async () => {
    await writeFile(under.setup.at('keys/fulfillment-token'), 'expired-token');
    const { environment } = under.setup;
    const { out, err, code } = await run(['doctor', '--tenant', 'acme'], { environment, now });
    expect(code).toBe(1);
    expect(out).toMatch(/^keycourier\n {2}✓ config /);
    expect(out).toMatch(/\nacme\n {2}✓ secrets /);
    expect(out).toMatch(/✗ provider\.token .*\n +→ create a new token/);
    expect(out).toMatch(/\d+ green, 1 red, 1 skipped\n$/);
    for (const secret of [
      under.world.oktaToken,
      'expired-token',
      hookSecret,
      'pass:word',
      'pass%3Aword',
      's'.repeat(40),
    ])
      expect(out + err).not.toContain(secret);
  });

  test('of an unknown tenant is a usage error', async () => {
    expect((await run(['doctor', '--tenant', 'unknown'], { environment: under.setup.environment })).code).toBe(2);
  });
});
