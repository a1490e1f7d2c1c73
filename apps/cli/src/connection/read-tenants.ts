import { join } from 'node:path';

import { readConfigFile, type Config } from '@keycourier/config/config-file';
import type { TenantConfig } from '@keycourier/config/tenant';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import type { Environment } from '../cli.ts';
import { CliError } from '../errors.ts';
import { readLocalFile, type LocalFile } from './local-file.ts';

const variables = z.object({
  KEYCOURIER_CONFIG: z.string().min(1).optional().catch(undefined),
  KEYCOURIER_DATA_DIR: z.string().min(1).default('.keycourier').catch('.keycourier'),
  KEYCOURIER_MODE: z.string().min(1).optional().catch(undefined),
});

/** The paths and environment of a set-up, for commands that run beside its processes. */
export interface Setup {
  configPath: string;
  dataDir: string;
  /** The services of a running `npm start`; null if none is running. */
  local: LocalFile | null;
  /** The environment of the processes. A running `npm start` implies KEYCOURIER_MODE=local. */
  environment: Environment;
}

export async function findSetup(environment: Environment): Promise<Setup> {
  const settings = variables.parse(environment);
  const dataDir = settings.KEYCOURIER_DATA_DIR;
  const local = await readLocalFile(dataDir);
  const mode = settings.KEYCOURIER_MODE ?? (local === null ? undefined : 'local');
  return {
    configPath: settings.KEYCOURIER_CONFIG ?? join(dataDir, 'keycourier.yaml'),
    dataDir,
    local,
    environment: mode === undefined ? environment : { ...environment, KEYCOURIER_MODE: mode },
  };
}

/** @throws CliError `usage`, with the message of the config parser */
export async function readConfig({ configPath, environment }: Setup): Promise<Config> {
  return readConfigFile(configPath, environment['KEYCOURIER_MODE']).catch((cause: unknown) => {
    if (!(cause instanceof ProcessError)) throw cause;
    throw new CliError('usage', `${cause.message}. KEYCOURIER_CONFIG sets the path`, { cause });
  });
}

/** The named tenant; without a name, the only tenant. @throws CliError `usage` */
export function pickTenant(config: Config, name: string | undefined): { name: string; config: TenantConfig } {
  const names = Object.keys(config.tenants);
  const picked = name ?? (names.length === 1 ? names[0] : undefined);
  if (picked === undefined) throw new CliError('usage', `Choose a tenant: --tenant ${names.join(' | ')}`);
  const found = Object.hasOwn(config.tenants, picked) ? config.tenants[picked] : undefined;
  if (found === undefined)
    throw new CliError('usage', `The config file has no tenant ${picked}; it has ${names.join(', ') || 'none'}`);
  return { name: picked, config: found };
}
