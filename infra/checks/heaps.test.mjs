import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(`${root}${path}`, 'utf8');

const list =
  /(\w+): \[((?:'--(?:max-(?:old|semi)-space-size=\d+|heap-growing-percent=\d+|no-memory-reducer)'(?:, )?)+)\]/g;

/** V8's options in the lists of a source file, each with its app. */
const optionsIn = (/** @type {string} */ path) =>
  [...read(path).matchAll(list)].flatMap(([, name, options = '']) =>
    [...options.matchAll(/'([^']+)'/g)].map(([, option]) => `${name} ${option}`),
  );

test('npm start, the bench and the flood give each app the heap and the arenas of malloc that docker-compose.yml gives it', () => {
  /** @type {{ services: Record<string, { command?: string[], environment?: Record<string, string | number> }> }} */
  const { services } = parse(read('docker-compose.yml'), { merge: true });
  const composed = Object.entries(services).flatMap(([name, { command = [] }]) =>
    command
      .filter((option) => /^--(?:max-(?:old|semi)-space-size=|heap-growing-percent=|no-memory-reducer)/.test(option))
      .map((option) => `${name} ${option}`),
  );
  assert.deepEqual(composed, [
    'receiver --max-old-space-size=96',
    'receiver --max-semi-space-size=4',
    'receiver --no-memory-reducer',
    'api --max-old-space-size=128',
    'api --heap-growing-percent=100',
    'api --no-memory-reducer',
    'scim --max-semi-space-size=32',
    'scim --no-memory-reducer',
    'worker --max-old-space-size=256',
    'worker --heap-growing-percent=100',
    'worker --no-memory-reducer',
    'console --max-old-space-size=192',
    'console --max-semi-space-size=4',
    'console --no-memory-reducer',
  ]);
  const limited = Object.entries(services).filter(
    ([, { environment }]) => environment?.['MALLOC_ARENA_MAX'] !== undefined,
  );
  const arenas = `{ ${limited.map(([name, { environment }]) => `${name}: '${environment?.['MALLOC_ARENA_MAX']}'`).join(', ')} }`;
  assert.equal(arenas, "{ receiver: '2' }");
  for (const path of ['apps/local/src/stack/child.ts', 'packages/bench/src/stack/apps.ts']) {
    assert.deepEqual(optionsIn(path), composed, path);
    assert.ok(read(path).includes(` = ${arenas};`), path);
  }
  const flooded = optionsIn('apps/api/bench/flood.mjs');
  assert.deepEqual(
    flooded.toSorted(),
    composed.filter((option) => /^(?:api|receiver) /.test(option)).toSorted(),
    'of the flood',
  );
});

test('the flood keeps as much of the log of Postgres as docker-compose.yml does', () => {
  const [, composed] = /min_wal_size=(\d+)MB/.exec(read('docker-compose.yml')) ?? [];
  const [, flooded] = /minWalMebibytes = (\d+);/.exec(read('apps/api/bench/flood-segments.mjs')) ?? [];
  assert.ok(Number(composed) > 0);
  assert.equal(flooded, composed);
});
