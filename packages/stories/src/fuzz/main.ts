import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import startServer from '@keycourier/ledger/testing/start-server';
import stopServer from '@keycourier/ledger/testing/stop-server';

import { kinds } from './input.ts';
import { growing, growingResident, reportLines } from './report.ts';
import { runFuzz } from './run-fuzz.ts';
import { startTargets } from './targets.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '16' },
    failures: { type: 'string', default: '.fuzz' },
    kinds: { type: 'string', default: kinds.join(',') },
  },
});

await startServer();
const targets = await startTargets();
const report = await runFuzz(targets, {
  inputs: Number(values.inputs),
  seed: Number(values.seed),
  connections: Number(values.connections),
  failuresDir: resolve(values.failures),
  kinds: kinds.filter((kind) => values.kinds.split(',').includes(kind)),
  onProgress: (done) => process.stderr.write(`${done} inputs\n`),
});
const errors = await Promise.all(
  Object.entries(targets.apps).map(async ([app, { log }]) => `${app}: ${errorsIn(await log())} errors logged`),
);
await targets.stop();
await stopServer();
process.stdout.write(`${[...reportLines(report), ...errors].join('\n')}\n`);
const grown = [...growing(report), ...growingResident(report).map((app) => `${app} (resident)`)];
if (grown.length > 0) process.stdout.write(`memory is not flat: ${grown.join(', ')}\n`);
process.exitCode = report.failures.length === 0 && grown.length === 0 ? 0 : 1;

function errorsIn(log: string): number {
  return log.split('\n').filter((line) => /"level":(?:50|60)/.test(line)).length;
}
