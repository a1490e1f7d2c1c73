import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(`${root}${path}`, 'utf8');

test('npm start and the bench give each app the heap that docker-compose.yml gives it', () => {
  /** @type {{ services: Record<string, { command?: string[] }> }} */
  const { services } = parse(read('docker-compose.yml'), { merge: true });
  const composed = Object.entries(services).flatMap(([name, { command = [] }]) =>
    command.filter((option) => option.startsWith('--max-old-space-size=')).map((option) => `${name} ${option}`),
  );
  assert.deepEqual(composed, ['api --max-old-space-size=128', 'worker --max-old-space-size=256']);
  for (const path of ['apps/local/src/stack/child.ts', 'packages/bench/src/stack/apps.ts']) {
    const options = [...read(path).matchAll(/(\w+): \['(--max-old-space-size=\d+)'\]/g)];
    assert.deepEqual(
      options.map(([, name, option]) => `${name} ${option}`),
      composed,
      path,
    );
  }
});
