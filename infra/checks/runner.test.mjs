import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const runner = fileURLToPath(new URL('../jest/runner.mjs', import.meta.url));

/** Stops the second process of the runner for so long before it loads anything. */
const lateBy = (/** @type {number} */ ms) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `if (process.env.TINYPOOL_WORKER_ID === '2') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`,
  )}`;

test('tests end where one of their processes starts late', async (context) => {
  const rootDir = await mkdtemp(join(tmpdir(), 'keycourier-runner-'));
  context.after(() => rm(rootDir, { recursive: true }));
  for (const name of ['one', 'two', 'three'])
    await writeFile(join(rootDir, `${name}.test.mjs`), `test('${name}', () => undefined);`);
  const config = JSON.stringify({ rootDir, runner, testMatch: ['<rootDir>/*.test.mjs'], transform: {} });
  const env = { ...globalThis.process.env, NODE_OPTIONS: lateBy(2_000) };
  const options = { cwd: rootDir, env, timeout: 600_000 };
  const { stderr } = await promisify(execFile)(process.execPath, [jest, '--config', config, '--maxWorkers=2'], options);
  assert.match(stderr, /Tests: +3 passed, 3 total/);
});
