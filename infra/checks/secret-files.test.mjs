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

test('the documentation gives secret files no other mode than 0600', () => {
  const texts = [
    'CHANGELOG.md',
    'README.md',
    'SECURITY.md',
    'docs/containers.md',
    'docs/cli.md',
    'docs/configuration.md',
  ].map(read);
  const modes = texts.flatMap((text) =>
    [...text.matchAll(/(?:mode: 0o|chmod |mkdir -m )(\d+)/g)].map(([, mode]) => mode),
  );
  assert.ok(modes.length > 0);
  assert.deepEqual(
    modes.filter((mode) => mode !== '600' && mode !== '700'),
    [],
  );
});
