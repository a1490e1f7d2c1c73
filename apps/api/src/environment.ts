import { join } from 'node:path';

import { variables } from '@keycourier/config/environment';
import { z } from 'zod';

const perMinute = z.coerce.number().int().min(1).max(1_000_000);

/** What this process reads from its environment. Two files are looked for in the data dir unless they are named. */
export const environmentSchema = z
  .object({
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    SEALING_KEYS_FILE: z.string().min(1).optional(),
    DATABASE_URL: variables.DATABASE_URL,
    HOST: variables.HOST,
    API_PORT: variables.API_PORT,
    METRICS_HOST: variables.METRICS_HOST,
    METRICS_PORT: variables.METRICS_PORT,
    LOG_LEVEL: variables.LOG_LEVEL,
    /** For each API key that has no limit of its own, in each process. */
    API_REQUESTS_PER_MINUTE: perMinute.optional(),
    /** For each address, of requests without a valid API key. */
    API_FAILURES_PER_MINUTE: perMinute.optional(),
    /** Addresses of the proxies in front, as Express reads them: `loopback`, `uniquelocal`, `10.0.0.0/8`, in a comma list. */
    API_TRUSTED_PROXIES: z.string().min(1).default('loopback'),
  })
  .transform((given) => ({
    ...given,
    // A local stack is driven by scripts that look and look again, all from one address.
    API_REQUESTS_PER_MINUTE: given.API_REQUESTS_PER_MINUTE ?? (given.KEYCOURIER_MODE === 'local' ? 60_000 : 600),
    API_FAILURES_PER_MINUTE: given.API_FAILURES_PER_MINUTE ?? (given.KEYCOURIER_MODE === 'local' ? 6_000 : 60),
    API_TRUSTED_PROXIES:
      given.KEYCOURIER_MODE === 'local' ? [] : given.API_TRUSTED_PROXIES.split(',').map((one) => one.trim()),
    KEYCOURIER_CONFIG: given.KEYCOURIER_CONFIG ?? join(given.KEYCOURIER_DATA_DIR, 'keycourier.yaml'),
    SEALING_KEYS_FILE: given.SEALING_KEYS_FILE ?? join(given.KEYCOURIER_DATA_DIR, 'keys', 'sealing.json'),
  }));
