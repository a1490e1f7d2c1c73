import { join } from 'node:path';

import { variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

import { standardConnectionsPerTenant } from './context.ts';

/** The environment of this process. The config file and the sealing keys default to files in the data dir. */
export const environmentSchema = z
  .object({
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    SEALING_KEYS_FILE: z.string().min(1).optional(),
    DATABASE_URL: variables.DATABASE_URL,
    HOST: variables.HOST,
    SCIM_PORT: variables.SCIM_PORT,
    SCIM_PUBLIC_URL: variables.SCIM_PUBLIC_URL,
    SCIM_TRUSTED_PROXIES: variables.TRUSTED_PROXIES,
    /** Of the ten connections, those that one tenant may use at once. */
    SCIM_TENANT_CONNECTIONS: z.coerce.number().int().min(1).max(10).default(standardConnectionsPerTenant),
    METRICS_HOST: variables.METRICS_HOST,
    METRICS_PORT: variables.METRICS_PORT,
    LOG_LEVEL: variables.LOG_LEVEL,
  })
  .transform((environment) => ({
    ...environment,
    SCIM_TRUSTED_PROXIES: environment.KEYCOURIER_MODE === 'local' ? [] : environment.SCIM_TRUSTED_PROXIES,
    KEYCOURIER_CONFIG: environment.KEYCOURIER_CONFIG ?? join(environment.KEYCOURIER_DATA_DIR, 'keycourier.yaml'),
    SEALING_KEYS_FILE: environment.SEALING_KEYS_FILE ?? join(environment.KEYCOURIER_DATA_DIR, 'keys', 'sealing.json'),
  }));
