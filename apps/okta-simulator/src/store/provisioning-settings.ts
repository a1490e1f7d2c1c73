import { z } from 'zod';

/** The limits of Okta as a SCIM client, and what tests change about them. */
export const provisioningSchema = z.strictObject({
  /** Okta waits a minute for an answer. */
  timeoutMs: z.number().int().min(1).max(600_000).default(60_000),
  /** How many tasks are worked on at the same time. Okta's own number is not public. */
  parallel: z.number().int().min(1).max(64).default(4),
  /** Tasks about one user or one group run one after the other; else also at the same time. */
  ordered: z.boolean().default(true),
  /** The wait after a 429 without a whole number in `Retry-After`; doubled with each further one. */
  retryDelayMs: z.number().int().min(0).max(86_400_000).default(300_000),
  maxTries: z.number().int().min(1).max(100).default(10),
  membersPerPatch: z.number().int().min(1).max(10_000).default(256),
  /** The time between the GET and the PUT of an update. */
  putDelayMs: z.number().int().min(0).max(600_000).default(200),
  /** A reactivation writes a profile that was read before it, with `active: false`. */
  staleReactivation: z.boolean().default(false),
  /** An import in which a larger share of the app's users is missing changes nothing. */
  unassignLimit: z.number().min(0).max(1).default(0.2),
  /** Tasks are queued, and no server is called. */
  stopped: z.boolean().default(false),
});

export type ProvisioningSettings = z.infer<typeof provisioningSchema>;
