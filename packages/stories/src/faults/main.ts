import { parseArgs } from 'node:util';

import { z } from 'zod';

import { canRun } from '../world/world.ts';
import { problemsOf, tableOf } from './report.ts';
import { runFaults, type FaultReport } from './run-faults.ts';

const count = z.coerce.number().int().min(1).max(1_000_000);
const settings = z.object({
  backend: z.enum(['redis', 'postgres']),
  seeds: z.string().transform((list) => z.array(count).parse(list.split(','))),
  keys: count,
  faults: z.coerce.number().int().min(0).max(1_000_000),
  'calls-per-minute': count,
  hub: z.boolean(),
  'wait-seconds': count,
});

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'redis' },
    seeds: { type: 'string', default: '1' },
    keys: { type: 'string', default: '300' },
    faults: { type: 'string', default: '30' },
    hub: { type: 'boolean', default: false },
    // As of a large org: the simulator's own limit would be what the run waits for.
    'calls-per-minute': { type: 'string', default: '60000' },
    'wait-seconds': { type: 'string', default: '300' },
  },
});
const { backend, seeds, keys, faults, hub: hasHub, ...limits } = settings.parse(values);
const { 'wait-seconds': waitSeconds, 'calls-per-minute': callsPerMinute } = limits;

let stop = async (): Promise<void> => undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().finally(() => process.exit(1)));

const reports: FaultReport[] = [];
if (canRun(backend)) {
  for (const seed of seeds) {
    const onProgress = (what: string): void => void process.stderr.write(`${what}\n`);
    const onStarted = (stopRun: typeof stop): void => {
      stop = stopRun;
    };
    const report = await runFaults({
      seed,
      backend,
      keys,
      faults,
      hasHub,
      callsPerMinute,
      waitMs: waitSeconds * 1_000,
      onProgress,
      onStarted,
    });
    reports.push(report);
    process.stderr.write(`${tableOf([report])}\n`);
    for (const [message, times] of Object.entries(report.errors)) process.stderr.write(`${times} × ${message}\n`);
  }
  process.stdout.write(`${tableOf(reports)}\n`);
} else process.stderr.write('neither redis-server nor valkey-server is on PATH: use --backend postgres\n');
process.exitCode = reports.length > 0 && reports.every((report) => problemsOf(report).length === 0) ? 0 : 1;
