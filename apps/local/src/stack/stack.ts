import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { createApiKey, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import { migrate } from '@keycourier/ledger/migrate';
import { readSealing } from '@keycourier/ledger/read-sealing';
import type { Logger } from '@keycourier/runtime/logger';

import type { LocalEnvironment } from '../environment.ts';
import { startInbox, type Inbox } from '../inbox/start-inbox.ts';
import { untilAllStarted, type Child } from './child.ts';
import { connectDatabases, type Databases } from './databases.ts';
import { registerEventHook } from './event-hook.ts';
import { loadKeys } from './keys.ts';
import { removeLocalFile, writeLocalFile, type LocalFile } from './local-file.ts';
import { startApp, startSimulators, type Simulators } from './processes.ts';
import { prepareConnection } from './scim-connection.ts';
import { appNames, type AppName, type SeededUser, type StackSettings, type StackTenant } from './settings.ts';
import { prepareSignIn, registerConsole } from './sign-in.ts';
import { writeConfig, type ReachOrg } from './write-config.ts';

export interface StackOptions {
  environment: LocalEnvironment;
  /** Only `acme`, with its own org, by default. */
  tenants?: readonly StackTenant[];
  /** Provider time relative to real time; one day per second by default. */
  clockSpeed?: number;
  /** None by default. */
  users?: readonly SeededUser[];
  /** All by default. */
  apps?: readonly AppName[];
  /** Whether the first org has users who sign in to the console: false by default. */
  operators?: boolean;
  /** Of the databases on the server of DATABASE_URL. */
  databaseSuffix?: string;
  reachOrg?: ReachOrg;
  /** Further environment variables of the worker: its timeouts. */
  worker?: Readonly<Record<string, string>>;
  log: Logger;
}

export interface Restart {
  name?: string;
  /** Beside the variables of its first start, or in place of them. */
  environment?: Readonly<Record<string, string>>;
}

export interface Stack extends StackSettings {
  local: LocalFile;
  inbox: Inbox;
  simulators: Simulators;
  children: Map<string, Child>;
  /** Starts an app again after it has ended; under another name, a further process of it. */
  restart: (app: AppName, changes?: Restart) => Promise<Child>;
  /** The same for a simulator, by the name of its process. */
  restartSimulator: Simulators['restart'];
  stop: () => Promise<void>;
  /** Kills all processes at once, as a power cut does; Postgres is shut down cleanly. */
  kill: () => Promise<void>;
}

/** Functions that undo the start of the parts, in the order of their start. */
type CleanUps = (() => Promise<unknown>)[];

const defaultTenants: readonly StackTenant[] = [{ name: 'acme', ownOrg: true }];
const oneDayPerSecond = 86_400;

const simulatorOptions = ({ clockSpeed = oneDayPerSecond, users = [] }: StackOptions) => ({ clockSpeed, users });

/**
 * Boots everything on this machine: database, inbox, simulators, and each app's main.ts in a process of its own.
 * @throws StackError, or what the parts throw; the parts that were started are stopped again
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const cleanUps: CleanUps = [];
  try {
    return await start(options, cleanUps);
  } catch (error) {
    await runInReverse(cleanUps);
    throw error;
  }
}

async function start(options: StackOptions, cleanUps: CleanUps): Promise<Stack> {
  const { settings, databases, inbox } = await startStores(options, cleanUps);
  const { dataDir } = settings;
  const [simulators, connections] = await Promise.all([
    startSimulators({ ...settings, databases, ...simulatorOptions(options) }),
    prepareLedger(settings),
  ]);
  const children = new Map(simulators.children.map((child) => [child.name, child]));
  cleanUps.push(() => Promise.all(simulators.children.map(async ({ name }) => children.get(name)?.stop())));
  await writeConfig(settings, simulators, options.reachOrg);
  const oktaUrl = await prepareSignIn(settings, simulators.oktaUrlOf, options.operators);
  const add = (child: Child): Child => {
    children.set(child.name, child);
    return child;
  };
  const restart = async (app: AppName, changes: Restart = {}): Promise<Child> => {
    const scimUrl = children.get('scim')?.url;
    const child = add(await startApp(app, { ...settings, worker: options.worker ?? {}, scimUrl }, changes));
    if (app === 'console') await registerConsole(oktaUrl, child.url, settings.keys.tokens.consoleClientSecret);
    return child;
  };
  cleanUps.push(() => stopApps(children, simulators));
  await startApps(options.apps ?? appNames, restart);
  await registerHooks(settings, simulators, urlOf(children, 'receiver'));
  const local = describeStack(settings, { inbox, simulators, children, connections });
  await writeLocalFile(dataDir, local);
  cleanUps.push(() => removeLocalFile(dataDir));
  return {
    ...settings,
    local,
    inbox,
    simulators,
    children,
    restart,
    restartSimulator: async (name) => add(await simulators.restart(name)),
    stop: () => runInReverse(cleanUps),
    kill: () => killAll(children, inbox, databases),
  };
}

async function killAll(children: ReadonlyMap<string, Child>, inbox: Inbox, databases: Databases): Promise<void> {
  await Promise.all([...children.values()].map((child) => child.kill()));
  await inbox.close();
  await databases.stop();
}

/** The API and the console show the base URLs of SCIM, whose port may be any free one. */
async function startApps(apps: readonly AppName[], startOne: (app: AppName) => Promise<Child>): Promise<void> {
  const scim = apps.includes('scim') ? startOne('scim') : undefined;
  const startAfter = async (app: AppName): Promise<Child> => {
    await scim;
    return startOne(app);
  };
  const needsUrl = (app: AppName): boolean => app === 'api' || app === 'console';
  await untilAllStarted(
    apps.map((app) => (app === 'scim' && scim !== undefined ? scim : needsUrl(app) ? startAfter(app) : startOne(app))),
  );
}

async function stopApps(children: ReadonlyMap<string, Child>, simulators: Simulators): Promise<void> {
  const others = new Set(simulators.children.map(({ name }) => name));
  await Promise.all([...children.values()].filter(({ name }) => !others.has(name)).map((child) => child.stop()));
}

/** Starts what the processes depend on: key files, databases and the inbox. */
async function startStores(
  { environment, log, tenants = defaultTenants, databaseSuffix }: StackOptions,
  cleanUps: CleanUps,
): Promise<{ settings: StackSettings; databases: Databases; inbox: Inbox }> {
  const dataDir = resolve(environment.KEYCOURIER_DATA_DIR);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const [keys, databases] = await Promise.all([
    loadKeys(dataDir, tenants),
    connectDatabases(dataDir, environment.DATABASE_URL, databaseSuffix),
  ]);
  cleanUps.push(() => databases.stop());
  const { SMTP_PORT: smtpPort, INBOX_PORT: httpPort } = environment;
  const inbox = await startInbox({ host: '127.0.0.1', smtpPort, httpPort, dataDir, log });
  cleanUps.push(() => inbox.close());
  const databaseUrl = await databases.url('keycourier');
  const settings = { environment, dataDir, keys, databaseUrl, tenants, smtpUrl: inbox.smtpUrl };
  return { settings, databases, inbox };
}

/** What a link to a hub may do. */
const allSwitches = { switches: { create: true, update: true, deactivate: true, reactivate: true } };

/** @returns the id of each tenant's SCIM connection */
async function prepareLedger({ databaseUrl, keys, tenants }: StackSettings): Promise<ReadonlyMap<string, string>> {
  const sealing = await readSealing(keys.sealingPath, 'local');
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 });
  try {
    await migrate(ledger.db);
    const connections = new Map<string, string>();
    for (const { name, hub } of tenants) {
      if (hub !== undefined) await changeHubSettings(ledger, name, allSwitches);
      const { apiKey: key, scimToken } = keys.tenantTokens(name);
      connections.set(name, await prepareConnection(ledger, name, scimToken));
      await createApiKey(ledger, { tenant: name, name: 'local', owner: 'local', scopes, key });
    }
    return connections;
  } finally {
    await ledger.close();
  }
}

