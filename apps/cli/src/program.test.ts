import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { standardProblems } from '@keycourier/http/answer';
import { freePort } from '@keycourier/runtime/testing/free-port';
import stringWidth from 'string-width';
import { z } from 'zod';

import { apiKey, problem, startFakeApi, type FakeApi } from './testing/fake-api.ts';
import { run } from './testing/run.ts';
import { aHold, aShipment } from './testing/shipments.ts';

let api: FakeApi;
const folders: string[] = [];

beforeEach(async () => {
  api = await startFakeApi();
  api.on('GET /v1/flows', { body: { items: [{ slug: 'group-add', title: 'Group Add', enabled: true }] } });
});
afterEach(() => api.close());
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function dataDirOf(local: object | string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-cli-'));
  folders.push(folder);
  await writeFile(join(folder, 'local.json'), typeof local === 'string' ? local : JSON.stringify(local));
  return folder;
}

const localFile = (url: string): object => ({
  tenant: 'acme',
  receiver: url,
  api: url,
  apiKey: 'kc_of-local',
  more: true,
});

describe('the exit code', () => {
  test.each([
    [200, 0],
    [400, 1],
    [409, 1],
    [500, 1],
    [401, 4],
    [403, 4],
    [429, 3],
    [502, 3],
    [503, 3],
  ])('of an answer of %d is %d', async (status, code) => {
    api.on('GET /v1/flows', status === 200 ? { body: { items: [] } } : problem(status, 'x', 'Because.'));
    expect((await run(['flows'], { environment: api.environment })).code).toBe(code);
  });

  test.each([
    [[]],
    [['frobnicate']],
    [['show']],
    [['list', '--limit', 'many']],
    [['list', '--status', 'lost']],
    [['correct', 'shp_1']],
  ])('of %j is 2', async (argv) => {
    expect((await run(argv, { environment: api.environment })).code).toBe(2);
  });

  test('is 3 if the port is closed', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await run(['flows'], { environment: { ...api.environment, KEYCOURIER_URL: url } });
    expect(code).toBe(3);
    expect(err).toBe(
      `error: The API at ${url} cannot be reached (ECONNREFUSED). Check that it is running and the URL is right.\n`,
    );
  });

  test.each(['--help', '--json'])('of help is 0, and help lists the codes (%s)', async (option) => {
    const { code, out } = await run(['--help', option]);
    expect(code).toBe(0);
    expect(out).toMatch(/5 {2}batch: accepted/);
  });

  test.each([[['help']], [['help', 'batch']], [['help', 'keys', 'create']], [['keys', 'help', 'create']]])(
    'of %j is 0',
    async (argv) => {
      const { code, out } = await run(argv);
      expect(code).toBe(0);
      expect(out).toMatch(/Usage: keycourier/);
    },
  );

  test.each(['--version', '-V'])('of %s is 0, with the version of keycourier', async (option) => {
    const root = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')));
    expect(await run([option])).toMatchObject({ code: 0, out: `${root.version}\n` });
  });
});

describe('an error', () => {
  const refused = problem(409, 'already_open', 'An open shipment exists.', {
    problems: [{ field: 'login', code: 'already_open', message: 'There is one.', suggestion: 'wait' }],
  });

  test('has the message of the API with its problems, and no stack', async () => {
    api.on('GET /v1/flows', refused);
    const { out, err } = await run(['flows'], { environment: api.environment });
    expect(out).toBe('');
    expect(err).toBe('error: Request refused: An open shipment exists.\n  login: There is one.\n    suggested: wait\n');
  });

  test('is one JSON object for scripts', async () => {
    api.on('GET /v1/flows', refused);
    const { out, err } = await run(['flows', '--json'], { environment: api.environment });
    expect(out).toBe('');
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'refused', problems: [{ code: 'already_open' }], problem: { status: 409, code: 'already_open' } },
    });
  });

  test('in the command line is one JSON object, too', async () => {
    const { err } = await run(['list', '--json', '--frobnicate']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'usage', message: "unknown option '--frobnicate'" } });
  });

  test('is printed for an answer that is not the API’s', async () => {
    api.on('GET /v1/flows', { status: 502, text: '<html>' });
    expect(await run(['flows'], { environment: api.environment })).toMatchObject({
      code: 3,
      err: 'error: The API is not available at the moment. Try again later.\n',
    });
    api.on('GET /v1/flows', { body: { things: [] } });
    const { code, err } = await run(['flows'], { environment: api.environment });
    expect(code).toBe(1);
    expect(err).toMatch(/not what this version of keycourier expects/);
  });
});

describe('an error speaks of commands, not of HTTP:', () => {
  const words = /\bHTTP\b|\bGET\b|\bPOST\b|status|header|\bbody\b|Idempotency-Key|Bearer|[45]\d\d|media type/i;

  test.each(Object.entries(standardProblems))('%s', async (code, [status, title]) => {
    const detail = code === 'missing_scope' ? 'It needs the scope operator.' : 'Retry in 3 seconds.';
    api.on('GET /v1/flows', { status, body: { title, detail, code } });
    const { err } = await run(['flows'], { environment: api.environment });
    expect(err).toMatch(/^error: .{10,}\.\n$/);
    expect(err.replace('--idempotency-key', '')).not.toMatch(words);
  });

  test.each([301, 302, 400, 401, 403, 404, 405, 413, 418, 429, 500, 502, 503, 504])(
    'an answer of %d that is not the API’s',
    async (status) => {
      api.on('GET /v1/flows', { status, text: '<html>' });
      const { err } = await run(['flows'], { environment: api.environment });
      expect(err).toMatch(/^error: [A-Z].{10,}\.\n$/);
      expect(err).not.toMatch(words);
    },
  );
});

