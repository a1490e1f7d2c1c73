import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { placeCluster } from '@keycourier/ledger/testing/cluster-template';
import { makeThrowawayDir, removeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';
import { keycourierApi, type KeycourierApi } from '@keycourier/local/clients/keycourier-api';
import { oktaOrg, type OktaOrg } from '@keycourier/local/clients/okta-org';
import { localEnvironment } from '@keycourier/local/environment';
import type { AppName } from '@keycourier/local/stack/settings';
import { startStack, type Stack, type StackOptions } from '@keycourier/local/stack/stack';
import { createLogger } from '@keycourier/runtime/logger';

import { provider, type Provider } from './provider.ts';
import { findRedis, type RedisServer } from './redis-server.ts';

export type Backend = 'postgres' | 'redis';

/** A running stack with clients for all of its services. */
export interface World {
  backend: Backend;
  stack: Stack;
  redis: RedisServer | null;
  /** Of a tenant, or of a hub by its name. */
  org: (tenant?: string) => OktaOrg;
  api: (tenant?: string) => KeycourierApi;
  provider: Provider;
  stop: () => Promise<void>;
}

export interface WorldOptions extends Pick<StackOptions, 'tenants' | 'clockSpeed' | 'worker' | 'users' | 'reachOrg'> {
  backend: Backend;
  /** Receiver, API and worker by default, which is what most stories need. */
  apps?: readonly AppName[];
  logLevel?: 'trace' | 'info';
  /** The data directory of an earlier world. */
  dataDir?: string;
  redis?: RedisServer;
  /** Of apps that keep their port when they start again; any free one by default. */
  ports?: Partial<Record<keyof typeof freePorts, string>>;
}

/** As in production: on a busy machine, answers take longer than the stack's 4 s, and a call without an answer is made again. */
const standardWorker = { CONNECTOR_TIMEOUT_MS: '10000' };

const isKept = process.env['KEYCOURIER_KEEP_STORIES'] !== undefined;

export const canRun = (backend: Backend): boolean => backend === 'postgres' || findRedis() !== null;

/** Starts a stack on free ports. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { backend } = options;
  const dataDir = options.dataDir ?? (await makeDataDir());
  const redis = backend === 'redis' ? (options.redis ?? (await findRedis()?.()) ?? null) : null;
  const environment = localEnvironment.parse({
    ...freePorts,
    ...options.ports,
    KEYCOURIER_DATA_DIR: dataDir,
    LOG_LEVEL: options.logLevel ?? 'info',
    ...(redis === null ? {} : { REDIS_URL: redis.url }),
  });
  const stack = await startStack({
    environment,
    log: createLogger({ name: 'local', level: 'silent' }),
    apps: options.apps ?? ['receiver', 'api', 'worker'],
    ...(options.tenants === undefined ? {} : { tenants: options.tenants }),
    ...(options.clockSpeed === undefined ? {} : { clockSpeed: options.clockSpeed }),
    ...(options.users === undefined ? {} : { users: options.users }),
    worker: { ...standardWorker, ...options.worker },
    ...(options.reachOrg === undefined ? {} : { reachOrg: options.reachOrg }),
  });
  const tokenOf = (tenant: string, name: 'oktaToken' | 'apiKey'): string => stack.keys.tenantTokens(tenant)[name];
  return {
    backend,
    stack,
    redis,
    org: (tenant = stack.local.tenant) => oktaOrg(stack.simulators.oktaUrlOf(tenant), tokenOf(tenant, 'oktaToken')),
    // A restarted API has another port.
    api: (tenant = stack.local.tenant) =>
      keycourierApi(stack.children.get('api')?.url ?? stack.local.api, tokenOf(tenant, 'apiKey')),
    provider: provider(stack.local.fulfillmentSimulator, (tenant) => stack.keys.tenantTokens(tenant).fulfillmentToken),
    stop: async () => {
      await stack.stop();
      await redis?.stop();
      if (!isKept) await removeThrowawayDir(dataDir);
    },
  };
}

/** With KEYCOURIER_KEEP_STORIES, a directory that no later run deletes. */
async function makeDataDir(): Promise<string> {
  if (isKept) return mkdtemp(join(tmpdir(), 'keycourier-story-'));
  const dataDir = await makeThrowawayDir();
  await placeCluster(dataDir);
  return dataDir;
}

export const freePorts = {
  RECEIVER_PORT: '0',
  API_PORT: '0',
  CONSOLE_PORT: '0',
  SCIM_PORT: '0',
  OKTA_SIMULATOR_PORT: '0',
  FULFILLMENT_SIMULATOR_PORT: '0',
  SMTP_PORT: '0',
  INBOX_PORT: '0',
};
