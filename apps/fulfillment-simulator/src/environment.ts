import { variables } from '@keycourier/config/environment';
import { z } from 'zod';

/** What this process reads from its environment. DATABASE_URL is a database of its own, never keycourier's. */
export const environmentSchema = z.object({
  KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
  HOST: variables.HOST,
  FULFILLMENT_SIMULATOR_PORT: variables.FULFILLMENT_SIMULATOR_PORT,
  METRICS_HOST: variables.METRICS_HOST,
  METRICS_PORT: variables.METRICS_PORT,
  LOG_LEVEL: variables.LOG_LEVEL,
  DATABASE_URL: variables.DATABASE_URL,
  FULFILLMENT_SIMULATOR_CONFIG: z.string().min(1),
});
