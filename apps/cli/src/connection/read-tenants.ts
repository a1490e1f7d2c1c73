import { join } from 'node:path';

import { readConfigFile, type Config, type TenantConfig } from '@keycourier/config/config-file';
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

/** Where a set-up keeps its things, for the commands that look at it from inside. */
export interface SetUp {
  configPath: string;
  dataDir: string;
  /** The services of a running `npm start`; null where there is none. */
  local: LocalFile | null;
  /** The environment as the processes have it: a running `npm start` tells the mode that its credentials are made for. */
  environment: Environment;
}

export async function findSetUp(environment: Environment): Promise<SetUp> {
  const given = variables.parse(environment);
  const dataDir = given.KEYCOURIER_DATA_DIR;
  const local = await readLocalFile(dataDir);
  const mode = given.KEYCOURIER_MODE ?? (local === null ? undefined : 'local');
  return {
    configPath: given.KEYCOURIER_CONFIG ?? join(dataDir, 'keycourier.yaml'),
    dataDir,
    local,
    environment: mode === undefined ? environment : { ...environment, KEYCOURIER_MODE: mode },
  };
}

/** @throws CliError `usage`, in the words of the config file's own parser */
export async function readConfig({ configPath }: SetUp): Promise<Config> {
  return readConfigFile(configPath).catch((cause: unknown) => {
    if (!(cause instanceof ProcessError)) throw cause;
    throw new CliError('usage', `${cause.message}. KEYCOURIER_CONFIG names the file`, { cause });
  });
}

/** The tenant that a name means; without one, the only tenant there is. @throws CliError `usage` */
export function pickTenant(config: Config, name: string | undefined): { name: string; config: TenantConfig } {
  const names = Object.keys(config.tenants);
  const picked = name ?? (names.length === 1 ? names[0] : undefined);
  if (picked === undefined) throw new CliError('usage', `Say which tenant: --tenant ${names.join(' | ')}`);
  const found = Object.hasOwn(config.tenants, picked) ? config.tenants[picked] : undefined;
  if (found === undefined)
    throw new CliError('usage', `The config file has no tenant ${picked}; it has ${names.join(', ') || 'none'}`);
  return { name: picked, config: found };
}
