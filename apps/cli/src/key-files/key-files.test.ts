import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyPassword } from '@keycourier/config/key-files/password';
import { parsePinCopyKeys } from '@keycourier/config/key-files/pin-copy-keys';
import { resealAll } from '@keycourier/ledger/reseal';
import { createSealing, parseKeyring } from '@keycourier/ledger/sealing';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { z } from 'zod';

import { run, type Ran, type RunOptions } from '../testing/run.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keycourier-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true }));
afterAll(closeTestLedgers);

const keycourier = (argv: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  run(argv, { ...options, environment: { KEYCOURIER_DATA_DIR: dataDir, ...options.environment } });
const at = (name: string): string => join(dataDir, 'keys', name);
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const operatorRows = z.array(z.looseObject({ user: z.string(), passwordHash: z.string() }));
const operators = async () => operatorRows.parse(JSON.parse(await readFile(at('operators.json'), 'utf8')));
const keyring = z.object({ active: z.string(), keys: z.record(z.string(), z.string()) });

describe('init', () => {
  test('makes every secret once, each readable by its owner alone', async () => {
    const { code, out, err } = await keycourier(['init']);
    expect(code).toBe(0);
    const files = ['sealing.json', 'session-secret', 'operators.json', 'pin-copy.json', 'hook-secret'].map(at);
    expect(out.split('\n').slice(0, 5)).toEqual(files);
    for (const path of files) expect(await modeOf(path)).toBe(0o600);
    expect(await modeOf(join(dataDir, 'keys'))).toBe(0o700);
    const [, password = ''] = /password ([\w-]{20})$/m.exec(out) ?? [];
    const [operator] = await operators();
    expect(await verifyPassword(password, operator?.passwordHash ?? '')).toBe(true);
    expect(out + err).not.toContain('"d"');
    const [key] = parsePinCopyKeys(await readFile(at('pin-copy.json'), 'utf8'), 'it');
    expect(out).toContain(JSON.stringify({ kty: 'EC', crv: 'P-256', kid: key?.kid, x: key?.x, y: key?.y }));
  });

  test('writes nothing if one of the files exists', async () => {
    await keycourier(['init']);
    await rm(at('sealing.json'));
    const { code, err } = await keycourier(['init']);
    expect(code).toBe(2);
    expect(err).toMatch(/session-secret exists already: nothing was written/);
    await expect(stat(at('sealing.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each([false, true])(
    '--compose makes every file that docker-compose.yml names (simulators: %s)',
    async (simulators) => {
      const { code } = await keycourier(['init', '--compose', ...(simulators ? ['--simulators'] : [])]);
      expect(code).toBe(0);
      const compose = await readFile('docker-compose.yml', 'utf8');
      const named = [...compose.matchAll(/\.keycourier\/secrets\}\/([\w.]+)/g)].map(([, name = '']) => name);
      expect(named.length).toBeGreaterThan(8);
      for (const name of named) expect(await modeOf(join(dataDir, 'secrets', name))).toBe(0o600);
      const oktaToken = await readFile(join(dataDir, 'secrets', 'okta_token'), 'utf8');
      const simulator = await readFile(join(dataDir, 'secrets', 'okta_simulator.env'), 'utf8');
      expect(simulator.includes(`OKTA_SIMULATOR_TOKEN=${oktaToken}\n`) && oktaToken !== '').toBe(simulators);
    },
  );
});

describe('operators', () => {
  test('are added, listed and removed, and the file stays private', async () => {
    const first = await keycourier(['operators', 'add', 'Ada']);
    expect(first.code).toBe(2);
    expect(first.err).toMatch(/cannot be created/);
    await keycourier(['init']);
    const { code, out, err } = await keycourier(['operators', 'add', 'Ada']);
    expect(code).toBe(0);
    expect(err).toMatch(/only this once\. Restart the console/);
    const ada = (await operators()).find(({ user }) => user === 'ada');
    expect(await verifyPassword(out.trim(), ada?.passwordHash ?? '')).toBe(true);
    expect((await keycourier(['operators'])).out).toBe('operator\nada\n');
    expect((await keycourier(['operators', 'remove', 'operator'])).code).toBe(0);
    expect((await keycourier(['operators'])).out).toBe('ada\n');
    expect(await modeOf(at('operators.json'))).toBe(0o600);
  });

  test('name the person’s login at Okta, which a new password keeps', async () => {
    await keycourier(['init']);
    await keycourier(['operators', 'add', 'ada', '--break-glass', '--login', 'Ada@acme.example']);
    await keycourier(['operators', 'password', 'ada']);
    expect(await operators()).toContainEqual(
      expect.objectContaining({ user: 'ada', login: 'Ada@acme.example', breakGlass: true }),
    );
  });

  test('get a new password, which is the only one that works', async () => {
    await keycourier(['init']);
    const before = (await operators())[0]?.passwordHash;
    const { out } = await keycourier(['operators', 'password', 'operator']);
    const [now, ...others] = await operators();
    expect(others).toEqual([]);
    expect(now?.passwordHash).not.toBe(before);
    expect(await verifyPassword(out.trim(), now?.passwordHash ?? '')).toBe(true);
  });

  test.each([
    [['add', 'operator'], /There is an operator operator/],
    [['add', 'a b'], /a user name is 1 to 64/],
    [['password', 'nn'], /There is no operator nn/],
    [['remove', 'nn'], /There is no operator nn/],
    [['remove', 'operator'], /needs one operator/],
  ])('%j is refused, and changes nothing', async (argv, why) => {
    await keycourier(['init']);
    const before = await readFile(at('operators.json'), 'utf8');
    const { code, err } = await keycourier(['operators', ...argv]);
    expect(code).toBe(2);
    expect(err).toMatch(why);
    expect(await readFile(at('operators.json'), 'utf8')).toBe(before);
  });
});

describe('keys rotate-sealing', () => {
  const rotate = (options: RunOptions = {}) => keycourier(['keys', 'rotate-sealing'], options);
  const read = async () => keyring.parse(JSON.parse(await readFile(at('sealing.json'), 'utf8')));

  test('adds a key, lets it seal, and removes the former one only once nothing needs it', async () => {
    await keycourier(['init']);
    const { ledger, url } = await connectTestLedger();
    const sealing = async () => createSealing(parseKeyring(await readFile(at('sealing.json'), 'utf8')));
    const { id } = await open({ ...ledger, sealing: await sealing() }, { login: 'a@example.com', note: 'a note' });

    expect((await rotate()).out).toMatch(/Added the sealing key k2; it does not seal yet\.\nRestart every process/);
    expect(await read()).toMatchObject({ active: 'k1', keys: { k1: expect.any(String), k2: expect.any(String) } });
    expect((await rotate()).out).toMatch(/k2 seals now; k1 still unseals/);
    expect(await read()).toMatchObject({ active: 'k2' });

    const environment = { DATABASE_URL: url };
    expect(await rotate()).toMatchObject({ code: 2, err: expect.stringMatching(/Set DATABASE_URL/) });
    expect((await rotate({ environment })).out).toMatch(/^\d+ stored values still need k1\. Workers seal them again/);
    expect((await read()).keys).toHaveProperty('k1');

    await resealAll({ ...ledger, sealing: await sealing() }, { chunk: 100 });
    expect((await rotate({ environment })).out).toMatch(/Removed k1; k2 seals everything/);
    expect(Object.keys((await read()).keys)).toEqual(['k2']);
    const row = await ledger.db.selectFrom('shipments').select('note').where('id', '=', id).executeTakeFirstOrThrow();
    expect((await sealing()).unseal(row.note ?? '', `shipments.note:${id}`)).toBe('a note');
    expect(await modeOf(at('sealing.json'))).toBe(0o600);
    expect((await rotate()).out).toMatch(/Added the sealing key k3/);
  });

  test('asks before each step on a terminal, and changes nothing without a yes', async () => {
    await keycourier(['init']);
    const before = await readFile(at('sealing.json'), 'utf8');
    expect((await rotate({ columns: 100, typed: ['n'] })).code).toBe(1);
    expect(await readFile(at('sealing.json'), 'utf8')).toBe(before);
  });

  test('prints no key, and refuses a file that is none', async () => {
    await keycourier(['init']);
    const { out, err } = await rotate();
    for (const key of Object.values((await read()).keys)) expect(out + err).not.toContain(key);
    await writeFile(at('sealing.json'), '{}');
    expect(await rotate()).toMatchObject({ code: 2, err: expect.stringMatching(/not usable/) });
    await rm(at('sealing.json'));
    expect(await rotate()).toMatchObject({ code: 2, err: expect.stringMatching(/SEALING_KEYS_FILE/) });
  });
});

describe('keys rotate-pin-copy', () => {
  const keys = async () => parsePinCopyKeys(await readFile(at('pin-copy.json'), 'utf8'), 'it');

  test('makes a key on the curve of the newest one, unless another is named', async () => {
    await keycourier(['init']);
    const curves = async () => (await keys()).map(({ crv }) => crv);
    expect(await curves()).toEqual(['P-256']);
    await keycourier(['keys', 'rotate-pin-copy', '--curve', 'P-384']);
    await keycourier(['keys', 'rotate-pin-copy']);
    expect(await curves()).toEqual(['P-256', 'P-384', 'P-384']);
    expect(await keycourier(['keys', 'rotate-pin-copy', '--curve', 'P-521'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/P-256, P-384/),
    });
    expect((await keycourier(['keys', 'rotate-pin-copy', '--finish', '--curve', 'P-384'])).code).toBe(2);
    expect(await curves()).toHaveLength(3);
  });

  test('keeps the former key beside the new one until it is finished', async () => {
    await keycourier(['init']);
    const [former] = await keys();
    const { out, err } = await keycourier(['keys', 'rotate-pin-copy']);
    const [first, fresh] = await keys();
    expect(first).toEqual(former);
    expect(JSON.parse(out)).toEqual({ kty: 'EC', crv: 'P-256', kid: fresh?.kid, x: fresh?.x, y: fresh?.y });
    expect(err).toMatch(/Restart the workers, then register/);
    expect((await keycourier(['keys', 'rotate-pin-copy', '--finish'])).code).toBe(0);
    expect(await keys()).toEqual([fresh]);
    expect((await keycourier(['keys', 'rotate-pin-copy', '--finish'])).code).toBe(2);
  });
});
