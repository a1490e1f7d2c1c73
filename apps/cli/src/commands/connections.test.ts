import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

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

const cli = (...argv: string[]): Promise<Ran> => run(argv, { environment: api.environment, columns: 200 });
const piped = (...argv: string[]): Promise<Ran> => run(argv, { environment: api.environment });
const plain = ({ out }: Ran): string => stripVTControlCharacters(out);
const lastBody = (): unknown => api.requests.at(-1)?.json();

const id = '01kab3v6d2m8zq4w0xrt5y7n9c';
const path = `/v1/connections/${id}`;
const counts = { requests: 40, refused: 2, failed: 1 };
const token = {
  id: 'tok_1',
  kind: 'bearer',
  createdAt: '2026-03-01T08:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-03-02T09:00:00.000Z',
  revokedAt: null,
};
const rows = [
  { source: 'login', path: 'userName', target: null, note: 'Finds the person.' },
  { source: 'city', path: 'addresses.locality', target: 'city', note: null },
];
const connection = {
  id,
  name: 'Okta',
  baseUrl: `https://scim.example/scim/v2/${id}`,
  sendEnrollmentMails: false,
  includeManual: true,
  readAll: false,
  takeOverByLocalPart: false,
  userNameRules: { maxLength: 30 },
  tokens: [token, { ...token, id: 'tok_0', revokedAt: '2026-02-01T08:00:00.000Z' }],
  counts: { today: counts, last7Days: counts },
  lastRequestAt: null,
  warnings: [{ code: 'no_requests', message: 'No request has ever come.' }],
  revokedAt: null,
  mapping: { isDefault: true, rows },
  errors: [
    { at: '2026-03-02T09:00:00.000Z', status: 409, detail: 'userName has to be unique.', times: 3, subjectId: null },
  ],
};
const secret = 'kcs_a-secret-of-a-connection';

describe('connections', () => {
  test('are listed with what to look at', async () => {
    api.on('GET /v1/connections', {
      body: { items: [connection, { ...connection, id: 'x', revokedAt: '2026-04-01T08:00:00Z' }] },
    });
    const ran = await cli('connections');
    expect(plain(ran)).toMatch(
      /01kab3v6d2m8zq4w0xrt5y7n9c {2}Okta .*never.*40 requests, 2 refused, 1 failed.*no_requests/,
    );
    expect(plain(ran)).toContain('revoked 2026-04-01');
    expect((await piped('connections', '--json')).json()).toMatchObject({ items: [{ id, name: 'Okta' }, { id: 'x' }] });
  });

  test('are handed over until nothing is left', async () => {
    let parts = 0;
    api.on(`POST ${path}/hand-over`, () => ({
      body: { people: 500 - 499 * parts, groups: 2 - 2 * parts, isComplete: (parts += 1) > 1 },
    }));
    const ran = await cli('connections', 'hand-over', id, '--to', 'manual');
    expect([plain(ran).trim(), lastBody(), api.requests.length]).toEqual([
      '501 people and 2 groups belong to manual now.',
      { to: 'manual' },
      2,
    ]);
  });

  test('are shown with options, tokens and last errors', async () => {
    api.on(`GET ${path}`, { body: connection });
    const out = plain(await cli('connections', 'show', id));
    expect(out).toMatch(/base URL .*https:\/\/scim\.example/);
    expect(out).toMatch(/include manually provisioned +on/);
    expect(out).toMatch(/read all users +off/);
    expect(out).toMatch(/user name rules +at most 30 characters/);
    expect(out).toMatch(/warning: No request has ever come\./);
    expect(out).toMatch(/tok_1 .*live/);
    expect(out).toMatch(/tok_0 .*revoked 2026-02-01/);
    expect(out).toMatch(/a new user or group +3 +409 userName has to be unique\./);
  });

  test('are created with options, and print the token once', async () => {
    api.on('POST /v1/connections', { status: 201, body: { ...connection, token: secret } });
    const ran = await cli('connections', 'create', 'Okta', '--include-manual', 'on', '--max-length', '30');
    expect(lastBody()).toEqual({ name: 'Okta', includeManual: true, userNameRules: { maxLength: 30 } });
    expect(ran.out).toContain(secret);
    expect(ran.out).toContain(connection.baseUrl);
    expect(ran.err).toContain('Save it now');
    expect((await piped('connections', 'create', 'Okta', '--json')).json()).toMatchObject({ id, token: secret });
  });

  test('write a secret to a new file that only its owner reads, and print it nowhere', async () => {
    const file = join(folder, 'okta.token');
    api.on('POST /v1/connections', { status: 201, body: { ...connection, token: secret } });
    for (const more of [[], ['--json']]) {
      const ran = await piped('connections', 'create', 'Okta', '--file', file, ...more);
      expect(ran.out + ran.err).not.toContain(secret);
      expect(await readFile(file, 'utf8')).toBe(`${secret}\n`);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await rm(file);
    }
  });

  test('are changed in what is set alone', async () => {
    api.on(`PATCH ${path}`, { body: connection });
    await cli('connections', 'update', id, '--read-all', 'on', '--name', 'Entra');
    expect(lastBody()).toEqual({ readAll: true, name: 'Entra' });
    await cli('connections', 'update', id, '--no-user-name-rules');
    expect(lastBody()).toEqual({ userNameRules: {} });
    api.on(`GET ${path}`, { body: { ...connection, userNameRules: { startsWithLetter: true, maxLength: 30 } } });
    await cli('connections', 'update', id, '--max-length', '40');
    expect(lastBody()).toEqual({ userNameRules: { startsWithLetter: true, maxLength: 40 } });
    expect(await cli('connections', 'update', id, '--read-all', 'maybe')).toMatchObject({ code: 2 });
  });

  test('get a second token, or an OAuth client', async () => {
    api.on(`POST ${path}/tokens`, { status: 201, body: { ...token, token: secret } });
    const ran = await cli('connections', 'rotate', id, '--expires-in-days', '365');
    expect(lastBody()).toEqual({ expiresInDays: 365 });
    expect(ran.out).toContain(secret);
    const client = {
      ...token,
      kind: 'client',
      clientId: 'tok_2',
      clientSecret: secret,
      tokenUrl: `${connection.baseUrl}/oauth/token`,
    };
    api.on(`POST ${path}/clients`, { status: 201, body: client });
    const oauth = await cli('connections', 'rotate', id, '--oauth');
    expect(oauth.out).toContain('tok_2');
    expect(oauth.out).toContain(client.tokenUrl);
    api.on(`POST ${path}/tokens`, problem(409, 'two_live', 'Two tokens of this connection are live.'));
    expect(await cli('connections', 'rotate', id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Two tokens'),
    });
  });

  test.each([
    [[], path],
    [['--token', 'tok_1'], `${path}/tokens/tok_1`],
    [['--oauth-client', 'tok_2'], `${path}/clients/tok_2`],
  ])('are revoked with %j after a question', async (more, route) => {
    api.on(`DELETE ${route}`, { status: 204 });
    const argv = ['connections', 'revoke', id, ...more];
    const declined = await run(argv, { environment: api.environment, columns: 100, typed: ['n'] });
    expect(declined.code).not.toBe(0);
    expect(api.requests).toEqual([]);
    expect(await cli(...argv, '--yes')).toMatchObject({ code: 0 });
    expect(api.requests).toMatchObject([{ method: 'DELETE', path: route }]);
  });
});