async function registerHooks(settings: StackSettings, simulators: Simulators, receiver: string): Promise<void> {
  const withOrg = settings.tenants.filter(({ ownOrg }) => ownOrg === true);
  await Promise.all(
    withOrg.map(async ({ name }) => {
      const { oktaToken, hookSecret } = settings.keys.tenantTokens(name);
      const target = { uri: `${receiver}/okta/hooks/${name}`, secret: hookSecret };
      await registerEventHook({ url: simulators.oktaUrlOf(name), token: oktaToken }, target);
    }),
  );
}

function describeStack(
  { keys, tenants }: StackSettings,
  {
    inbox,
    simulators,
    children,
    connections,
  }: Pick<Stack, 'inbox' | 'simulators' | 'children'> & { connections: ReadonlyMap<string, string> },
): LocalFile {
  const { name: tenant = 'acme', hub } = tenants[0] ?? {};
  return {
    tenant,
    receiver: urlOf(children, 'receiver'),
    api: urlOf(children, 'api'),
    console: urlOf(children, 'console'),
    scim: `${urlOf(children, 'scim')}/scim/v2/${connections.get(tenant) ?? ''}`,
    inbox: inbox.url,
    oktaSimulator: simulators.oktaUrlOf(tenant),
    fulfillmentSimulator: simulators.fulfillmentUrl,
    hookSecret: keys.tokens.hookSecret,
    apiKey: keys.tokens.apiKey,
    scimToken: keys.tokens.scimToken,
    oktaToken: keys.tokens.oktaToken,
    ...(hub === undefined ? {} : { hub: { url: simulators.oktaUrlOf(hub), token: keys.tenantTokens(hub).oktaToken } }),
    operator: { user: 'operator', password: keys.tokens.operatorPassword },
  };
}

const urlOf = (children: ReadonlyMap<string, Child>, name: string): string => children.get(name)?.url ?? '';

async function runInReverse(cleanUps: CleanUps): Promise<void> {
  while (cleanUps.length > 0) await cleanUps.pop()?.();
}
