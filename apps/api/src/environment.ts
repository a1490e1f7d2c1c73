import type { LimitSettings } from '@keycourier/http/limits';
import { serverVariables, standardFiles, variables } from '@keycourier/runtime/environment';
import { z } from 'zod';

import { standardShares } from './context.ts';

const share = z.coerce.number().int().min(1).max(100_000);
const perMinute = z.coerce.number().int().min(1).max(1_000_000);

/** The environment of this process. */
export const environmentSchema = z
  .object({
    ...serverVariables,
    API_PORT: variables.API_PORT,
    /** Where SCIM clients find connections: what their base URLs begin with. */
    SCIM_PORT: variables.SCIM_PORT,
    SCIM_PUBLIC_URL: variables.SCIM_PUBLIC_URL,
    /** For each API key without a limit of its own, in each process. */
    API_REQUESTS_PER_MINUTE: perMinute.optional(),
    /** For all API keys of a tenant together, in each process. */
    API_TENANT_REQUESTS_PER_MINUTE: perMinute.optional(),
    /** For each address, of requests without a valid API key. */
    API_FAILURES_PER_MINUTE: perMinute.optional(),
    API_TRUSTED_PROXIES: variables.TRUSTED_PROXIES,
    /** Of the ten connections for requests, those that one tenant may use at once. */
    API_TENANT_CONNECTIONS: share.max(10).default(standardShares.connectionsPerTenant),
    /** Files of one tenant that are received, wait or are written. */
    API_TENANT_UPLOADS: share.default(standardShares.uploadsPerTenant),
    /** Of temporary disk space for files, in MiB; one tenant may have half. A file has at most 64. */
    API_UPLOAD_SPACE_MIB: share.min(128).default(standardShares.maxMebibytes),
  })
  .transform((environment) => ({
    ...environment,
    shares: {
      connectionsPerTenant: environment.API_TENANT_CONNECTIONS,
      uploadsPerTenant: environment.API_TENANT_UPLOADS,
      maxMebibytes: environment.API_UPLOAD_SPACE_MIB,
    },
    // A local stack is driven by scripts that poll, all from one address.
    API_REQUESTS_PER_MINUTE:
      environment.API_REQUESTS_PER_MINUTE ?? (environment.KEYCOURIER_MODE === 'local' ? 60_000 : 600),
    API_TENANT_REQUESTS_PER_MINUTE:
      environment.API_TENANT_REQUESTS_PER_MINUTE ?? (environment.KEYCOURIER_MODE === 'local' ? 180_000 : 1_800),
    API_FAILURES_PER_MINUTE:
      environment.API_FAILURES_PER_MINUTE ?? (environment.KEYCOURIER_MODE === 'local' ? 6_000 : 60),
    API_TRUSTED_PROXIES: environment.KEYCOURIER_MODE === 'local' ? [] : environment.API_TRUSTED_PROXIES,
    ...standardFiles(environment),
  }));

/** As many requests as a key, and an address without one, may send. */
export const limitsOf = (environment: z.output<typeof environmentSchema>): LimitSettings => ({
  requestsPerMinute: environment.API_REQUESTS_PER_MINUTE,
  tenantRequestsPerMinute: environment.API_TENANT_REQUESTS_PER_MINUTE,
  failuresPerMinute: environment.API_FAILURES_PER_MINUTE,
});
