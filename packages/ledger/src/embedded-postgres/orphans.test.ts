import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { recordDataDir, removeOrphans } from './orphans.ts';

let folder: string;
let systemHome: string;
let dataDir: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'keycourier-orphans-')));
  systemHome = join(folder, 'system');
  dataDir = join(folder, 'clone', '.keycourier');
  await mkdir(systemHome);
  await mkdir(dataDir, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function makeCluster(name = 'c0ffee00c0ffee00'): Promise<string> {
  const home = join(systemHome, name);
  await mkdir(join(home, 'data'), { recursive: true });
  return home;
}

async function makeOwned(): Promise<string> {
  const home = await makeCluster();
  await symlink(home, join(dataDir, 'cluster'));
  await recordDataDir(home, dataDir);
  return home;
}

describe('a cluster outside of its data dir', () => {
  test('goes with its data dir', async () => {
    const home = await makeOwned();
    await rm(dataDir, { recursive: true });
    expect(await removeOrphans(systemHome)).toEqual([home]);
    expect(existsSync(home)).toBe(false);
  });

  test('goes with the clone that the data dir was in', async () => {
    const home = await makeOwned();
    await rm(join(folder, 'clone'), { recursive: true });
    expect(await removeOrphans(systemHome)).toEqual([home]);
  });

  test('goes when its data dir was made anew with another cluster', async () => {
    const home = await makeOwned();
    const other = await makeCluster('0123456789abcdef');
    await rm(join(dataDir, 'cluster'));
    await symlink(other, join(dataDir, 'cluster'));
    await recordDataDir(other, dataDir);
    expect(await removeOrphans(systemHome)).toEqual([home]);
    expect(existsSync(other)).toBe(true);
  });

  test('stays while its data dir is there', async () => {
    await makeOwned();
    expect(await removeOrphans(systemHome)).toEqual([]);
  });

  test('stays when it does not say whose it is', async () => {
    await makeCluster();
    await writeFile(join(await makeCluster('0123456789abcdef'), 'data-dir.json'), '{"dataDir":');
    expect(await removeOrphans(systemHome)).toEqual([]);
  });

  test('stays when its data dir may only be unmounted', async () => {
    const home = await makeOwned();
    await writeFile(join(home, 'data-dir.json'), JSON.stringify({ dataDir, device: 1_234_567 }));
    await rm(dataDir, { recursive: true });
    expect(await removeOrphans(systemHome)).toEqual([]);
  });

  test('is not confused with anything else that is there', async () => {
    await mkdir(join(systemHome, 'binaries'));
    expect(await removeOrphans(systemHome)).toEqual([]);
    expect(await removeOrphans(join(folder, 'missing'))).toEqual([]);
  });
});
