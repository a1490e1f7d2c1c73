import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(`${root}${path}`, 'utf8');

test('npm start and the bench give each app the heap and the arenas of malloc that docker-compose.yml gives it', () => {
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
    const lists = [
      ...read(path).matchAll(
        /(\w+): \[((?:'--(?:max-(?:old|semi)-space-size=\d+|heap-growing-percent=\d+|no-memory-reducer)'(?:, )?)+)\]/g,
      ),
    ];
    const options = lists.flatMap(([, name, list = '']) =>
      [...list.matchAll(/'([^']+)'/g)].map(([, option]) => `${name} ${option}`),
    );
    assert.deepEqual(options, composed, path);
    assert.ok(read(path).includes(` = ${arenas};`), path);
  }
});
