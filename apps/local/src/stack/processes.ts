import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startChild, untilAllStarted, type Child } from './child.ts';
import { groups } from './config-text.ts';
import type { Databases } from './databases.ts';
import type { Setting } from './stack.ts';

export interface Simulators {
  children: readonly Child[];
  /** A tenant without an org of its own shares the first tenant's. */
  oktaUrlOf: (tenant: string) => string;
  fulfillmentUrl: string;
}

const logFolder = (dataDir: string): string => join(dataDir, 'logs');

const common = ({ environment, dataDir }: Setting): Record<string, string | undefined> => ({
  NODE_ENV: 'production',
  KEYCOURIER_MODE: 'local',
  KEYCOURIER_DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  LOG_LEVEL: environment.LOG_LEVEL,
});

/** The outside world of the stack: an org for each tenant that has one, and one provider for all of them. */
export async function startSimulators(
  setting: Setting & { databases: Databases; clockSpeed: number },
): Promise<Simulators> {
  const seedPath = join(setting.dataDir, 'okta-seed.json');
  await writeFile(seedPath, JSON.stringify({ groups: groups.map(({ name }) => ({ name })) }), { mode: 0o600 });
  const owners = setting.tenants.filter(({ ownOrg }) => ownOrg === true).map(({ name }) => name);
  const children = await untilAllStarted([
    startProvider(setting),
    ...owners.map((tenant, index) => startOrg(setting, tenant, { seedPath, isFirst: index === 0 })),
  ]);
  const [provider, ...orgs] = children.map(({ url }) => url);
  const urls = new Map(owners.map((tenant, index) => [tenant, orgs[index] ?? '']));
  return {
    children,
    oktaUrlOf: (tenant) => urls.get(tenant) ?? orgs[0] ?? '',
    fulfillmentUrl: provider ?? '',
  };
}

async function startOrg(
  setting: Setting & { databases: Databases },
  tenant: string,
  { seedPath, isFirst }: { seedPath: string; isFirst: boolean },
): Promise<Child> {
  const guests = isFirst ? setting.tenants.filter(({ ownOrg }) => ownOrg !== true).map(({ name }) => name) : [];
  const tokens = [tenant, ...guests].map((name) => setting.keys.tenantTokens(name).oktaToken);
  return startChild({
    app: 'okta-simulator',
    name: isFirst ? 'okta-simulator' : `okta-simulator-${tenant}`,
    logFolder: logFolder(setting.dataDir),
    environment: {
      ...common(setting),
      DATABASE_URL: await setting.databases.url(
        isFirst ? 'okta_simulator' : `okta_simulator_${tenant.replaceAll('-', '_')}`,
      ),
      OKTA_SIMULATOR_PORT: String(isFirst ? setting.environment.OKTA_SIMULATOR_PORT : 0),
      OKTA_SIMULATOR_TOKEN: tokens.join(','),
      OKTA_SIMULATOR_SEED: seedPath,
      OKTA_SIMULATOR_ISSUER_HOST: `${tenant}.okta.example`,
      SMTP_URL: setting.smtpUrl,
    },
  });
}

async function startProvider(setting: Setting & { databases: Databases; clockSpeed: number }): Promise<Child> {
  const configPath = join(setting.dataDir, 'fulfillment-simulator.json');
  const organizations = setting.tenants.map(({ name }) => ({
    name,
    token: setting.keys.tenantTokens(name).fulfillmentToken,
    pinCopyKey: setting.keys.pinCopyPublicKey,
  }));
  await writeFile(configPath, JSON.stringify({ organizations, clockSpeed: setting.clockSpeed }), { mode: 0o600 });
  return startChild({
    app: 'fulfillment-simulator',
    logFolder: logFolder(setting.dataDir),
    environment: {
      ...common(setting),
      DATABASE_URL: await setting.databases.url('fulfillment_simulator'),
      FULFILLMENT_SIMULATOR_PORT: String(setting.environment.FULFILLMENT_SIMULATOR_PORT),
      FULFILLMENT_SIMULATOR_CONFIG: configPath,
    },
  });
}

/** Times of the worker that suit a stack which is watched: nobody waits a minute for a sweep here. */
const quickWorker = { SWEEP_EVERY_MS: '1000', SWEEP_GRACE_MS: '5000', LEASE_MS: '5000', CONNECTOR_TIMEOUT_MS: '4000' };

/** One of the four apps, with what it reads and nothing else. */
export function startApp(
  app: 'receiver' | 'api' | 'worker' | 'console',
  setting: Setting & { worker: Readonly<Record<string, string>> },
): Promise<Child> {
  const { environment, dataDir, keys, databaseUrl } = setting;
  const own = {
    receiver: { RECEIVER_PORT: String(environment.RECEIVER_PORT) },
    api: { API_PORT: String(environment.API_PORT) },
    worker: {
      ...quickWorker,
      ...setting.worker,
      PIN_COPY_KEY_FILE: keys.pinCopyPath,
      REDIS_URL: environment.REDIS_URL,
    },
    console: {
      CONSOLE_PORT: String(environment.CONSOLE_PORT),
      CONSOLE_OPERATORS_FILE: keys.operatorsPath,
      SESSION_SECRET_FILE: keys.sessionSecretPath,
      REDIS_URL: environment.REDIS_URL,
    },
  }[app];
  return startChild({
    app,
    logFolder: logFolder(dataDir),
    environment: {
      ...common(setting),
      KEYCOURIER_CONFIG: environment.KEYCOURIER_CONFIG ?? join(dataDir, 'keycourier.yaml'),
      DATABASE_URL: databaseUrl,
      SEALING_KEYS_FILE: keys.sealingPath,
      ...own,
    },
  });
}
