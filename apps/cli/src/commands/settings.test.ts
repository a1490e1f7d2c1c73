import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { problem, startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run, type Ran } from '../testing/run.ts';

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'keycourier-cli-'));
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const cli = (...argv: string[]): Promise<Ran> => run(argv, { environment: api.environment });

describe('flows', () => {
  const warnings = [{ code: 'both_triggers_on', message: 'Both triggers are on.' }];

  test('are listed, with the warning', async () => {
    const items = [
      { slug: 'group-add', title: 'Group Add', enabled: true },
      { slug: 'mfa-initiated', title: 'MFA Initiated', enabled: false },
    ];
    api.on('GET /v1/flows', { body: { items, warnings } });
    for (const argv of [['flows'], ['flows', 'list']]) {
      const { out, err } = await cli(...argv);
      expect(out).toMatch(/^group-add +on +Group Add\nmfa-initiated +off +MFA Initiated$/m);
      expect(err).toBe('warning: Both triggers are on.\n');
    }
  });

  test.each([
    ['on', true],
    ['off', false],
  ])('are switched %s', async (word, enabled) => {
    api.on('PATCH /v1/flows/group-add', { body: { slug: 'group-add', title: 'Group Add', enabled } });
    expect((await cli('flows', word, 'group-add')).code).toBe(0);
    expect(api.requests[0]?.json()).toEqual({ enabled });
  });
});

describe('catch-up', () => {
  const catchUp = {
    tenant: 'acme',
    enabled: true,
    lagSeconds: 75,
    lastPollAt: '2029-11-30T11:58:45.000Z',
    nextPollAt: '2029-11-30T12:00:30.000Z',
    lastEventPublishedAt: null,
    eventsReadToday: 212,
    foundOnlyByCatchUp: { today: 3, total: 17 },
    cursorRefusals: 0,
    problem: null,
    hook: { status: 'verified', checkedAt: null, lastDeliveryAt: '2029-11-30T09:00:00.000Z' },
    dailyCap: { delivered: 300_000, cap: 400_000, share: 0.75, isNear: true },
  };
  const at = (...argv: string[]): Promise<Ran> =>
    run(argv, { environment: api.environment, now: () => new Date('2029-11-30T12:00:00Z') });

  test('is printed, one fact per line', async () => {
    api.on('GET /v1/catch-up', { body: catchUp });
    const { code, out } = await at('catch-up');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'system log        read up to 1 min ago',
      'last poll         1 min ago',
      'next poll         in 30 s',
      'events read       212 today',
      'only found here   3 today, 17 in all',
      'event hook        verified, last delivery 3 h ago',
      "Okta's daily cap  300000 of 400000 events today (75.0 %)",
      '',
    ]);
  });

  test('says what is wrong, and that it is off', async () => {
    const problem = {
      code: 'missing_scope',
      message: 'Grant okta.logs.read.',
      detail: '',
      since: '2029-11-30T09:00:00.000Z',
    };
    api.on('GET /v1/catch-up', { body: { ...catchUp, problem } });
    expect((await at('catch-up')).out).toMatch(/^problem +Grant okta\.logs\.read\.$/m);
    api.on('GET /v1/catch-up', { body: { ...catchUp, enabled: false, nextPollAt: null } });
    expect((await at('catch-up')).out).toMatch(/^system log +not read: catchUp\.enabled is false$/m);
  });

  test('is printed whole as JSON', async () => {
    api.on('GET /v1/catch-up', { body: catchUp });
    expect((await at('catch-up', '--json')).json()).toEqual(catchUp);
  });
});

describe('keys', () => {
  const secret = 'kc_new-and-printed-once';
  const key = {
    id: 'key_1',
    name: 'portal',
    owner: 'grace@acme.example',
    scopes: ['read', 'write'],
    requestsPerMinute: null,
    createdAt: '2026-03-01T08:00:00.000Z',
    revokedAt: null,
    formerUntil: null,
  };

  test('are listed with their state', async () => {
    const former = { ...key, formerUntil: '2026-03-02T08:00:00.000Z' };
    api.on('GET /v1/keys', {
      body: { items: [key, { ...key, owner: null, revokedAt: '2026-04-01T00:00:00.000Z' }, former] },
    });
    const { out } = await cli('keys');
    expect(out).toMatch(
      /grace@acme.example +read,write +2026-03-01 +active\n.*not known.*revoked 2026-04-01\n.*until 2026-03-02 08:00$/m,
    );
  });

  test('from before owners were named get theirs', async () => {
    api.on('PATCH /v1/keys/key_1', { body: key });
    expect((await cli('keys', 'set-owner', 'key_1', 'grace@acme.example')).out).toBe(
      'key_1 belongs to grace@acme.example.\n',
    );
    expect(api.requests[0]?.json()).toEqual({ owner: 'grace@acme.example' });
  });

  test('are created, and printed once', async () => {
    api.on('POST /v1/keys', { status: 201, body: { ...key, key: secret } });
    const { out, err } = await cli(
      'keys',
      'create',
      'portal',
      '--scopes',
      'read, write',
      '--owner',
      'grace@acme.example',
      '--requests-per-minute',
      '60',
    );
    expect(api.requests[0]?.json()).toEqual({
      name: 'portal',
      owner: 'grace@acme.example',
      scopes: ['read', 'write'],
      requestsPerMinute: 60,
    });
    expect(out).toBe(`key_1 "portal" (read, write)\n${secret}\n`);
    expect(err).toContain('not shown again');
  });

  test('are not created with unknown scopes', async () => {
    expect((await cli('keys', 'create', 'portal', '--scopes', 'read,admin')).code).toBe(2);
    expect(api.requests).toEqual([]);
  });

  test('have the scope read by default', async () => {
    api.on('POST /v1/keys', { status: 201, body: { ...key, key: secret } });
    await cli('keys', 'create', 'portal');
    expect(api.requests[0]?.json()).toEqual({ name: 'portal', scopes: ['read'] });
  });

  test('are written to a file that only its owner can read, and not printed', async () => {
    api.on('POST /v1/keys/key_1/rotate', { body: { ...key, key: secret } });
    const file = join(folder, 'key');
    const { code, out, err } = await cli('keys', 'rotate', 'key_1', '--grace-hours', '0', '--file', file);
    expect(code).toBe(0);
    expect(api.requests[0]?.json()).toEqual({ graceHours: 0 });
    expect(out + err).not.toContain(secret);
    expect(await readFile(file, 'utf8')).toBe(`${secret}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('are not requested if the file exists or cannot be created', async () => {
    const file = join(folder, 'key');
    await writeFile(file, 'precious');
    for (const path of [file, join(folder, 'nowhere', 'key')])
      expect((await cli('keys', 'create', 'portal', '--file', path)).code).toBe(2);
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(api.requests).toEqual([]);
  });

  test('leave no file behind if the request is refused', async () => {
    api.on('POST /v1/keys', problem(403, 'scopes_exceeded', 'Your key lacks that scope.'));
    const file = join(folder, 'key');
    expect((await cli('keys', 'create', 'portal', '--scopes', 'operator', '--file', file)).code).toBe(4);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('are revoked', async () => {
    api.on('DELETE /v1/keys/key_1', { status: 204 });
    expect(await cli('keys', 'revoke', 'key_1')).toMatchObject({ code: 0, out: 'key_1 is revoked.\n' });
  });
});
