import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { resolveSecret } from './secrets.ts';

let dir: string;
let path: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keycourier-secrets-'));
  path = join(dir, 'token');
});
afterAll(() => rm(dir, { recursive: true }));

const read = () => resolveSecret({ file: path }, {});

test('a secret is that of its file now, however often and soon it changes, and of the same length', async () => {
  for (let change = 100; change < 200; change += 1) {
    await writeFile(path, `secret-${change}`);
    expect(await read()).toBe(`secret-${change}`);
    expect(await read()).toBe(`secret-${change}`);
  }
});

test('a file that is replaced by one with the same size and time is read anew', async () => {
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const text of ['first', 'other']) {
    await writeFile(path, text);
    await utimes(path, hourAgo, hourAgo);
    expect(await read()).toBe(text);
  }
});

test('a file that is gone is missing, though it was read before', async () => {
  await writeFile(path, 'secret');
  expect(await read()).toBe('secret');
  await rm(path);
  await expect(read()).rejects.toMatchObject({ code: 'bad_config' });
});
