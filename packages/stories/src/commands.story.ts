import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hubCheckNames } from '@keycourier/journey/hub/judge-hub';
import { placeCluster } from '@keycourier/ledger/testing/cluster-template';
import { makeThrowawayDir, removeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { freePort } from '@keycourier/runtime/testing/free-port';
import { z } from 'zod';

import { freePorts } from './world/world.ts';

/** The programs of the README's two commands. */
const commands = {
  start: fileURLToPath(new URL('../../../apps/local/dist/main.js', import.meta.url)),
  demo: fileURLToPath(new URL('../../../apps/local/dist/demo.js', import.meta.url)),
};

const localFile = z.looseObject({ receiver: z.url(), api: z.url(), console: z.url(), inbox: z.url() });

let dataDir: string;
beforeEach(async () => {
  dataDir = await makeThrowawayDir();
});
afterEach(() => removeThrowawayDir(dataDir));

function run(
  command: keyof typeof commands,
  environment: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
) {
  const child = spawn(process.execPath, [commands[command], ...options], {
    env: { ...process.env, ...freePorts, KEYCOURIER_DATA_DIR: dataDir, ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  // Not 'exit', after which the pipes may still have the last lines.
  const ended = once(child, 'close').then(([code]): unknown => code);
  return { child, ended, output: () => output };
}

/** The processes of a data directory, if the system has /proc. */
async function processesOn(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(ids.map((id) => readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')));
  return ids.filter((_id, index) => environments[index]?.includes(folder));
}

async function takePort(): Promise<{ server: Server; port: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return { server, port: String(typeof address === 'object' ? address?.port : address) };
}

describe('npm start', () => {
  test('prints that it is ready, writes credentials that only its owner can read, and ends all processes when it is stopped', async () => {
    const { child, ended, output } = run('start', { API_PORT: String(await freePort()) });
    const path = join(dataDir, 'local.json');
    await waitUntil('"keycourier is ready"', async () => output().includes('keycourier is ready\n'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const local = localFile.parse(JSON.parse(await readFile(path, 'utf8')));
    for (const url of [`${local.receiver}/readyz`, `${local.api}/readyz`, `${local.console}/readyz`, local.inbox])
      // The checks of readiness have two seconds, in which a busy machine may not answer.
      await waitUntil(`200 of ${url}`, async () => (await fetch(url)).status === 200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(existsSync(path)).toBe(false);
    await expect(fetch(`${local.api}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('ends with exit code 1 and the reason if a port is in use', async () => {
    await placeCluster(dataDir);
    const { server, port } = await takePort();
    const { ended, output } = run('start', { SMTP_PORT: port });
    expect(await ended).toBe(1);
    expect(output()).toContain(port);
    server.close();
  });
});

test('the command-line tool prints its help', async () => {
  const child = spawn(process.execPath, [
    fileURLToPath(new URL('../../../apps/cli/bin/keycourier.mjs', import.meta.url)),
    '--help',
  ]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (output += text));
  const [code]: unknown[] = await once(child, 'close');
  expect([code, output]).toEqual([0, expect.stringContaining('doctor')]);
});

describe('npm run demo', () => {
  // That a database is made where there is none is a fact of `npm start`.
  beforeEach(() => placeCluster(dataDir));

  test('ends with exit code 0 if every mail went to the right address', async () => {
    const { ended, output } = run('demo');
    expect([await ended, output()]).toEqual([0, expect.stringContaining('4 keys in')]);
  });

  test('--hub: runs two orgs, and the credentials of the hub pass their test', async () => {
    const { ended, output } = run('demo', {}, ['--hub']);
    expect([await ended, output()]).toEqual([0, expect.stringContaining('4 keys in')]);
    expect(output().match(/hub: ✓ \w+/g)).toHaveLength(hubCheckNames.length);
  });

  test('refuses an option that it does not have', async () => {
    const { ended, output } = run('demo', {}, ['--hubs']);
    expect([await ended, output()]).toEqual([1, expect.stringContaining('--hubs')]);
  });

  test('ends with exit code 1 and the reason if it cannot start', async () => {
    const { server, port } = await takePort();
    // Found in use while other processes are started, and before the apps are.
    const { ended, output } = run('demo', { OKTA_SIMULATOR_PORT: port });
    // The reason is the last fatal one in the log of the process that could not start.
    const reason = new RegExp(`^The demo failed: okta-simulator could not start: [^{]*${port}`, 'm');
    expect([await ended, output()]).toEqual([1, expect.stringMatching(reason)]);
    server.close();
    await waitUntil('the end of all processes that it started', async () => (await processesOn(dataDir)).length === 0);
  });
});
