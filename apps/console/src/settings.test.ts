import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashPassword } from '@keycourier/config/key-files/password';
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
