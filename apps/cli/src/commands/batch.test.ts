import { createHash } from 'node:crypto';
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

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const id = 'bat_01kab3v6d2m8zq4w0xrt5y7n9c';
const csv = 'login\nada@acme.example\nbob@acme.example\n';
const all = { id, total: 2, accepted: 2, rejected: [], rejectedTotal: 0 };
const oneRejected = {
  ...all,
  accepted: 1,
  rejected: [{ row: 2, problems: [{ field: 'login', code: 'duplicate_row', message: 'Leave this one out.' }] }],
  rejectedTotal: 1,
};

describe('batch', () => {
  test('sends a CSV file unchanged, with an idempotency key made from its content', async () => {
    api.on('POST /v1/batches', { status: 202, body: all });
    const path = await fileWith('people.CSV', csv);
    const { code, out } = await cli('batch', path);
    expect(code).toBe(0);
    expect(out).toBe(`${id}: 2 rows, 2 accepted, none rejected\n`);
    const [request] = api.requests;
    expect(request).toMatchObject({ text: csv, query: {}, headers: { 'content-type': 'text/csv' } });
    const digest = createHash('sha256').update(csv).digest('hex');
    expect(request?.headers['idempotency-key']).toBe(`batch-${digest}`);
  });

  test('sends the same file with the same key, and a dry run with another', async () => {
    api.on('POST /v1/batches', { status: 202, body: all });
    const path = await fileWith('people.csv', csv);
    await cli('batch', path);
    await cli('batch', path);
    await cli('batch', path, '--dry-run');
    await cli('batch', path, '--idempotency-key', 'again');
    const keys = api.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
    expect(keys[3]).toBe('again');
    expect(api.requests[2]?.query).toEqual({ dryRun: 'true' });
  });

  test.each([
    ['[{"login":"ada@acme.example"}]', '{"rows":[{"login":"ada@acme.example"}]}'],
    ['\uFEFF{"rows":[]}', '\uFEFF{"rows":[]}'],
    [' {"rows":[]}', ' {"rows":[]}'],
  ])('sends the JSON %j as %j', async (text, sent) => {
    api.on('POST /v1/batches', { status: 202, body: all });
    await cli('batch', await fileWith('people.json', text));
    expect(api.requests[0]).toMatchObject({ text: sent, headers: { 'content-type': 'application/json' } });
  });

  test.each([
    [csv, 'text/csv', csv],
    ['[{"login":"ada@acme.example"}]', 'application/json', '{"rows":[{"login":"ada@acme.example"}]}'],
  ])('sends %j from standard input as %s', async (piped, type, text) => {
    api.on('POST /v1/batches', { status: 202, body: all });
    const { code } = await run(['batch', '-'], { environment: { ...api.environment }, piped });
    expect(code).toBe(0);
    expect(api.requests[0]).toMatchObject({ text, headers: { 'content-type': type } });
    const digest = createHash('sha256').update(piped).digest('hex');
    expect(api.requests[0]?.headers['idempotency-key']).toBe(`batch-${digest}`);
  });

  test('does not send an empty standard input', async () => {
    const { code, err } = await run(['batch', '-'], { environment: api.environment, piped: '' });
    expect([code, err]).toEqual([2, 'error: There are no rows: the file is empty\n']);
    expect(api.requests).toEqual([]);
  });

  test('ends with 5 and a table if rows are rejected', async () => {
    api.on('POST /v1/batches', { status: 202, body: oneRejected });
    const { code, out } = await cli('batch', await fileWith('people.txt', csv), '--format', 'csv');
    expect(code).toBe(5);
    expect(out).toMatch(/1 accepted, 1 rejected\n\nROW +REASON\n2 +login: Leave this one out\.\n$/);
  });

  test('does not send a file that is unreadable, empty or of an unknown format', async () => {
    expect((await cli('batch', join(folder, 'nowhere.csv'))).code).toBe(2);
    expect((await cli('batch', await fileWith('people.txt', csv))).code).toBe(2);
    expect((await cli('batch', await fileWith('empty.csv', ''))).code).toBe(2);
    expect(api.requests).toEqual([]);
  });

  test.each([
    [401, 4],
    [413, 1],
    [503, 3],
  ])('of many megabytes that is refused with %d before it was read ends with %d', async (status, code) => {
    api.on('POST /v1/batches', { ...problem(status, 'x', 'Not now.'), early: true });
    const path = await fileWith('people.csv', csv.repeat(500_000));
    expect(await cli('batch', path)).toMatchObject({ code, err: expect.stringMatching(/Not now\./) });
  });
});