describe('the connection', () => {
  test('on the command line wins over the environment', async () => {
    const environment = { KEYCOURIER_URL: 'http://127.0.0.1:1', KEYCOURIER_API_KEY: 'kc_other' };
    const { code } = await run(['--url', `${api.url}/`, '--key', apiKey, 'flows'], { environment });
    expect(code).toBe(0);
    expect(api.requests[0]?.headers.authorization).toBe(`Bearer ${apiKey}`);
  });

  test('is that of a running npm start if none is set', async () => {
    const dataDir = await dataDirOf(localFile(api.url));
    expect((await run(['flows'], { environment: { KEYCOURIER_DATA_DIR: dataDir } })).code).toBe(0);
    expect(api.requests[0]?.headers.authorization).toBe('Bearer kc_of-local');
  });

  test('to another URL does not use the key of a running npm start', async () => {
    const dataDir = await dataDirOf(localFile('http://127.0.0.1:1'));
    const { code, err } = await run(['--url', api.url, 'flows'], { environment: { KEYCOURIER_DATA_DIR: dataDir } });
    expect(code).toBe(2);
    expect(err).toMatch(/No API key for/);
    expect(api.requests).toEqual([]);
  });

  test('that is missing ends with 2 and the variables to set', async () => {
    const { code, err } = await run(['list']);
    expect(code).toBe(2);
    expect(err).toMatch(/set KEYCOURIER_URL and KEYCOURIER_API_KEY, or run npm start/);
    const broken = await run(['list'], { environment: { KEYCOURIER_DATA_DIR: await dataDirOf('not JSON') } });
    expect(broken.code).toBe(2);
  });

  test('over plain http to another machine prints a warning', async () => {
    const environment = { KEYCOURIER_URL: 'http://keycourier.invalid', KEYCOURIER_API_KEY: apiKey };
    const { err } = await run(['flows'], { environment });
    expect(err).toMatch(/warning: the API key crosses the network unencrypted/);
  });

  test.each(['ftp://x', 'nonsense', 'http://'])('to %s is a usage error', async (url) => {
    expect((await run(['--url', url, '--key', 'k', 'flows'])).code).toBe(2);
  });
});

describe('a table fits the terminal', () => {
  const login = 'maximiliane.oberstdorfer-waldburg@subsidiary.acme.example';
  const rows = ['held', 'requested', 'in_transit'].map((status) =>
    aShipment({ status, user: { id: '00u1', login }, ...(status === 'held' ? aHold : {}) }),
  );
  const list = async (columns: number): Promise<string> => {
    api.on('POST /v1/shipments/search', { body: { items: rows, nextCursor: null } });
    return (await run(['list'], { environment: { ...api.environment, NO_COLOR: '1' }, columns })).out;
  };

  test.each([40, 60, 80, 100, 132, 200])('of %d columns', async (columns) => {
    for (const line of (await list(columns)).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  test.each([40, 60, 80, 100, 132, 200])('of %d columns, and loses no part of a value', async (columns) => {
    const text = (await list(columns)).replaceAll(/\s/g, '');
    for (const value of [login, 'shp_01kab3v6d2m8zq4w0xrt5y7n9c'])
      expect(text.split(value)).toHaveLength(rows.length + 1);
  });
});

describe('the output', () => {
  test('never contains the key, with any error', async () => {
    for (const status of [200, 400, 401, 500]) {
      api.on('GET /v1/flows', status === 200 ? { body: { items: [] } } : problem(status, 'x', 'Because.'));
      for (const more of [[], ['--json']]) {
        const { out, err } = await run(['--key', apiKey, 'flows', ...more], { environment: api.environment });
        expect(out + err).not.toContain(apiKey);
      }
    }
  });

  test('has colours on a terminal, and none in a pipe or with NO_COLOR', async () => {
    const { environment } = api;
    const escape = '\u001B[';
    expect((await run(['flows'], { environment, columns: 100 })).out).toContain(escape);
    expect((await run(['flows'], { environment })).out).not.toContain(escape);
    const plain = await run(['flows'], { environment: { ...environment, NO_COLOR: '1' }, columns: 100 });
    expect(plain.out).not.toContain(escape);
  });

  test('has no control character or line break from an API answer', async () => {
    const title = 'calm\u001B[2J\u001B]0;title\u0007\r\nerror: forged \u202Egnorw\u009B1m';
    api.on('GET /v1/flows', { body: { items: [{ slug: 'group-add', title, enabled: true }] } });
    for (const columns of [undefined, 200]) {
      const { out } = await run(['flows'], {
        environment: { ...api.environment, NO_COLOR: '1' },
        ...(columns === undefined ? {} : { columns }),
      });
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u);
      expect(out.trimEnd().split('\n')).toHaveLength(2);
    }
  });
});
