import { variables } from '@keycourier/runtime/environment';
import { smtpUrl } from '@keycourier/runtime/service-url';
import { z } from 'zod';

/** The environment of this process; parsed once, in main.ts. */
export const environmentSchema = z.object({
  KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
  HOST: variables.HOST,
  OKTA_SIMULATOR_PORT: variables.OKTA_SIMULATOR_PORT,
  METRICS_HOST: variables.METRICS_HOST,
  METRICS_PORT: variables.METRICS_PORT,
  LOG_LEVEL: variables.LOG_LEVEL,
  DATABASE_URL: variables.DATABASE_URL,
  OKTA_SIMULATOR_TOKEN: z
    .string('needs the SSWS token, or several with commas between')
    .transform((list) => list.split(',').map((token) => token.trim()))
    .pipe(z.array(z.string().min(1, 'holds an empty token'))),
  OKTA_SIMULATOR_SEED: z.string().min(1).optional(),
  OKTA_SIMULATOR_ISSUER_HOST: z
    .string()
    .regex(/^[a-z0-9.-]+$/i, 'must be a host name alone, without scheme or port')
    .optional(),
  OKTA_SIMULATOR_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes in hexadecimal')
    .optional(),
  SMTP_URL: smtpUrl.optional(),
});
