/** For scripts; `--help` and the README list them. */
export const exitCodes = {
  ok: 0,
  /** The request was refused or failed, or `doctor` found something red. */
  refused: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  /** Accepted, but a shipment or rows of the batch need attention. */
  needsAttention: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `
Exit codes:
  0  done
  1  refused or failed; doctor: a check is red; audit verify: broken
  2  usage error
  3  the service cannot be reached or is unavailable
  4  credentials not accepted, or permission missing
  5  batch: accepted, but rows were rejected; with --wait, of batch and ship:
     held, failed or cancelled; bulk: stopped, or shipments were left as they are`;
