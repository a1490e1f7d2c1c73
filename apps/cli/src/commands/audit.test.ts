import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run } from '../testing/run.ts';

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'keycourier-audit-'));
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const cli = (...argv: string[]) => run(argv, { environment: api.environment });

const hashOf = (seq: number): string => String(seq).padStart(64, '0');
const entryOf = (seq: number, more: object = {}) => ({
  seq,
  at: '2026-03-02T09:00:00.000Z',
  actor: { kind: 'operator', id: 'ada', role: 'admin' },
  action: 'shipment.release_pin',
  subject: { kind: 'shipment', id: `shp_${seq}` },
  detail: {},
  reason: null,
  requestId: null,
  hash: hashOf(seq),
  isErased: false,
  ...more,
});
const pageOf = (seqs: readonly number[], more: object = {}) => ({
  body: { items: seqs.map((seq) => entryOf(seq)), nextBefore: null, nextAfter: null, ...more },
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('audit list', () => {
  test('shows who did what, a page after the other, by the filter', async () => {
    api.on('GET /v1/audit', pageOf(range(51, 150).toReversed(), { nextBefore: 51 }), pageOf([50]));
    const { out } = await cli(
      'audit',
      'list',
      '--actor',
      'ada',
      '--action',
      'key.created,key.revoked',
      '--limit',
      '200',
    );
    expect(out.split('\n')[0]).toMatch(/NO +AT +WHO +ROLE +ACTION +SUBJECT/);
    expect(out.trimEnd().split('\n')).toHaveLength(102);
    expect(api.requests.map(({ query }) => query)).toEqual([
      { actor: 'ada', action: 'key.created,key.revoked', limit: '100' },
      { actor: 'ada', action: 'key.created,key.revoked', limit: '100', before: '51' },
    ]);
  });

  test('says of whom it is no longer known, and that there are more', async () => {
    const erased = entryOf(2, { actor: { kind: 'operator', id: null, role: 'admin' } });
    api.on('GET /v1/audit', { body: { items: [erased], nextBefore: 2, nextAfter: null } });
    const { out } = await cli('audit', 'list', '--limit', '1');
    expect(out).toMatch(/operator, erased/);
    expect(out).toMatch(/More entries exist: use --limit 2/);
  });
});

test('audit export writes every entry, oldest first, to a file of its owner, and says what to keep', async () => {
  api.on('GET /v1/audit', pageOf(range(1, 100), { nextAfter: 100 }), pageOf([101], { nextAfter: 101 }));
  const path = join(folder, 'audit.jsonl');
  const { code, out } = await cli('audit', 'export', path);
  expect(code).toBe(0);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(range(1, 101).map((seq) => entryOf(seq)));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(api.requests.map(({ query }) => query['after'])).toEqual(['0', '100']);
  expect(out).toContain(`101 entries written to ${path}\nKeep outside the database: --anchor 101:${hashOf(101)}`);
});

describe('audit verify', () => {
  const part = (more: object) => ({
    body: {
      outcome: 'intact',
      checked: 0,
      erased: 0,
      last: null,
      isComplete: true,
      brokenAt: null,
      how: null,
      ...more,
    },
  });

  test('goes on until the end', async () => {
    api.on(
      'GET /v1/audit/verification',
      part({ checked: 10_000, erased: 3, isComplete: false, last: { seq: 10_000, hash: hashOf(10_000) } }),
      part({ checked: 5, last: { seq: 10_005, hash: hashOf(10_005) } }),
    );
    const { code, out } = await cli('audit', 'verify');
    expect(code).toBe(0);
    expect(out).toContain('intact: 10005 entries, of 3 who acted and why is erased');
    expect(out).toContain(`--anchor 10005:${hashOf(10_005)}`);
    expect(api.requests.map(({ query }) => query)).toEqual([{}, { after: '10000', hash: hashOf(10_000) }]);
  });

  test('ends with 1 where an entry is not as recorded, and says which and how', async () => {
    api.on(
      'GET /v1/audit/verification',
      part({ outcome: 'broken', checked: 6, brokenAt: 7, how: 'removed', erased: null }),
    );
    const { code, out } = await cli('audit', 'verify');
    expect(code).toBe(1);
    expect(out).toBe('broken at entry 7: it is missing, and later entries are there (6 before it are intact)\n');
  });

  test('ends with 1 where there is no entry, which may have been removed', async () => {
    api.on('GET /v1/audit/verification', part({ outcome: 'empty' }));
    const { code, out } = await cli('audit', 'verify');
    expect([code, out]).toEqual([1, 'empty: no entry is recorded, or all were removed\n']);
  });

  test('compares with what was kept elsewhere', async () => {
    api.on('GET /v1/audit/verification', ({ query }) =>
      query['after'] === undefined ? part({ checked: 4 }) : part({ outcome: 'broken', brokenAt: 5, how: 'truncated' }),
    );
    const { code, out } = await cli('audit', 'verify', '--anchor', `9:${hashOf(9)}`);
    expect(code).toBe(1);
    expect(out).toContain('broken at entry 5: it and all after it are missing');
    expect((await cli('audit', 'verify', '--anchor', '9')).code).toBe(2);
  });
});
