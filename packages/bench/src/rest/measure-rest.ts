import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { hashPassword } from '@keycourier/config/key-files/password';

import type { RunningModule } from '../measure/module.ts';
import { cpuMsOf, cpuMsOfTree, memoryOf } from '../measure/processes.ts';
import { startApp, type AppName } from '../stack/apps.ts';
import { noServices, writeConfig, writeFiles } from '../stack/files.ts';
import { createLedger } from '../stack/ledger.ts';
import type { CleanUps } from '../stack/scratch.ts';
import type { Backend } from '../stack/stack.ts';
import { startPostgres, startRedis } from '../stack/stores.ts';

export interface AtRest {
  name: string;
  /** From the start of the process to its report that it is ready; null for the stores. */
  readyMs: number | null;
  memoryMb: number | null;
  /** Share of one core, while there is nothing to do. */
  cpuShare: number;
}

interface Observed {
  /** Until what a start leaves to be done has been done: V8 tidies up its heap for the most of a minute. */
  waitSeconds: number;
  seconds: number;
}

const apps = ['receiver', 'api', 'scim', 'console', 'worker'] as const satisfies readonly AppName[];

/** A whole stack with a catch-up of nothing and no traffic: how soon each process is ready, and what it uses at rest. */
export async function measureRest(
  dir: string,
  cleanUps: CleanUps,
  { backend, ...observed }: Observed & { backend: Backend },
): Promise<AtRest[]> {
  const files = await writeFiles(dir);
  await writeConfig(files, noServices);
  const postgres = await startPostgres(join(dir, 'postgres'));
  cleanUps.add(postgres.stop);
  const redis = backend === 'redis' ? await startRedis(dir) : null;
  cleanUps.add(async () => redis?.stop());
  const { databaseUrl } = await createLedger(postgres, 'keycourier', files);
  const shared = { files, databaseUrl, redisUrl: redis?.url };
  const running: [AppName, RunningModule][] = [];
  const environment = await consoleEnvironment(dir);
  for (const app of apps) {
    const started = await startApp(app, shared, app === 'console' ? { environment } : {});
    cleanUps.add(started.stop);
    running.push([app, started]);
  }
  return observe(running, { postgres, redis, ...observed });
}

async function observe(
  running: readonly [AppName, RunningModule][],
  { postgres, redis, waitSeconds, seconds }: Observed & { postgres: { pid: number }; redis: { pid: number } | null },
): Promise<AtRest[]> {
  const cpuMs = async (): Promise<number[]> => [
    ...(await Promise.all(running.map(([, { pid }]) => cpuMsOf(pid)))),
    await cpuMsOfTree(postgres.pid),
    ...(redis === null ? [] : [await cpuMsOf(redis.pid)]),
  ];
  await sleep(waitSeconds * 1_000);
  const before = await cpuMs();
  await sleep(seconds * 1_000);
  const after = await cpuMs();
  const share = (index: number): number => ((after[index] ?? 0) - (before[index] ?? 0)) / (seconds * 1_000);
  const ofApps = running.map(async ([name, { pid, readyMs }], index) => ({
    name,
    readyMs,
    memoryMb: (await memoryOf(pid)).nowMb,
    cpuShare: share(index),
  }));
  const stores = ['Postgres', ...(redis === null ? [] : ['Redis'])];
  return [
    ...(await Promise.all(ofApps)),
    ...stores.map((name, index) => ({ name, readyMs: null, memoryMb: null, cpuShare: share(apps.length + index) })),
  ];
}

async function consoleEnvironment(dir: string): Promise<Record<string, string>> {
  const operators = join(dir, 'operators.json');
  const session = join(dir, 'session-secret');
  const passwordHash = await hashPassword('a-password-of-the-bench');
  await writeFile(operators, JSON.stringify([{ user: 'operator', passwordHash }]), { mode: 0o600 });
  await writeFile(session, 'a-session-secret-of-the-bench-0123456789-0123456789', { mode: 0o600 });
  return { CONSOLE_OPERATORS_FILE: operators, SESSION_SECRET_FILE: session };
}
