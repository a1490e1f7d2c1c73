import { variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

/** The environment of this process. DATABASE_URL is the simulator's own database. */
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