describe('batch --wait', () => {
  const row = (number: number, more: object) => ({
    row: number,
    status: 'held',
    user: { id: null, login: `p${number}@acme.example` },
    shipmentId: `shp_${number}`,
    trackingUrl: null,
    problems: [],
    suggestion: null,
    ...more,
  });
  const rowsOf = (query: Readonly<Record<string, string>>) => {
    const held = { problems: [{ field: 'zipCode', code: 'x', message: 'It is wrong.', suggestion: '94107' }] };
    if (query['status'] === 'held' && query['cursor'] === undefined) return { items: [row(3, held)], nextCursor: 'a' };
    if (query['status'] === 'held') return { items: [row(1, held)], nextCursor: null };
    if (query['status'] === 'rejected')
      return { items: [row(2, { status: 'rejected', shipmentId: null })], nextCursor: null };
    return { items: [], nextCursor: null };
  };

  beforeEach(() => {
    api.on('POST /v1/batches', { status: 202, body: oneRejected });
    api.on(`GET /v1/batches/${id}/rows`, ({ query }) => ({ body: rowsOf(query) }));
  });

  const now = (...statuses: object[]): void =>
    api.on(`GET /v1/batches/${id}`, ...statuses.map((counts) => ({ body: { ...oneRejected, statuses: counts } })));
  const polls = (): number => api.requests.filter(({ path }) => path === `/v1/batches/${id}`).length;

  test('polls until every row is ordered or needs attention, and lists those rows in the order of the file', async () => {
    now({ requested: 1 }, { ready: 1 }, { held: 1 }, { completed: 1 });
    const { code, out } = await cli('batch', await fileWith('people.csv', csv), '--wait');
    expect(code).toBe(5);
    expect(polls()).toBe(3);
    const listed = out.split('\n').filter((line) => /^\d /.test(line));
    expect(listed.map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['1', 'p1@acme.example', 'held', 'shp_1'],
      ['2', 'p2@acme.example', 'rejected'],
      ['3', 'p3@acme.example', 'held', 'shp_3'],
    ]);
    expect(listed[0]).toMatch(/zipCode: It is wrong\. \(suggested: 94107\)$/);
  });

  test.each([
    ['checked', [{ requested: 1 }, { ready: 1 }, { ordered: 1 }], 2],
    ['ordered', [{ ready: 1 }, { ordered: 1 }, { completed: 1 }], 2],
    ['done', [{ ordered: 1 }, { pin_sent: 1 }, { completed: 1 }], 3],
    ['done', [{}, { cancelled: 1 }], 2],
  ])('until %s sees %j and polls %d times', async (stage, statuses, count) => {
    now(...statuses);
    await cli('batch', await fileWith('people.csv', csv), '--wait', stage);
    expect(polls()).toBe(count);
  });

  test('of a dry run ends once every row is checked', async () => {
    now({ requested: 1 }, { ready: 1 });
    await cli('batch', await fileWith('people.csv', csv), '--wait', '--dry-run');
    expect(polls()).toBe(2);
  });

  test('ends at its timeout with the number of remaining shipments', async () => {
    now({ requested: 1 });
    let clockMs = 0;
    const { code, err } = await run(['batch', await fileWith('people.csv', csv), '--wait', '--timeout', '60'], {
      environment: api.environment,
      now: () => new Date((clockMs += 20_000)),
    });
    expect(code).toBe(1);
    expect(err).toMatch(/1 of the 1 shipments of bat_\w+ are not yet ordered/);
  });

  test('prints one JSON object for scripts, with the rows that need attention', async () => {
    now({ held: 1 });
    const { json } = await run(['batch', await fileWith('people.csv', csv), '--wait', '--json'], {
      environment: api.environment,
    });
    expect(json()).toMatchObject({ id, statuses: { held: 1 }, troubledRows: [{ row: 1 }, { row: 2 }, { row: 3 }] });
  });
});

describe('batch --result', () => {
  test('writes the CSV file of the API', async () => {
    api.on('POST /v1/batches', { status: 202, body: all });
    const rows = `row,status\r\n${'1,ordered\r\n'.repeat(20_000)}`;
    api.on(`GET /v1/batches/${id}/result.csv`, { text: rows });
    const path = join(folder, 'result.csv');
    const { code, out } = await cli('batch', await fileWith('people.csv', csv), '--result', path);
    expect(code).toBe(0);
    expect(out).toMatch(`Result of each row: ${path}`);
    expect(await readFile(path, 'utf8')).toBe(rows);
  });

  test('writes a new file that only its owner can read, and never over another', async () => {
    api.on('POST /v1/batches', { status: 202, body: all });
    api.on(`GET /v1/batches/${id}/result.csv`, { text: 'row\r\n' });
    const file = await fileWith('people.csv', csv);
    const path = join(folder, 'result.csv');
    await cli('batch', file, '--result', path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const precious = await fileWith('precious.csv', 'mine');
    const sent = api.requests.length;
    expect(await cli('batch', file, '--result', precious)).toMatchObject({
      code: 2,
      err: `error: ${precious} exists already or cannot be created\n`,
    });
    expect(await readFile(precious, 'utf8')).toBe('mine');
    expect(api.requests).toHaveLength(sent);
  });

  test('leaves no file behind if the batch is refused', async () => {
    api.on('POST /v1/batches', problem(422, 'bad_request', 'Not this.'));
    const path = join(folder, 'result.csv');
    expect((await cli('batch', await fileWith('people.csv', csv), '--result', path)).code).toBe(1);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('survives a restart of the API at each of its reads', async () => {
    api.on('POST /v1/batches', { status: 202, body: oneRejected });
    const away = { status: 503, text: '' };
    api.on(`GET /v1/batches/${id}`, away, { body: { ...oneRejected, statuses: { ordered: 1 } } });
    api.on(`GET /v1/batches/${id}/result.csv`, away, { text: 'row,status\r\n1,ordered\r\n' });
    api.on(`GET /v1/batches/${id}/rows`, away, { body: { items: [], nextCursor: null } });
    const path = join(folder, 'result.csv');
    const { code } = await cli('batch', await fileWith('people.csv', csv), '--wait', '--result', path);
    expect(code).toBe(5);
    expect(await readFile(path, 'utf8')).toBe('row,status\r\n1,ordered\r\n');
  });

  test('ends with the id of the accepted batch if the result cannot be read', async () => {
    api.on('POST /v1/batches', { status: 202, body: all });
    api.on(`GET /v1/batches/${id}/result.csv`, problem(404, 'not_found', 'Erased.'));
    const { code, err } = await cli('batch', await fileWith('people.csv', csv), '--result', join(folder, 'r.csv'));
    expect(code).toBe(1);
    expect(err).toContain(id);
  });
});
