/** The one home of these limits (docs/limits.md). */
export const recoveryLimits = {
  /** How often one of the steps that wait for a service that does not answer is tried. */
  probeEveryMs: 5_000,
  /** The same for a service that refuses the tenant's credentials. */
  refusedProbeEveryMs: 60_000,
  /** Between two steps of a tenant that are tried again once the service answers. */
  paceMs: 50,
} as const;
