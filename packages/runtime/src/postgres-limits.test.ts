import { readFile } from 'node:fs/promises';

import { expect, test } from '@jest/globals';

import { postgresLimits } from './postgres-limits.ts';

test('docs/limits.md shows how long each use waits for Postgres', async () => {
  const text = await readFile(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)`[^|]*\|([\d |]+)\|$/gm)].map(([, use, cells = '']) => [
    use,
    cells.split('|').map(Number),
  ]);
  expect(rows).toEqual(Object.entries(postgresLimits).map(([use, limits]) => [use, Object.values(limits)]));
});
