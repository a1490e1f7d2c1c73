import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { removeServerDir, throwawayHome } from '@keycourier/ledger/testing/leftovers';
import { keycourierApi, type KeycourierApi } from '@keycourier/local/drive/keycourier-api';
import { oktaOrg, type OktaOrg } from '@keycourier/local/drive/okta-org';
import { localEnvironment } from '@keycourier/local/environment';
import { startStack, type Stack, type StackOptions } from '@keycourier/local/stack/stack';
import { createLogger } from '@keycourier/process/logger';

import { provider, type Provider } from './provider.ts';
import { findRedis, type RedisServer } from './redis-server.ts';

export type Backend = 'postgres' | 'redis';

/** A whole stack of its own, and everybody's hands in it. */
export interface World {
  backend: Backend;
  stack: Stack;
  redis: RedisServer | null;
  org: (tenant?: string) => OktaOrg;
  api: (tenant?: string) => KeycourierApi;
  provider: Provider;
  end: () => Promise<void>;
}

export interface WorldOptions extends Pick<StackOptions, 'tenants' | 'clockSpeed' | 'worker'> {
  backend: Backend;
  logLevel?: 'trace' | 'info';
  /** Starts on what another world left behind. */
  dataDir?: string;
  redis?: RedisServer;
}

export const canRun = (backend: Backend): boolean => backend === 'postgres' || findRedis() !== null;

/** Boots a stack on free ports, with every app in a process of its own. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { backend } = options;
  const dataDir = options.dataDir ?? (await makeDataDir());
  const redis = backend === 'redis' ? (options.redis ?? (await findRedis()?.()) ?? null) : null;
  const environment = localEnvironment.parse({
    ...freePorts,
    KEYCOURIER_DATA_DIR: dataDir,
    LOG_LEVEL: options.logLevel ?? 'info',
    ...(redis === null ? {} : { REDIS_URL: redis.url }),
  });
  const stack = await startStack({
    environment,
    log: createLogger({ name: 'local', level: 'silent' }),
    ...(options.tenants === undefined ? {} : { tenants: options.tenants }),
    ...(options.clockSpeed === undefined ? {} : { clockSpeed: options.clockSpeed }),
    ...(options.worker === undefined ? {} : { worker: options.worker }),
  });
  const tokenOf = (tenant: string, name: 'oktaToken' | 'apiKey'): string => stack.keys.tenantTokens(tenant)[name];
  return {
    backend,
    stack,
    redis,
    org: (tenant = stack.local.tenant) => oktaOrg(stack.simulators.oktaUrlOf(tenant), tokenOf(tenant, 'oktaToken')),
    // One that was started again listens elsewhere.
    api: (tenant = stack.local.tenant) =>
      keycourierApi(stack.children.get('api')?.url ?? stack.local.api, tokenOf(tenant, 'apiKey')),
    provider: provider(stack.local.fulfillmentSimulator, (tenant) => stack.keys.tenantTokens(tenant).fulfillmentToken),
    end: async () => {
      await stack.stop();
      await redis?.stop();
      if (process.env['KEYCOURIER_KEEP_STORIES'] === undefined) await removeDataDir(dataDir);
    },
  };
}

/** Root's server runs as another user, who must be able to enter. */
async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(await throwawayHome(), 'keycourier-story-'));
  await chmod(dataDir, 0o755);
  return dataDir;
}

/** Where the server of the data dir may not run below it (root's does not), its cluster goes as well. */
export async function removeDataDir(dataDir: string): Promise<void> {
  await removeServerDir(join(dataDir, 'postgres'));
  await rm(dataDir, { recursive: true, force: true });
}

export const freePorts = {
  RECEIVER_PORT: '0',
  API_PORT: '0',
  CONSOLE_PORT: '0',
  OKTA_SIMULATOR_PORT: '0',
  FULFILLMENT_SIMULATOR_PORT: '0',
  SMTP_PORT: '0',
  INBOX_PORT: '0',
};
