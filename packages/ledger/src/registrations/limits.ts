/** The one home of these times and limits (docs/limits.md). */
export const registrationTimes = {
  /** How often a person whose registration was refused is tried again, unless all are verified more often. */
  problemRetryMs: 6 * 3_600_000,
  /** How often one person is tried while the settings of the tenant are wrong. */
  settingsRetryMs: 3_600_000,
  /** Of one tenant, in one run of the sweep: new ones, and those that are to be written or verified. */
  perSweep: 50,
} as const;
