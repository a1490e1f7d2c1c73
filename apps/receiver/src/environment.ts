import { serverVariables, standardFiles, variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

import { standardConnectionsPerTenant } from './create-context.ts';

/** The environment of this process. */
export const environmentSchema = z
  .object({
    ...serverVariables,
    RECEIVER_PORT: variables.RECEIVER_PORT,
    RECEIVER_TRUSTED_PROXIES: variables.TRUSTED_PROXIES,
    /** Of the ten connections, those that one tenant may use at once. */
    RECEIVER_TENANT_CONNECTIONS: z.coerce.number().int().min(1).max(10).default(standardConnectionsPerTenant),
  })
  .transform((environment) => ({
    ...environment,
    RECEIVER_TRUSTED_PROXIES: environment.KEYCOURIER_MODE === 'local' ? [] : environment.RECEIVER_TRUSTED_PROXIES,
    ...standardFiles(environment),
  }));