describe('the mapping of a connection', () => {
  test('is shown, and what --json prints is accepted by --set', async () => {
    api.on(`GET ${path}`, { body: connection });
    expect(plain(await cli('connections', 'mapping', id))).toMatch(/city +addresses\.locality +city/);
    const file = join(folder, 'mapping.json');
    await writeFile(file, (await piped('connections', 'mapping', id, '--json')).out);
    api.on(`PATCH ${path}`, { body: connection });
    expect(await piped('connections', 'mapping', id, '--set', file)).toMatchObject({ code: 0 });
    expect(lastBody()).toEqual({
      mapping: [rows[0], { source: 'city', path: 'addresses.locality', target: 'city' }],
    });
  });

  test('is reset after a question', async () => {
    api.on(`PATCH ${path}`, { body: connection });
    expect(await piped('connections', 'mapping', id, '--reset')).toMatchObject({ code: 0 });
    expect(lastBody()).toEqual({ mapping: null });
  });

  test('is not replaced by a file that holds no rows', async () => {
    const file = join(folder, 'mapping.json');
    for (const text of ['no json', '{}', '[1]']) {
      await writeFile(file, text);
      expect(await piped('connections', 'mapping', id, '--set', file)).toMatchObject({ code: 2 });
    }
    expect(await piped('connections', 'mapping', id, '--set', '/nonexistent')).toMatchObject({ code: 2 });
    expect(api.requests).toEqual([]);
  });
});

const person = {
  id: 'usr_1',
  userName: 'ada@acme.example',
  displayName: 'Ada',
  connectionId: id,
  active: false,
  deactivatedAt: '2026-03-02T09:00:00.000Z',
  lastModified: '2026-03-02T09:00:00.000Z',
  lastError: { at: '2026-03-02T09:00:00.000Z', detail: 'emails: a value is needed.' },
  openShipments: ['shp_1'],
  profile: { city: 'Galway' },
  groups: [{ id: 'grp_1', displayName: 'Security keys' }],
};

describe('people', () => {
  test('are listed over all pages by a search whose filter is in the body', async () => {
    api.on(
      'POST /v1/people/search',
      { body: { items: [person], nextCursor: 'c1' } },
      { body: { items: [{ ...person, id: 'usr_2', connectionId: null }], nextCursor: null } },
    );
    const out = plain(await cli('people', '--user', 'ada@acme.example', '--inactive', '--problems'));
    expect(out).toMatch(/usr_1 +ada@acme\.example.*inactive.*shp_1.*emails: a value is needed\./);
    expect(out).toMatch(/usr_2 .*by hand/);
    expect(api.requests.map((one) => one.json())).toEqual([
      { userName: 'ada@acme.example', active: false, problem: true, limit: 50 },
      { userName: 'ada@acme.example', active: false, problem: true, limit: 49, cursor: 'c1' },
    ]);
  });

  test('are shown with groups and profile', async () => {
    api.on('GET /v1/people/usr_1', { body: person });
    const out = plain(await cli('people', 'show', 'usr_1'));
    expect(out).toMatch(/groups +Security keys/);
    expect(out).toMatch(/city +Galway/);
    expect(out).toMatch(/state +inactive since 2026-03-02 09:00/);
  });

  test('are added by hand, and removed after a question', async () => {
    api.on('POST /v1/people', { status: 201, body: person });
    await cli('people', 'add', 'ada@acme.example', '--set', 'firstName=Ada', '--set', 'streetAddress=1=2');
    expect(lastBody()).toEqual({ userName: 'ada@acme.example', firstName: 'Ada', streetAddress: '1=2' });
    expect(await cli('people', 'add', 'ada@acme.example', '--set', 'password=x')).toMatchObject({ code: 2 });
    api.on('DELETE /v1/people/usr_1', { status: 204 });
    expect(await piped('people', 'remove', 'usr_1', '--json')).toMatchObject({ code: 0 });
    expect(api.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/people/usr_1' });
  });
});
