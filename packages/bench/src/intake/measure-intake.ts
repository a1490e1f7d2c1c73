import { floodResult, type FloodResult } from '../load/requests.ts';
import { startModule, type RunningModule } from '../measure/module.ts';
import { cpuMsOf, cpuMsOfTree, memoryOf } from '../measure/processes.ts';
import { alternate } from '../measure/rounds.ts';
import { startApp } from '../stack/apps.ts';
import { hookSecret, noServices, tenant, writeConfig, writeFiles } from '../stack/files.ts';
import { createLedger } from '../stack/ledger.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { runSql, startPostgres, type PostgresServer } from '../stack/stores.ts';

/** Who answers: Express that stores nothing, Express with one INSERT a request, or the receiver. */
export const servers = ['bare', 'insert', 'receiver'] as const;
export type ServerName = (typeof servers)[number];

export interface IntakeFigures extends FloodResult {
  events: number;
  serverCpuMs: number;
  postgresCpuMs: number;
  peakMb: number;
}

export interface IntakeOptions {
  rounds: number;
  seconds: number;
  connections: number;
  /** Of each delivery; each is a scenario. */
  eventsADelivery: readonly number[];
  /** The Node that runs the servers; this one by default. */
  execPath?: string;
  onProgress: (what: string) => void;
}

export type IntakeRounds = ReadonlyMap<number, ReadonlyMap<ServerName, readonly IntakeFigures[]>>;

/** Floods each server from another process: every connection sends its next delivery as soon as the last is answered. */
export async function measureIntake(dir: string, cleanUps: CleanUps, options: IntakeOptions): Promise<IntakeRounds> {
  const postgres = await startPostgres(`${dir}/postgres`);
  cleanUps.add(postgres.stop);
  const running = await startServers(dir, postgres, options.execPath);
  const load = await startModule(new URL('../load/load.js', import.meta.url), { logFile: `${dir}/load.log` });
  cleanUps.add(() => Promise.all([load, ...Object.values(running)].map((one) => one.stop())));
  const found = new Map<number, Map<ServerName, IntakeFigures[]>>();
  for (const events of options.eventsADelivery) {
    options.onProgress(`intake: ${events} events a delivery`);
    const measure = (name: ServerName, seconds: number) => async () =>
      flood({ load, postgres, server: running[name] }, { ...options, seconds, events });
    // Until each server's code is compiled.
    for (const name of servers) await measure(name, Math.min(options.seconds, 2))();
    const measures = {
      bare: measure('bare', options.seconds),
      insert: measure('insert', options.seconds),
      receiver: measure('receiver', options.seconds),
    };
    found.set(events, await alternate<ServerName, IntakeFigures>(options.rounds, measures));
  }
  return found;
}

async function startServers(
  dir: string,
  postgres: PostgresServer,
  execPath: string | undefined,
): Promise<Record<ServerName, RunningModule>> {
  const files = await writeFiles(dir);
  await writeConfig(files, noServices);
  const { databaseUrl } = await createLedger(postgres, 'keycourier', files);
  await postgres.createDatabase('baseline');
  const baseline = postgres.url('baseline');
  await runSql(baseline, 'create table deliveries (id bigint generated always as identity primary key, body jsonb)');
  const bare = new URL('./bare-express.js', import.meta.url);
  const node = execPath === undefined ? {} : { execPath };
  return {
    bare: await startModule(bare, { ...node, logFile: files.log('bare') }),
    insert: await startModule(bare, { ...node, logFile: files.log('insert'), environment: { DATABASE_URL: baseline } }),
    receiver: await startApp('receiver', { files, databaseUrl }, node),
  };
}

async function flood(
  { load, postgres, server }: { load: RunningModule; postgres: PostgresServer; server: RunningModule },
  { connections, seconds, events }: { connections: number; seconds: number; events: number },
): Promise<IntakeFigures> {
  const cpuMs = async (): Promise<[number, number]> => [await cpuMsOf(server.pid), await cpuMsOfTree(postgres.pid)];
  const [serverBefore, postgresBefore] = await cpuMs();
  const result = await load.ask(
    {
      kind: 'flood',
      url: `${server.url}/okta/hooks/${tenant}`,
      authorization: hookSecret,
      connections,
      seconds,
      events,
    },
    floodResult,
  );
  const [serverAfter, postgresAfter] = await cpuMs();
  return {
    ...result,
    events,
    serverCpuMs: (serverAfter - serverBefore) / result.answered,
    postgresCpuMs: (postgresAfter - postgresBefore) / result.answered,
    peakMb: (await memoryOf(server.pid)).peakMb,
  };
}
