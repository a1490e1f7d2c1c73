import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { migrate } from '@keycourier/ledger/migrate';
import { readSealing } from '@keycourier/ledger/read-sealing';
import type { Logger } from '@keycourier/runtime/logger';

import type { LocalEnvironment } from '../environment.ts';
import { startInbox, type Inbox } from '../inbox/start-inbox.ts';
import { untilAllStarted, type Child } from './child.ts';
import { configText, type TenantSpec } from './config-text.ts';
import { openDatabases } from './databases.ts';
import { registerEventHook } from './event-hook.ts';
import { openKeys, type Keys } from './keys.ts';
import { startApp, startSimulators, type Simulators } from './processes.ts';

/** Everything that local.json says (design, "The contract"). */
export interface LocalFile {
  tenant: string;
  receiver: string;
  api: string;
  console: string;
  inbox: string;
  oktaSimulator: string;
  fulfillmentSimulator: string;
  hookSecret: string;
  apiKey: string;
  oktaToken: string;
  operator: { user: string; password: string };
}

export interface StackOptions {
  environment: LocalEnvironment;
  /** `acme` alone unless told. A tenant with `ownOrg` gets an Okta simulator of its own, and a hook in it. */
  tenants?: readonly (TenantSpec & { ownOrg?: boolean })[];
  /** Provider time against real time; a day a second unless told. */
  clockSpeed?: number;
  /** More environment for the worker: its timeouts. */
  worker?: Readonly<Record<string, string>>;
  log: Logger;
}

export interface Stack {
  local: LocalFile;
  keys: Keys;
  databaseUrl: string;
  dataDir: string;
  smtpUrl: string;
  inbox: Inbox;
  simulators: Simulators;
  children: Map<string, Child>;
  /** Starts one of the four apps again after it ended. */
  restart: (app: 'receiver' | 'api' | 'worker' | 'console') => Promise<Child>;
  stop: () => Promise<void>;
  /** Everything of ours dies at once, as in a power cut; Postgres is shut down in order. */
  kill: () => Promise<void>;
}

const apps = ['receiver', 'api', 'worker', 'console'] as const;

/**
 * Boots everything on this machine: database, mail, simulators, and one process per app, each its real main.ts.
 * @throws StackError and what the parts throw; whatever was started is stopped again
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, log, tenants = [{ name: 'acme', ownOrg: true }] } = options;
  const dataDir = resolve(environment.KEYCOURIER_DATA_DIR);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const cleanUps: (() => Promise<unknown>)[] = [];
  try {
    const names = tenants.map(({ name }) => name);
    const [keys, databases] = await Promise.all([
      openKeys(dataDir, names),
      openDatabases(dataDir, environment.DATABASE_URL),
    ]);
    cleanUps.push(() => databases.stop());
    const { SMTP_PORT: smtpPort, INBOX_PORT: httpPort } = environment;
    const inbox = await startInbox({ host: '127.0.0.1', smtpPort, httpPort, dataDir, log });
    cleanUps.push(() => inbox.close());
    const databaseUrl = await databases.url('keycourier');
    const setting = { environment, dataDir, keys, databaseUrl, tenants, smtpUrl: inbox.smtpUrl };
    const [simulators] = await Promise.all([
      startSimulators({ ...setting, databases, clockSpeed: options.clockSpeed ?? 86_400 }),
      prepareLedger(databaseUrl, keys, tenants),
    ]);
    const children = new Map(simulators.children.map((child) => [child.name, child]));
    cleanUps.push(() =>
      stopAll(
        children,
        simulators.children.map(({ name }) => name),
      ),
    );
    await writeConfig(setting, simulators);
    const restart = async (app: (typeof apps)[number]): Promise<Child> => {
      const child = await startApp(app, { ...setting, worker: options.worker ?? {} });
      children.set(app, child);
      return child;
    };
    cleanUps.push(() => stopAll(children, apps));
    await untilAllStarted(apps.map(restart));
    await registerHooks(setting, simulators, urlOf(children, 'receiver'));
    const local = localFile({ ...setting, inbox, simulators, children });
    await writeLocalFile(dataDir, local);
    return {
      local,
      keys,
      databaseUrl,
      dataDir,
      smtpUrl: inbox.smtpUrl,
      inbox,
      simulators,
      children,
      restart,
      stop: async () => {
        await rm(join(dataDir, 'local.json'), { force: true });
        await runBackwards(cleanUps);
      },
      kill: async () => {
        await Promise.all([...children.values()].map((child) => child.kill()));
        await inbox.close();
        await databases.stop();
      },
    };
  } catch (error) {
    await runBackwards(cleanUps);
    throw error;
  }
}

export interface Setting {
  environment: LocalEnvironment;
  dataDir: string;
  keys: Keys;
  databaseUrl: string;
  smtpUrl: string;
  tenants: readonly (TenantSpec & { ownOrg?: boolean })[];
}

async function prepareLedger(databaseUrl: string, keys: Keys, tenants: Setting['tenants']): Promise<void> {
  const sealing = await readSealing(keys.sealingPath, 'local');
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 });
  try {
    await migrate(ledger.db);
    for (const { name } of tenants) {
      const { apiKey: given } = keys.tenantTokens(name);
      await createApiKey(ledger, { tenant: name, name: 'local', scopes: ['read', 'write', 'operator'], given });
    }
  } finally {
    await ledger.close();
  }
}

async function writeConfig(setting: Setting, simulators: Simulators): Promise<void> {
  const text = configText(setting.tenants, setting.keys, {
    oktaUrlOf: simulators.oktaUrlOf,
    fulfillmentUrl: simulators.fulfillmentUrl,
    smtpUrl: setting.smtpUrl,
  });
  await writeFile(join(setting.dataDir, 'keycourier.yaml'), text, { mode: 0o600 });
}

async function registerHooks(setting: Setting, simulators: Simulators, receiver: string): Promise<void> {
  const withOrg = setting.tenants.filter(({ ownOrg }) => ownOrg === true);
  await Promise.all(
    withOrg.map(async ({ name }) => {
      const { oktaToken, hookSecret } = setting.keys.tenantTokens(name);
      const target = { uri: `${receiver}/okta/hooks/${name}`, secret: hookSecret };
      await registerEventHook({ url: simulators.oktaUrlOf(name), token: oktaToken }, target);
    }),
  );
}

function localFile(parts: Setting & { inbox: Inbox; simulators: Simulators; children: Map<string, Child> }): LocalFile {
  const { keys, children, simulators, tenants } = parts;
  return {
    tenant: tenants[0]?.name ?? 'acme',
    receiver: urlOf(children, 'receiver'),
    api: urlOf(children, 'api'),
    console: urlOf(children, 'console'),
    inbox: parts.inbox.url,
    oktaSimulator: simulators.oktaUrlOf(tenants[0]?.name ?? 'acme'),
    fulfillmentSimulator: simulators.fulfillmentUrl,
    hookSecret: keys.tokens.hookSecret,
    apiKey: keys.tokens.apiKey,
    oktaToken: keys.tokens.oktaToken,
    operator: { user: 'operator', password: keys.tokens.operatorPassword },
  };
}

async function writeLocalFile(dataDir: string, local: LocalFile): Promise<void> {
  const path = join(dataDir, 'local.json');
  await writeFile(path, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

const urlOf = (children: Map<string, Child>, name: string): string => children.get(name)?.url ?? '';

async function stopAll(children: Map<string, Child>, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(async (name) => children.get(name)?.stop()));
}

async function runBackwards(cleanUps: (() => Promise<unknown>)[]): Promise<void> {
  while (cleanUps.length > 0) await cleanUps.pop()?.();
}
