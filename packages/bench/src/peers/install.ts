import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Peer } from './peer.ts';

const run = promisify(execFile);

/** Into the user's cache, beside the Nodes that CI installs: n8n alone takes some minutes. No install script is run. */
export async function installPeer({ name, packages, overrides = {} }: Peer): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'keycourier', 'peers', name.toLowerCase());
  await mkdir(folder, { recursive: true });
  const names = packages.map((one) => one.slice(0, one.lastIndexOf('@')));
  if (names.every((one) => existsSync(join(folder, 'node_modules', one, 'package.json')))) return folder;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  const options = ['--loglevel=error', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
  await run('npm', ['install', ...options, ...packages], { timeout: 600_000, maxBuffer: 1 << 26 });
  return folder;
}

const installer = fileURLToPath(new URL('../../../../.ci/install-node', import.meta.url));

/** This Node where it is new enough, else one that CI installs too. */
export async function nodeFor({ node }: Pick<Peer, 'node'>): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= node) return process.execPath;
  const { stdout } = await run(installer, [String(node)], { timeout: 180_000 });
  return join(stdout.trim(), 'node');
}
