import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { parseConfig } from '../config-file.ts';
import { secretUses, type SecretKind, type SecretUse } from '../secret-uses.ts';
import { refuseAtStart, secretProblems } from './at-start.ts';
import { checkExposure } from './exposed-file.ts';

const cases = z
  .array(
    z.strictObject({
      title: z.string(),
      kind: z.enum(['hook', 'token', 'password', 'private-key', 'smtp-url']),
      value: z.string(),
      says: z.string(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/refused-secrets.json', import.meta.url), 'utf8')));

const use = (kind: SecretKind, name = 'SECRET', more: Partial<SecretUse> = {}): SecretUse => ({
  tenant: 'acme',
  key: 'some.key',
  reference: { env: name },
  kind,
  reader: 'worker',
  ...more,
});

describe('a process refuses to start, naming tenant, key and place and never the value, with', () => {
  test.each(cases)('$title', async ({ kind, value, says }) => {
    const [problem = '', ...others] = await secretProblems({ uses: [use(kind)], environment: { SECRET: value } });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^tenants\.acme\.some\.key: .*SECRET/);
    expect(problem).toContain(says);
    expect(problem).not.toContain('canary');
  });

  test('a variable that is not set, or empty', async () => {
    for (const environment of [{}, { SECRET: '' }])
      expect(await secretProblems({ uses: [use('token')], environment })).toEqual([
        'tenants.acme.some.key: the environment variable SECRET is not set',
      ]);
  });

  test('the same secret twice, within a hook and for two tenants', async () => {
    const uses = [
      use('hook', 'ONE', { key: 'hook.secrets[0]' }),
      use('hook', 'TWO', { key: 'hook.secrets[1]' }),
      use('hook', 'THREE', { tenant: 'globex', key: 'hook.secrets[0]' }),
    ];
    const value = 'kN3vR8qZt1LwYx5pQ2';
    expect(await secretProblems({ uses, environment: { ONE: value, TWO: value, THREE: value } })).toEqual([
      'tenants.acme.hook.secrets[1]: is the same secret as tenants.acme.hook.secrets[0]',
      'tenants.globex.hook.secrets[0]: is the same secret as tenants.acme.hook.secrets[0]',
    ]);
  });

  test('a mail server of a secret that may send PINs unencrypted, but for loopback and simulators', async () => {
    const problems = (SECRET: string, KEYCOURIER_MODE = 'production') =>
      secretProblems({ uses: [use('smtp-url', 'SECRET', { plain: true })], environment: { SECRET, KEYCOURIER_MODE } });
    expect(await problems('smtp://mail.example')).toEqual([expect.stringContaining('sends PINs unencrypted')]);
    expect(await problems('smtp://127.0.0.1')).toEqual([]);
    expect(await problems('smtps://mail.example')).toEqual([]);
    expect(await problems('smtp://inbox', 'simulators')).toEqual([]);
  });

  test('every problem at once', async () => {
    const uses = [use('token', 'ONE'), use('token', 'TWO')];
    const started = refuseAtStart({ uses, environment: {}, files: [] });
    await expect(started).rejects.toMatchObject({ code: 'bad_config', message: expect.stringMatching(/ONE[^]*TWO/) });
  });
});

test.each([
  ['hook', 'kN3vR8qZt1LwYx5pQ2'],
  ['hook', 'Bearer kN3vR8qZt1LwYx5pQ2'],
  ['token', '00Nq-secret_Token.Of~Okta'],
  ['password', 'any thing, even with spaces: ü'],
  ['smtp-url', 'smtp://user:p@ss/w#rd@mail.example:587'],
] as const)('a %s may be %s, with white space around it', async (kind, value) => {
  expect(await secretProblems({ uses: [use(kind)], environment: { SECRET: ` ${value}\r\n` } })).toEqual([]);
});

test('each process reads its own secrets alone', () => {
  const text = `tenants: { acme: { okta: { orgUrl: 'https://a.example', auth: { token: { env: OKTA } } },
    hook: { secrets: [{ env: HOOK }] }, pin: { channel: okta },
    fulfillment: { apiUrl: 'https://b.example', keysUrl: 'https://b.example', token: { env: PROVIDER } },
    products: [{ productId: 1, inventoryProductId: 2, customizationId: C }] } }`;
  const names = (reader: string): unknown[] =>
    secretUses(parseConfig(text)).flatMap((one) => (one.reader === reader ? [one.key] : []));
  expect(names('receiver')).toEqual(['hook.secrets[0]']);
  expect(names('worker')).toEqual(['okta.auth.token', 'fulfillment.token']);
});

const isRoot = process.getuid?.() === 0;
const describeOnUnix = process.platform === 'win32' ? describe.skip : describe;

describeOnUnix('a file of secrets', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keycourier-exposed-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(name: string, mode: number): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, 'secret');
    await chmod(path, mode);
    return path;
  }

  test.each([
    [0o644, 'can be read by other users (0644): chmod 600'],
    [0o604, 'can be read by other users (0604): chmod 600'],
    [0o602, 'can be changed by other users (0602)'],
    [0o666, 'can be changed by other users (0666)'],
  ])('with mode %o is refused', async (mode, says) => {
    const path = await write(`file-${mode}`, mode);
    expect(await checkExposure(path, { secret: true })).toEqual([expect.stringContaining(says)]);
  });

  test.each([0o600, 0o400, 0o700])('with mode %o is safe', async (mode) => {
    expect(await checkExposure(await write(`safe-${mode}`, mode), { secret: true })).toEqual([]);
  });

  test('may be read by all where it holds settings alone, but not changed', async () => {
    expect(await checkExposure(await write('settings', 0o644), { secret: false })).toEqual([]);
    expect(await checkExposure(await write('open-settings', 0o646), { secret: false })).toHaveLength(1);
  });

  test('in a folder that others may write is refused, unless they may not exchange what is there', async () => {
    await mkdir(join(folder, 'open'));
    const path = await write('open/secret', 0o600);
    await chmod(join(folder, 'open'), 0o777);
    expect(await checkExposure(path, { secret: true })).toEqual([
      expect.stringContaining('can be changed by other users'),
    ]);
    await chmod(join(folder, 'open'), 0o1777);
    expect(await checkExposure(path, { secret: true })).toEqual([]);
  });

  test('is looked at where its links lead, as in a mounted secret of Kubernetes', async () => {
    const path = await write('target', 0o644);
    await symlink(path, join(folder, 'link'));
    expect(await checkExposure(join(folder, 'link'), { secret: true })).toHaveLength(1);
  });

  test('that is missing is left to the code that reads it', async () => {
    expect(await checkExposure(join(folder, 'missing'), { secret: true })).toEqual([]);
  });

  const testAsRoot = isRoot ? test : test.skip;

  testAsRoot('of root’s may be read by a group, as fsGroup needs; of another user’s it is refused', async () => {
    const reader = { uid: 1000, gid: 1000 };
    await chmod(folder, 0o755);
    const mounted = await write('mounted', 0o440);
    await chown(mounted, 0, 2000);
    expect(await checkExposure(mounted, { secret: true, reader })).toEqual([]);
    const shared = await write('shared', 0o640);
    await chown(shared, 1000, 2000);
    expect(await checkExposure(shared, { secret: true, reader })).toEqual([expect.stringContaining('can be read')]);
    const foreign = await write('foreign', 0o600);
    await chown(foreign, 1001, 1001);
    expect(await checkExposure(foreign, { secret: true, reader })).toEqual([expect.stringContaining('uid 1001')]);
  });

  test('keeps a process from starting, named by its variable; not in local', async () => {
    const files = [{ variable: 'SEALING_KEYS_FILE', path: await write('sealing', 0o644) }];
    const start = (KEYCOURIER_MODE: string) => refuseAtStart({ uses: [], environment: { KEYCOURIER_MODE }, files });
    await expect(start('production')).rejects.toThrow(/SEALING_KEYS_FILE: .*can be read by other users/);
    await start('local');
  });
});
