import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { problem, startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run } from '../testing/run.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const cli = (...argv: string[]) => run(argv, { environment: api.environment });

const id = 'blk_01kab3v6d2m8zq4w0xrt5y7n9c';
const path = `/v1/bulk-actions/${id}`;
const counts = { unchecked: 0, in: 0, out: 0, done: 0, unchanged: 0, refused: 0, failed: 0 };
const checked = {
  id,
  action: 'retry',
  state: 'checked',
  total: 3,
  isCutOff: false,
  filter: { cause: 'a cause' },
  by: { kind: 'api_key', id: 'key_1' },
  reason: null,
  createdAt: '2026-03-02T09:00:00.000Z',
  startedAt: null,
  endedAt: null,
  stopped: null,
  counts: { ...counts, in: 2, out: 1 },
  reasons: [{ outcome: 'out', code: 'needs_operator', message: 'An operator has to look at it.', count: 1 }],
};
const running = { ...checked, state: 'running' };
const ended = { ...checked, state: 'ended', counts: { ...counts, out: 1, done: 2 } };

describe('bulk dry-run', () => {
  test('sends the filter, waits for the check, and says what would be done and how to do it', async () => {
    api.on('POST /v1/bulk-actions', { status: 201, body: { ...checked, state: 'checking' } });
    let looks = 0;
    api.on(`GET ${path}`, () => ({ body: { ...checked, state: (looks += 1) < 4 ? 'checking' : 'checked' } }));
    const { code, out } = await cli('bulk', 'dry-run', 'retry', '--hold', 'profile_problems', '--cause', 'a cause');
    expect(code).toBe(0);
    expect(api.requests[0]?.json()).toEqual({
      action: 'retry',
      filter: { holdCode: ['profile_problems'], cause: 'a cause' },
    });
    expect(api.requests[0]).toMatchObject({
      headers: { 'idempotency-key': expect.stringMatching(/^bulk-/) },
    });
    expect(out).toMatch(/in {2,}2\n/);
    expect(out).toContain('1 out: An operator has to look at it.');
    expect(out).toContain(`keycourier bulk start ${id}`);
    expect(looks).toBe(4);
  });

  test('needs a filter, and an action that there is', async () => {
    expect((await cli('bulk', 'check', 'retry')).code).toBe(2);
    expect((await cli('bulk', 'check', 'claim', '--status', 'held')).code).toBe(2);
    expect(api.requests).toEqual([]);
  });
});

describe('bulk start', () => {
  beforeEach(() => {
    api.on(`GET ${path}`, { body: checked });
    api.on(`POST ${path}/start`, { body: running });
  });

  const started = () => api.requests.filter(({ method }) => method === 'POST');

  test('asks at a terminal, with the number of shipments, and does nothing without a yes', async () => {
    const argv = ['bulk', 'start', id, '--reason', 'The phones are there'];
    const no = await run(argv, { environment: api.environment, columns: 100, typed: ['n'] });
    expect(no.code).toBe(1);
    expect(no.err).toContain('retry is applied to 2 shipments. Continue?');
    expect(started()).toEqual([]);
    const yes = await run(argv, { environment: api.environment, columns: 100, typed: ['y'] });
    expect(yes.code).toBe(0);
    expect(started().map(({ json }) => json())).toEqual([{ reason: 'The phones are there' }]);
    expect((await run([...argv, '--yes'], { environment: api.environment, columns: 100 })).code).toBe(0);
  });

  test('needs a reason', async () => {
    expect((await cli('bulk', 'start', id)).code).toBe(2);
  });

  test.each([
    ['0 when all is done', ended, 0],
    ['5 when shipments were left as they are', { ...ended, counts: { ...counts, done: 1, refused: 1 } }, 5],
    ['5 when it was stopped', { ...ended, stopped: 'operator' }, 5],
  ])('with --wait ends with exit code %s', async (_what, last, code) => {
    let looks = 0;
    api.on(`GET ${path}`, () => ({ body: (looks += 1) < 4 ? running : last }));
    expect((await cli('bulk', 'start', id, '--reason', 'The phones are there', '--wait')).code).toBe(code);
  });

  test('says why it was refused', async () => {
    api.on(`POST ${path}/start`, problem(409, 'check_too_old', 'It was checked too long ago.'));
    const { code, err } = await cli('bulk', 'start', id, '--reason', 'The phones are there');
    expect(code).toBe(1);
    expect(err).toContain('It was checked too long ago.');
  });
});

test('bulk list, show, watch and stop show actions', async () => {
  api.on('GET /v1/bulk-actions', { body: { items: [checked, { ...ended, stopped: 'operator' }], nextCursor: null } });
  api.on(`GET ${path}`, { body: ended });
  api.on(`POST ${path}/stop`, { body: { ...running, stopped: 'operator' } });
  const { out } = await cli('bulk', 'list');
  expect(out).toMatch(/checked/);
  expect(out).toMatch(/stopped/);
  expect((await cli('bulk', 'show', id, '--json')).json()).toMatchObject({ counts: { done: 2 } });
  expect((await cli('bulk', 'watch', id)).out).toMatch(/done {2,}2/);
  expect((await cli('bulk', 'stop', id)).out).toContain('stopped: operator');
});

test('bulk result writes a new file that only its owner reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-cli-'));
  try {
    api.on(`GET ${path}/result.csv`, { text: 'number,shipmentId\r\n1,shp_1\r\n' });
    const file = join(folder, 'result.csv');
    expect((await cli('bulk', 'result', id, file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('number,shipmentId\r\n1,shp_1\r\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await cli('bulk', 'result', id, file)).code).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('batch order orders the rows of a dry run, once it is confirmed', async () => {
  const batch = { id: 'bat_2', total: 2, accepted: 2, rejected: [], rejectedTotal: 0 };
  api.on('POST /v1/batches/bat_1/order', { status: 202, body: batch });
  expect((await cli('batch', 'order', 'bat_1')).out).toContain('bat_2: 2 rows, 2 accepted');
  await cli('batch', 'order', 'bat_1', '--held');
  expect(api.requests.map(({ json }) => json())).toEqual([{ rows: 'ready' }, { rows: 'all' }]);
  const declined = await run(['batch', 'order', 'bat_1'], { environment: api.environment, columns: 80, typed: ['n'] });
  expect(declined.code).toBe(1);
  expect(api.requests).toHaveLength(2);
});
