import { join } from 'node:path';

import { standardLocks } from '@keycourier/queues/backend';
import { variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

const hourMs = 3_600_000;

/** Bounded from above too: what passes Node's longest timer, 24 days, would run at once and without end. */
const between = (least: number, most: number) =>
  z.coerce.number(`must be a number from ${least} to ${most}`).int().min(least).max(most);

/** The worker's environment, besides the secrets that the config file names. */
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
    SEALING_KEYS_FILE: variables.SEALING_KEYS_FILE,
    /** The private key, as a JWK, that decrypts the provider's copies of PINs. */
    PIN_COPY_KEY_FILE: z.string().min(1).optional(),
    /** How often the sweep compares the ledger with the queues. */
    SWEEP_EVERY_MS: between(100, hourMs).default(15_000),
    /** How long a due job may be missing from its queue before it is published again. */
    SWEEP_GRACE_MS: between(100, hourMs).default(60_000),
    /** How often data whose retention ended is erased. */
    ERASE_EVERY_MS: between(1_000, 24 * hourMs).default(hourMs),
    /** For how many hours an Idempotency-Key and its stored answer are kept. */
    IDEMPOTENCY_HOURS: between(24, 366 * 24).default(7 * 24),
    /** The lease of an attempt: how long a crashed worker blocks its step. A running worker renews it. */
    LEASE_MS: between(1_000, 600_000).default(15_000),
    /** BullMQ's lock of a job: how long a crashed worker keeps it from the others. A running worker renews it. */
    JOB_LOCK_MS: between(1_000, 600_000).default(standardLocks.lockMs),
    /** How often BullMQ looks for jobs whose lock has expired. */
    JOB_LOCK_CHECK_EVERY_MS: between(100, hourMs).default(standardLocks.checkEveryMs),
    /** How long one call to a service may take. */
    CONNECTOR_TIMEOUT_MS: between(100, 120_000).default(10_000),
    /** Its name in 0.1.0: ignored, it would silently lose the limit that an operator set. */
    OUTSIDE_TIMEOUT_MS: z.never({ error: 'is called CONNECTOR_TIMEOUT_MS now' }).optional(),
  })
  .transform((environment) => ({
    ...environment,
    configPath: environment.KEYCOURIER_CONFIG ?? join(environment.KEYCOURIER_DATA_DIR, 'keycourier.yaml'),
    sealingKeysPath: environment.SEALING_KEYS_FILE ?? join(environment.KEYCOURIER_DATA_DIR, 'keys', 'sealing.json'),
    pinCopyKeyPath: environment.PIN_COPY_KEY_FILE ?? join(environment.KEYCOURIER_DATA_DIR, 'keys', 'pin-copy.json'),
  }));

export type WorkerEnvironment = z.output<typeof workerEnvironment>;
