/** What the command ends with, for scripts; `--help` and the README list them. */
export const exitCodes = {
  ok: 0,
  /** The request was refused or failed, or `doctor` found something red. */
  refused: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  /** The batch was taken, and some of its rows need somebody. */
  rowsRejected: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `
Exit codes:
  0  done
  1  refused or failed; doctor: something is red
  2  the command line is not usable
  3  the service cannot be reached, or cannot answer now
  4  the credentials are not accepted, or may not do this
  5  batch: taken, but rows were rejected, held or failed`;
