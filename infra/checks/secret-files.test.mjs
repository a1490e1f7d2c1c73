import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(`${root}${path}`, 'utf8');

test('a service that reads secret files runs as their owner', () => {
  /** @type {{ services: Record<string, { user?: string, secrets?: string[] }> }} */
  const { services } = parse(read('docker-compose.yml'), { merge: true });
  const readers = Object.entries(services).filter(([, { secrets = [] }]) => secrets.length > 0);
  assert.ok(readers.length >= 7);
  for (const [name, { user }] of readers) assert.equal(user, '${KEYCOURIER_USER:-1000:1000}', name);
});

test('the documentation writes secret files for their owner alone', () => {
  const modes = [...read('docs/containers.md').matchAll(/mode: (0o\d+)|mkdir -m (\d+)/g)].map(
    ([, file, folder]) => file ?? folder,
  );
  assert.deepEqual([...new Set(modes)].sort(), ['0o600', '700']);
});
