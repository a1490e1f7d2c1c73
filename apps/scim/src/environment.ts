import type { LimitSettings } from '@keycourier/http/limits';
import { serverVariables, standardFiles, variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

import { standardConnectionsPerTenant } from './context.ts';

const perMinute = z.coerce.number().int().min(1).max(1_000_000);

/** The environment of this process. */
export const environmentSchema = z
  .object({
    ...serverVariables,
    SCIM_PORT: variables.SCIM_PORT,
    SCIM_PUBLIC_URL: variables.SCIM_PUBLIC_URL,
    SCIM_TRUSTED_PROXIES: variables.TRUSTED_PROXIES,
    /** Of the ten connections, those that one tenant may use at once. */
    SCIM_TENANT_CONNECTIONS: z.coerce.number().int().min(1).max(10).default(standardConnectionsPerTenant),
    /** For each connection, in each process. */
    SCIM_REQUESTS_PER_MINUTE: perMinute.optional(),
    /** For all connections of a tenant together, in each process. */
    SCIM_TENANT_REQUESTS_PER_MINUTE: perMinute.optional(),
    /** For each address, of requests without a valid token. */
    SCIM_FAILURES_PER_MINUTE: perMinute.optional(),
  })
  .transform((environment) => ({
    ...environment,
    // A local stack is driven by scripts, all from one address.
    limits: limitsOf(environment, environment.KEYCOURIER_MODE === 'local' ? 100 : 1),
    SCIM_TRUSTED_PROXIES: environment.KEYCOURIER_MODE === 'local' ? [] : environment.SCIM_TRUSTED_PROXIES,
    ...standardFiles(environment),
  }));

/** An import of 10,000 people in two minutes is within them. */
const standardLimits = { connection: 6_000, tenant: 12_000, address: 60 } as const;

interface PerMinute {
  SCIM_REQUESTS_PER_MINUTE?: number | undefined;
  SCIM_TENANT_REQUESTS_PER_MINUTE?: number | undefined;
  SCIM_FAILURES_PER_MINUTE?: number | undefined;
}

const limitsOf = (set: PerMinute, times: number): LimitSettings => ({
  requestsPerMinute: set.SCIM_REQUESTS_PER_MINUTE ?? standardLimits.connection * times,
  tenantRequestsPerMinute: set.SCIM_TENANT_REQUESTS_PER_MINUTE ?? standardLimits.tenant * times,
  failuresPerMinute: set.SCIM_FAILURES_PER_MINUTE ?? standardLimits.address * times,
});
