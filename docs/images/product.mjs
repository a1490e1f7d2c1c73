import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { PicturesError } from './errors.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ports = ['RECEIVER', 'API', 'CONSOLE', 'SCIM', 'OKTA_SIMULATOR', 'FULFILLMENT_SIMULATOR', 'SMTP', 'INBOX'];

/** Polls until `check` returns something truthy. A check that throws counts as "not yet"; the last error is the cause. */
export async function waitFor(what, check, timeoutMs = 120_000) {
  const deadline = Date.now() + timeoutMs;
  let cause;
  while (Date.now() < deadline) {
    try {
      const found = await check();
      if (found) return found;
    } catch (error) {
      cause = error;
    }
    await sleep(200);
  }
  throw new PicturesError(`timed out after ${timeoutMs / 1_000} s: ${what}`, { cause });
}

/** Runs `npm run demo` in a data directory of its own and returns what it printed. */
export async function runDemo(dataDir) {
  const demo = npm(['run', '--silent', 'demo'], dataDir);
  const [code] = await once(demo.child, 'close');
  if (code !== 0) throw new PicturesError(`npm run demo ended with code ${code}:\n${demo.output()}`);
  return demo.output();
}

/** Runs `npm start` until `stop()`; `local` is its local.json. */
export async function startProduct(dataDir) {
  const product = npm(['start'], dataDir);
  const stop = async () => {
    product.interrupt();
    await waitFor('npm start has stopped', () => !product.isAlive());
  };
  try {
    const local = await waitFor('npm start is ready', async () => {
      if (product.child.exitCode !== null) return { failed: true };
      return JSON.parse(await readFile(join(dataDir, 'local.json'), 'utf8'));
    });
    if (local.failed) throw new PicturesError(`npm start ended by itself:\n${product.output()}`);
    return { local, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A process group of its own, so that one signal reaches npm, its shell and the product, as Ctrl-C does. */
function npm(args, dataDir) {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  const freePorts = Object.fromEntries(ports.map((name) => [`${name}_PORT`, '0']));
  const child = spawn('npm', args, {
    cwd: root,
    detached: true,
    env: { PATH, HOME, TMPDIR, LANG, TZ: 'UTC', KEYCOURIER_DATA_DIR: dataDir, ...freePorts },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const isAlive = () => signalGroup(child.pid, 0);
  const interrupt = () => signalGroup(child.pid, 'SIGINT');
  // A group of its own does not get this terminal's Ctrl-C.
  process.once('exit', interrupt);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  return { child, isAlive, interrupt, output: () => Buffer.concat(chunks).toString('utf8') };
}

/** Whether there was a process to signal. */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
