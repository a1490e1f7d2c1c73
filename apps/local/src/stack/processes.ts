import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startChild, untilAllStarted, type Child } from './child.ts';
import { groups } from './config-text.ts';
import type { Databases } from './databases.ts';
import type { AppName, SeededUser, StackSettings } from './settings.ts';

export interface Simulators {
  children: readonly Child[];
  /** A tenant without its own org uses the first tenant's. */
  oktaUrlOf: (tenant: string) => string;
  fulfillmentUrl: string;
  /** Starts the provider or the first org again after it has ended. It keeps its port if the environment names one. */
  restart: (name: 'okta-simulator' | 'fulfillment-simulator') => Promise<Child>;
}

const logFolder = (dataDir: string): string => join(dataDir, 'logs');

const common = ({ environment, dataDir }: StackSettings): Record<string, string | undefined> => ({
  NODE_ENV: 'production',
  KEYCOURIER_MODE: 'local',
  KEYCOURIER_DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  LOG_LEVEL: environment.LOG_LEVEL,
});

/** Starts one fulfillment simulator, and an Okta simulator for each tenant with its own org. */
export async function startSimulators(
  settings: StackSettings & { databases: Databases; clockSpeed: number; users: readonly SeededUser[] },
): Promise<Simulators> {
  const seedPath = join(settings.dataDir, 'okta-seed.json');
  const names = new Set([...groups.map(({ name }) => name), ...settings.users.flatMap((user) => user.groups)]);
  const seed = { groups: [...names].map((name) => ({ name })), users: settings.users };
  await writeFile(seedPath, JSON.stringify(seed), { mode: 0o600 });
  const owners = settings.tenants.filter(({ ownOrg }) => ownOrg === true).map(({ name }) => name);
  const children = await untilAllStarted([
    startProvider(settings),
    ...owners.map((tenant, index) => startOrg(settings, tenant, { seedPath, isFirst: index === 0 })),
  ]);
  const [provider, ...orgs] = children.map(({ url }) => url);
  const urls = new Map(owners.map((tenant, index) => [tenant, orgs[index] ?? '']));
  return {
    children,
    oktaUrlOf: (tenant) => urls.get(tenant) ?? orgs[0] ?? '',
    fulfillmentUrl: provider ?? '',
    restart: (name) =>
      name === 'fulfillment-simulator'
        ? startProvider(settings)
        : startOrg(settings, owners[0] ?? '', { seedPath, isFirst: true }),
  };
}

async function startOrg(
  settings: StackSettings & { databases: Databases },
  tenant: string,
  { seedPath, isFirst }: { seedPath: string; isFirst: boolean },
): Promise<Child> {
  const sharing = isFirst ? settings.tenants.filter(({ ownOrg }) => ownOrg !== true).map(({ name }) => name) : [];
  const tokens = [tenant, ...sharing].map((name) => settings.keys.tenantTokens(name).oktaToken);
  return startChild({
    app: 'okta-simulator',
    name: isFirst ? 'okta-simulator' : `okta-simulator-${tenant}`,
    logFolder: logFolder(settings.dataDir),
    environment: {
      ...common(settings),
      DATABASE_URL: await settings.databases.url(
        isFirst ? 'okta_simulator' : `okta_simulator_${tenant.replaceAll('-', '_')}`,
      ),
      OKTA_SIMULATOR_PORT: String(isFirst ? settings.environment.OKTA_SIMULATOR_PORT : 0),
      OKTA_SIMULATOR_TOKEN: tokens.join(','),
      OKTA_SIMULATOR_SEED: seedPath,
      OKTA_SIMULATOR_ISSUER_HOST: `${tenant}.okta.example`,
      SMTP_URL: settings.smtpUrl,
    },
  });
}

async function startProvider(settings: StackSettings & { databases: Databases; clockSpeed: number }): Promise<Child> {
  const configPath = join(settings.dataDir, 'fulfillment-simulator.json');
  const organizations = settings.tenants.map(({ name }) => ({
    name,
    token: settings.keys.tenantTokens(name).fulfillmentToken,
    pinCopyKey: settings.keys.pinCopyPublicKey,
  }));
  await writeFile(configPath, JSON.stringify({ organizations, clockSpeed: settings.clockSpeed }), { mode: 0o600 });
  return startChild({
    app: 'fulfillment-simulator',
    logFolder: logFolder(settings.dataDir),
    environment: {
      ...common(settings),
      DATABASE_URL: await settings.databases.url('fulfillment_simulator'),
      FULFILLMENT_SIMULATOR_PORT: String(settings.environment.FULFILLMENT_SIMULATOR_PORT),
      FULFILLMENT_SIMULATOR_CONFIG: configPath,
    },
  });
}

/** Shorter times than in production, because users watch this stack. */
const quickWorker = {
  SWEEP_EVERY_MS: '2000',
  SWEEP_GRACE_MS: '5000',
  LEASE_MS: '5000',
  JOB_LOCK_MS: '5000',
  JOB_LOCK_CHECK_EVERY_MS: '1000',
  CONNECTOR_TIMEOUT_MS: '4000',
};

type AppSettings = StackSettings & { worker: Readonly<Record<string, string>>; scimUrl: string | undefined };

function ownVariablesOf(
  app: AppName,
  { environment, keys, worker, scimUrl }: AppSettings,
): Record<string, string | undefined> {
  return {
    receiver: { RECEIVER_PORT: String(environment.RECEIVER_PORT) },
    api: { API_PORT: String(environment.API_PORT), SCIM_PUBLIC_URL: scimUrl },
    scim: { SCIM_PORT: String(environment.SCIM_PORT) },
    worker: {
      ...quickWorker,
      ...worker,
      PIN_COPY_KEY_FILE: keys.pinCopyPath,
      REDIS_URL: environment.REDIS_URL,
    },
    console: {
      CONSOLE_PORT: String(environment.CONSOLE_PORT),
      SCIM_PUBLIC_URL: scimUrl,
      CONSOLE_OPERATORS_FILE: keys.operatorsPath,
      SESSION_SECRET_FILE: keys.sessionSecretPath,
      REDIS_URL: environment.REDIS_URL,
    },
  }[app];
}

/** Starts an app with only the environment that it reads, under its own name or another, and with what is set for it alone. */
export function startApp(
  app: AppName,
  settings: AppSettings,
  { name = app, environment: changes = {} }: { name?: string; environment?: Readonly<Record<string, string>> },
): Promise<Child> {
  const { environment, dataDir, keys, databaseUrl } = settings;
  return startChild({
    app,
    name,
    logFolder: logFolder(dataDir),
    environment: {
      ...common(settings),
      KEYCOURIER_CONFIG: environment.KEYCOURIER_CONFIG ?? join(dataDir, 'keycourier.yaml'),
      DATABASE_URL: databaseUrl,
      SEALING_KEYS_FILE: keys.sealingPath,
      ...ownVariablesOf(app, settings),
      ...changes,
    },
  });
}
