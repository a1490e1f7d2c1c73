import { join } from 'node:path';

import { times } from '../load/requests.ts';
import { startModule, type RunningModule } from '../measure/module.ts';
import { prepareKeys, writePreparedKeys } from '../stand-ins/prepared-keys.ts';
import { startApp } from './apps.ts';
import { hookSecret, tenant, writeConfig, writeFiles, type Files } from './files.ts';
import { createLedger } from './ledger.ts';
import type { CleanUps } from './scratch.ts';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from './stores.ts';

export type Backend = 'redis' | 'postgres';

export interface StackOptions {
  backend: Backend;
  /** How many shipments will be ordered at most. */
  keys: number;
  /** 32 by default. */
  maxRequestsInFlight?: number;
  /** The Node of the receiver and the workers; this one by default. */
  execPath?: string;
}

/** Receiver, workers and API with stand-ins for all services, each in a process of its own. */
export interface Stack {
  backend: Backend;
  files: Files;
  postgres: PostgresServer;
  redis: RedisServer | null;
  databaseUrl: string;
  apiKey: string;
  okta: RunningModule;
  provider: RunningModule;
  smtp: RunningModule;
  load: RunningModule;
  receiver: RunningModule;
  startWorker: (name?: string, execArgv?: readonly string[]) => Promise<RunningModule>;
  /** Sends an event for each user, and resolves with when each delivery was answered. */
  deliver: (users: readonly string[], pace?: { perDelivery?: number; everyMs?: number }) => Promise<[string, number][]>;
  /** Resolves with address and time of each PIN mail since the last call, once there are that many. */
  mails: (count: number, timeoutMs?: number) => Promise<[string, number][]>;
}

export async function startStack(dir: string, cleanUps: CleanUps, options: StackOptions): Promise<Stack> {
  const { backend, execPath } = options;
  const files = await writeFiles(dir);
  const [postgres, redis, standIns] = await Promise.all([
    startPostgres(join(dir, 'postgres')),
    backend === 'redis' ? startRedis(dir) : null,
    startStandIns(files, options.keys),
  ]);
  cleanUps.add(() =>
    Promise.all([postgres.stop(), redis?.stop(), ...Object.values(standIns).map((one) => one.kill())]),
  );
  const urls = { okta: standIns.okta.url, provider: standIns.provider.url, smtp: standIns.smtp.url };
  await writeConfig(files, urls, options);
  const ledger = await createLedger(postgres, 'keycourier', files);
  const shared = { files, databaseUrl: ledger.databaseUrl, redisUrl: redis?.url };
  const node = execPath === undefined ? {} : { execPath };
  const receiver = await startApp('receiver', shared, node);
  cleanUps.add(receiver.stop);
  return {
    backend,
    files,
    postgres,
    redis,
    ...ledger,
    ...standIns,
    receiver,
    startWorker: async (name = 'worker', execArgv = []) => {
      const worker = await startApp('worker', shared, { ...node, name, execArgv });
      cleanUps.add(worker.stop);
      return worker;
    },
    ...calls(standIns, receiver),
  };
}

interface StandIns {
  okta: RunningModule;
  provider: RunningModule;
  smtp: RunningModule;
  load: RunningModule;
}

async function startStandIns(files: Files, keys: number): Promise<StandIns> {
  const prepared = join(files.dir, 'prepared-keys.json');
  await writePreparedKeys(prepared, await prepareKeys(keys, files.pinCopyPublicKey));
  const start = (name: string, environment = {}): Promise<RunningModule> =>
    startModule(new URL(`../${name}.js`, import.meta.url), { environment, logFile: files.log(name.replace('/', '-')) });
  const [okta, provider, smtp, load] = await Promise.all([
    start('stand-ins/okta'),
    start('stand-ins/provider', { PREPARED_KEYS: prepared }),
    start('stand-ins/smtp-sink'),
    start('load/load'),
  ]);
  return { okta, provider, smtp, load };
}

function calls({ smtp, load }: StandIns, receiver: RunningModule): Pick<Stack, 'deliver' | 'mails'> {
  const url = `${receiver.url}/okta/hooks/${tenant}`;
  return {
    deliver: (users, { perDelivery = 20, everyMs = 0 } = {}) =>
      load.ask({ kind: 'deliveries', url, authorization: hookSecret, users, perDelivery, everyMs }, times),
    mails: (count, timeoutMs = 120_000) => smtp.ask({ until: count }, times, timeoutMs),
  };
}
