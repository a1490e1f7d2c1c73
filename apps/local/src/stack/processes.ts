import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startChild, untilAllStarted, type Child } from './child.ts';
import { groups, hubClientId } from './config-text.ts';
import type { Databases } from './databases.ts';
import { StackError } from './errors.ts';
import type { AppName, SeededUser, StackSettings } from './settings.ts';

export interface Simulators {
  children: readonly Child[];
  /** Of a tenant, or of a hub. A tenant without its own org uses the first tenant's. */
  oktaUrlOf: (tenant: string) => string;
  fulfillmentUrl: string;
  /**
   * Starts the provider or an org again after it has ended, by the name of its process. An org keeps its port, the provider
   * if the environment names one.
   */
  restart: (name: string) => Promise<Child>;
}

const logFolder = (dataDir: string): string => join(dataDir, 'logs');

const common = ({ environment, dataDir }: StackSettings): Record<string, string | undefined> => ({
  NODE_ENV: 'production',
  KEYCOURIER_MODE: 'local',
  KEYCOURIER_DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  LOG_LEVEL: environment.LOG_LEVEL,
});

type OrgSettings = StackSettings & { databases: Databases };

/** An org of the stack: a tenant's own, or a hub. */
interface Org {
  /** The tenant's name, or the hub's. */
  name: string;
  isFirst: boolean;
  seedPath: string;
}

/** Starts one fulfillment simulator, and an Okta simulator for each tenant with its own org and for each hub. */
export async function startSimulators(
  settings: OrgSettings & { clockSpeed: number; users: readonly SeededUser[] },
): Promise<Simulators> {
  const orgs = await prepareOrgs(settings);
  const children = await untilAllStarted([
    startProvider(settings),
    ...orgs.map((org) => startOrg(settings, org, org.isFirst ? settings.environment.OKTA_SIMULATOR_PORT : 0)),
  ]);
  const [provider, ...started] = children.map(({ url }) => url);
  const urls = new Map(orgs.map(({ name }, index) => [name, started[index] ?? '']));
  return {
    children,
    oktaUrlOf: (name) => urls.get(name) ?? started[0] ?? '',
    fulfillmentUrl: provider ?? '',
    restart: async (name) => {
      const org = orgs.find((one) => processOf(one) === name);
      if (name === 'fulfillment-simulator') return startProvider(settings);
      if (org === undefined) throw new StackError('child_failed', `There is no simulator ${name}`);
      return startOrg(settings, org, Number(new URL(urls.get(org.name) ?? '').port));
    },
  };
}

const processOf = ({ name, isFirst }: Pick<Org, 'name' | 'isFirst'>): string =>
  isFirst ? 'okta-simulator' : `okta-simulator-${name}`;

/** Writes the seeds: every spoke has the same groups and users; a hub has its administrator and the apps of its spokes. */
async function prepareOrgs(settings: StackSettings & { users: readonly SeededUser[] }): Promise<Org[]> {
  const names = new Set([...groups.map(({ name }) => name), ...settings.users.flatMap((user) => user.groups)]);
  const ofSpokes = { groups: [...names].map((name) => ({ name })), users: settings.users };
  const seedPath = await writeSeed(settings, 'okta-seed', ofSpokes);
  const owners = settings.tenants.filter(({ ownOrg }) => ownOrg === true);
  const spokes = owners.map(({ name }, index) => ({ name, isFirst: index === 0, seedPath }));
  const hubs = new Set(settings.tenants.flatMap(({ hub }) => hub ?? []));
  const others = [...hubs].map(async (name) => ({
    name,
    isFirst: false,
    seedPath: await writeSeed(settings, `okta-seed-${name}`, {
      users: [administratorOf(name)],
      apps: appsOf(settings, name),
    }),
  }));
  return [...spokes, ...(await Promise.all(others))];
}

async function writeSeed({ dataDir }: StackSettings, name: string, seed: unknown): Promise<string> {
  const path = join(dataDir, `${name}.json`);
  await writeFile(path, JSON.stringify(seed), { mode: 0o600 });
  return path;
}

const administratorOf = (hub: string): SeededUser => {
  const login = `admin@${hub}.example`;
  return { status: 'ACTIVE', profile: { login, email: login, firstName: 'Hanna', lastName: 'Hubert' }, groups: [] };
};

/** What docs/hub.md has an administrator of the hub make for each spoke. */
const appsOf = ({ tenants, keys }: StackSettings, hub: string): unknown[] =>
  tenants
    .filter((tenant) => tenant.hub === hub)
    .map(({ name }) => ({
      clientId: hubClientId(name),
      jwks: { keys: [keys.hubKey(name).publicJwk] },
      scopes: ['okta.users.manage', 'okta.users.read', 'okta.groups.manage', 'okta.groups.read', 'okta.roles.read'],
      dpop: true,
      roles: [
        {
          type: 'CUSTOM',
          label: `keycourier for ${name}`,
          permissions: ['okta.users.manage', 'okta.groups.manage', 'okta.iam.read'],
        },
      ],
    }));

async function startOrg(settings: OrgSettings, { name, isFirst, seedPath }: Org, port: number): Promise<Child> {
  const sharing = isFirst ? settings.tenants.filter(({ ownOrg }) => ownOrg !== true).map((one) => one.name) : [];
  const tokens = [name, ...sharing].map((one) => settings.keys.tenantTokens(one).oktaToken);
  const process = processOf({ name, isFirst });
  return startChild({
    app: 'okta-simulator',
    name: process,
    logFolder: logFolder(settings.dataDir),
    environment: {
      ...common(settings),
      DATABASE_URL: await settings.databases.url(process.replaceAll('-', '_')),
      OKTA_SIMULATOR_PORT: String(port),
      OKTA_SIMULATOR_TOKEN: tokens.join(','),
      OKTA_SIMULATOR_SEED: seedPath,
      OKTA_SIMULATOR_ISSUER_HOST: `${name}.okta.example`,
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
