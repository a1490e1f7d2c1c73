import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { hashPassword } from '@keycourier/config/key-files/password';

import { BenchError } from '../errors.ts';
import type { RunningModule } from '../measure/module.ts';
import { cpuMsOf, cpuMsOfTree, memoryOf } from '../measure/processes.ts';
import { startApp, type AppName } from '../stack/apps.ts';
import { noServices, tenant, writeConfig, writeFiles } from '../stack/files.ts';
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
  /** The same while a browser has one page of the console open. */
  openPageShare: number;
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
  return observe(running, { postgres, redis, ...observed }, cleanUps);
}

type CpuMs = () => Promise<readonly number[]>;

async function observe(
  running: readonly [AppName, RunningModule][],
  { postgres, redis, ...observed }: Observed & { postgres: { pid: number }; redis: { pid: number } | null },
  cleanUps: CleanUps,
): Promise<AtRest[]> {
  const cpuMs: CpuMs = async () => [
    ...(await Promise.all(running.map(([, { pid }]) => cpuMsOf(pid)))),
    await cpuMsOfTree(postgres.pid),
    ...(redis === null ? [] : [await cpuMsOf(redis.pid)]),
  ];
  const atRest = await sharesOf(cpuMs, observed);
  const memory = await Promise.all(running.map(([, { pid }]) => memoryOf(pid)));
  const console = running.find(([name]) => name === 'console')?.[1];
  cleanUps.add(await openPage(console?.url ?? ''));
  const withPage = await sharesOf(cpuMs, observed);
  const stores = ['Postgres', ...(redis === null ? [] : ['Redis'])];
  return [...apps, ...stores].map((name, index) => ({
    name,
    readyMs: running[index]?.[1].readyMs ?? null,
    memoryMb: memory[index]?.nowMb ?? null,
    cpuShare: atRest[index] ?? Number.NaN,
    openPageShare: withPage[index] ?? Number.NaN,
  }));
}

/** The share of a core that each process uses, after a wait. */
async function sharesOf(cpuMs: CpuMs, { waitSeconds, seconds }: Observed): Promise<readonly number[]> {
  await sleep(waitSeconds * 1_000);
  const before = await cpuMs();
  await sleep(seconds * 1_000);
  return (await cpuMs()).map((ms, index) => (ms - (before[index] ?? 0)) / (seconds * 1_000));
}

async function consoleEnvironment(dir: string): Promise<Record<string, string>> {
  const operators = join(dir, 'operators.json');
  const session = join(dir, 'session-secret');
  const passwordHash = await hashPassword(operator.password);
  await writeFile(operators, JSON.stringify([{ user: operator.user, passwordHash }]), { mode: 0o600 });
  await writeFile(session, 'a-session-secret-of-the-bench-0123456789-0123456789', { mode: 0o600 });
  return { CONSOLE_OPERATORS_FILE: operators, SESSION_SECRET_FILE: session };
}

const operator = { user: 'operator', password: 'a-password-of-the-bench' };

/**
 * Signs in at the console and keeps the overview open, as a browser does: its stream of changes is read, and the page again where
 * a change is reported.
 * @returns closes it
 */
async function openPage(url: string): Promise<() => Promise<void>> {
  const closed = new AbortController();
  const get = async (path: string, options: RequestInit = {}): Promise<Response> =>
    fetch(url + path, { ...options, redirect: 'manual', signal: closed.signal });
  const form = await get('/sign-in');
  const fields = [...(await form.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
  const answer = await get('/sign-in', {
    method: 'POST',
    headers: { origin: url, cookie: cookiesOf(form) },
    body: new URLSearchParams({
      ...Object.fromEntries(fields.map(([, name = '', value = '']): [string, string] => [name, value])),
      ...operator,
    }),
  });
  const cookie = [cookiesOf(form), cookiesOf(answer)].join('; ');
  const page = async (headers: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { ok, status } = await get(`/t/${tenant}`, { headers: { cookie, ...headers } });
    if (!ok) throw new BenchError(`the console answers ${status} to a signed-in operator`);
  };
  await page();
  const stream = await get(`/t/${tenant}/live`, { headers: { cookie, accept: 'text/event-stream' } });
  if (!stream.ok) throw new BenchError(`the console answers ${stream.status} to a stream`);
  const follow = async (): Promise<void> => {
    for await (const chunk of stream.body ?? [])
      if (Buffer.from(chunk).includes('event: changed')) await page({ 'x-live': '1' });
  };
  // It ends when it is closed.
  void follow().catch(() => undefined);
  return async () => closed.abort();
}

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
