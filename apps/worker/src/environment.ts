import { join } from 'node:path';

import { variables } from '@keycourier/config/environment';
import { z } from 'zod';

/** What the worker reads from its environment, besides the secrets that the config file names. */
export const workerEnvironment = z
  .object({
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    DATABASE_URL: variables.DATABASE_URL,
    REDIS_URL: variables.REDIS_URL,
    METRICS_HOST: variables.METRICS_HOST,
    METRICS_PORT: variables.METRICS_PORT,
    LOG_LEVEL: variables.LOG_LEVEL,
    SEALING_KEYS_FILE: z.string().min(1).optional(),
    /** The private key, as a JWK, that the provider seals its copies of PINs to. */
    PIN_COPY_KEY_FILE: z.string().min(1).optional(),
    /** How often the sweep looks for what was lost. */
    SWEEP_EVERY_MS: z.coerce.number().int().min(100).default(15_000),
    /** How long after its time a job may be missing before it is published again. */
    SWEEP_GRACE_MS: z.coerce.number().int().min(100).default(60_000),
    /** How often what was kept long enough is looked for and erased. */
    ERASE_EVERY_MS: z.coerce.number().int().min(1_000).default(3_600_000),
    /** For how many hours an Idempotency-Key is known, with its answer. */
    IDEMPOTENCY_HOURS: z.coerce
      .number()
      .int()
      .min(24)
      .default(7 * 24),
    /** How long a visit keeps others out after its worker died. It is renewed while the worker lives. */
    LEASE_MS: z.coerce.number().int().min(1_000).default(15_000),
    /** How long an answer of a service may take. */
    CONNECTOR_TIMEOUT_MS: z.coerce.number().int().min(100).default(10_000),
  })
  .transform((given) => ({
    ...given,
    configPath: given.KEYCOURIER_CONFIG ?? join(given.KEYCOURIER_DATA_DIR, 'keycourier.yaml'),
    sealingKeysPath: given.SEALING_KEYS_FILE ?? join(given.KEYCOURIER_DATA_DIR, 'keys', 'sealing.json'),
    pinCopyKeyPath: given.PIN_COPY_KEY_FILE ?? join(given.KEYCOURIER_DATA_DIR, 'keys', 'pin-copy.json'),
  }));

export type WorkerEnvironment = z.output<typeof workerEnvironment>;
