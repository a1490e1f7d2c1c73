import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';
import { hashPassword } from '@keycourier/config/key-files/password';
import { secretUses } from '@keycourier/config/secret-uses';
import { parseEnvironment } from '@keycourier/runtime/environment';

import { consoleEnvironment, readSecrets, type Settings } from './settings.ts';
import { sampleKeyring } from './testing/sample-ledger.ts';

const parseSettings = (environment: Record<string, string | undefined>): Settings =>
  parseEnvironment(consoleEnvironment, environment);
const needed = { DATABASE_URL: 'postgres://127.0.0.1/keycourier' };
const secret = 'thirty-two characters or more, and random';
let dir: string;
let operators: string;
let passwordHash: string;
const noTenants = { tenants: {} };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keycourier-settings-'));
  passwordHash = await hashPassword('nine volts');
  operators = JSON.stringify([{ user: 'ada', passwordHash, breakGlass: true }]);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function settingsWith(files: { secret: string; operators: string; mode?: string }) {
  await writeFile(join(dir, 'secret'), files.secret, { mode: 0o600 });
  await writeFile(join(dir, 'operators'), files.operators, { mode: 0o600 });
  await writeFile(join(dir, 'sealing'), sampleKeyring, { mode: 0o600 });
  return parseSettings({
    ...needed,
    KEYCOURIER_MODE: files.mode,
    SEALING_KEYS_FILE: join(dir, 'sealing'),
    SESSION_SECRET_FILE: join(dir, 'secret'),
    CONSOLE_OPERATORS_FILE: join(dir, 'operators'),
  });
}

describe('the settings', () => {
  test('have defaults except for the database', () => {
    expect(parseSettings(needed)).toMatchObject({
      mode: 'production',
      http: { host: '127.0.0.1', port: 8082 },
      operatorsPath: join('.keycourier', 'keys', 'operators.json'),
      sessionSecretPath: join('.keycourier', 'keys', 'session-secret'),
      trustedProxies: ['loopback'],
    });
  });

  test('trust no proxy in local mode, and require a loopback address there', () => {
    expect(parseSettings({ ...needed, KEYCOURIER_MODE: 'local' }).trustedProxies).toEqual([]);
    expect(() => parseSettings({ ...needed, KEYCOURIER_MODE: 'local', HOST: '0.0.0.0' })).toThrow(/loopback[^]*HOST/);
  });
});

describe('the secrets', () => {
  test('are read from their files', async () => {
    const secrets = await readSecrets(await settingsWith({ secret: `${secret}\n`, operators }), noTenants);
    expect(secrets.session).toBe(secret);
    expect(await secrets.operators.authenticate('ada', 'nine volts')).toMatchObject({ user: 'ada' });
  });

  test('that are missing stop the start with the path and the variable', async () => {
    const settings = parseSettings({ ...needed, SESSION_SECRET_FILE: join(dir, 'nowhere') });
    await expect(readSecrets(settings, noTenants)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/nowhere.*SESSION_SECRET_FILE/),
    });
  });

  test('that other users may read are refused outside local', async () => {
    const files = { secret, operators };
    const settings = await settingsWith(files);
    await chmod(settings.sessionSecretPath, 0o644);
    await expect(readSecrets(settings, noTenants)).rejects.toThrow(
      /SESSION_SECRET_FILE: .*can be read by other users \(0644\)/,
    );
    await expect(readSecrets({ ...settings, mode: 'local' }, noTenants)).resolves.toBeDefined();
    await chmod(settings.sessionSecretPath, 0o600);
  });

  test('that are too short are refused', async () => {
    await expect(readSecrets(await settingsWith({ secret: 'short', operators }), noTenants)).rejects.toThrow(
      /fewer than 32/,
    );
  });

  test('that were generated for local mode are refused in production', async () => {
    const generated = `local_${secret}`;
    await expect(readSecrets(await settingsWith({ secret: generated, operators }), noTenants)).rejects.toThrow(
      /generated for KEYCOURIER_MODE=local/,
    );
    await expect(
      readSecrets(await settingsWith({ secret: generated, operators, mode: 'local' }), noTenants),
    ).resolves.toBeDefined();
  });
});

describe('in production, the accounts of the operators file', () => {
  const signIn = {
    issuer: 'https://acme.okta.example',
    clientId: '0oa1',
    clientSecret: { env: 'SECRET' },
    groups: [{ name: 'admins', role: 'admin' as const }],
    stepUp: 'phr' as const,
  };

  test('are for emergencies', async () => {
    const ordinary = JSON.stringify([{ user: 'grace', passwordHash }]);
    const settings = await settingsWith({ secret, operators: ordinary });
    await expect(readSecrets(settings, noTenants)).rejects.toThrow(/no break-glass accounts \(grace\)/);
    await expect(readSecrets({ ...settings, mode: 'local' }, noTenants)).resolves.toBeDefined();
  });

  test('need not exist where Okta signs operators in', async () => {
    const settings = { ...(await settingsWith({ secret, operators })), operatorsPath: join(dir, 'nowhere') };
    await expect(readSecrets(settings, noTenants)).rejects.toThrow(/CONSOLE_OPERATORS_FILE/);
    const secrets = await readSecrets(
      settings,
      { tenants: {}, console: { signIn } },
      {
        SECRET: 'a-client-secret-of-one-word',
      },
    );
    expect(secrets.operators.accounts).toBe('none');
  });
});

describe('of the secrets that keycourier.yaml refers to', () => {
  test('the console needs its own alone: none of Okta’s API, the hook, the provider, the HRIS or mail', async () => {
    const file = (name: string) => ({ file: join(dir, name) });
    const org = { orgUrl: 'https://acme.okta.example', auth: { token: file('okta-token') } };
    const mapping = { firstName: '/first' };
    const tenant = {
      okta: org,
      hub: { orgUrl: 'https://hub.okta.example', auth: { clientId: '0oa2', privateKey: file('hub-key') } },
      hook: { secrets: [file('hook-secret')] },
      fulfillment: {
        apiUrl: 'https://keys.example/v1',
        keysUrl: 'https://keys.example',
        token: file('provider-token'),
        pinCopy: true,
      },
      hris: { url: 'https://hr.example/{login}', auth: { bearer: file('hris-token') }, mapping },
      products: [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }],
      pin: { channel: 'smtp' },
      mail: { smtp: file('smtp-url'), from: 'keys@acme.example' },
    };
    const groups = [{ name: 'admins', role: 'admin' }];
    const signIn = { issuer: org.orgUrl, clientId: '0oa1', clientSecret: file('client-secret'), groups };
    const config = parseConfig(
      JSON.stringify({ console: { url: 'https://keys.acme.example', signIn }, tenants: { acme: tenant } }),
    );
    expect(secretUses(config)).toHaveLength(7);
    // Of the seven, one file is there: reading another fails.
    await writeFile(join(dir, 'client-secret'), 'kN3vR8qZt1LwYx5pQ2-kN3vR8qZt1LwYx5pQ2', { mode: 0o600 });
    const secrets = await readSecrets(await settingsWith({ secret, operators }), config);
    await expect(secrets.clientSecret()).resolves.toContain('kN3v');
  });

  test('and of the key files, none has a variable that opens a PIN copy', () => {
    const settings = parseSettings({ ...needed, PIN_COPY_KEY_FILE: '/keys/pin-copy.json' });
    expect(JSON.stringify(settings)).not.toContain('pin-copy');
  });
});
