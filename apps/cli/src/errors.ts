import { exitCodes, type ExitCode } from './exit-codes.ts';

/** A problem of a request, a row or a shipment, as the API describes it. */
export interface Problem {
  field: string;
  code: string;
  message: string;
  suggestion?: string | undefined;
}

export type CliErrorCode =
  | 'usage'
  | 'unreachable'
  | 'unauthorized'
  | 'refused'
  | 'bad_answer'
  | 'too_late'
  | 'declined'
  | 'file_unreadable';

const exitCodeOf: Readonly<Record<CliErrorCode, ExitCode>> = {
  usage: exitCodes.usage,
  unreachable: exitCodes.unreachable,
  unauthorized: exitCodes.unauthorized,
  refused: exitCodes.refused,
  bad_answer: exitCodes.refused,
  too_late: exitCodes.refused,
  declined: exitCodes.refused,
  file_unreadable: exitCodes.usage,
};

/** The command cannot continue. `message` is for the user and never contains a credential. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly level = 'error';
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  /** The API's whole problem document, for `--json`. */
  readonly problem: unknown;

  constructor(
    code: CliErrorCode,
    message: string,
    details: { problems?: readonly Problem[]; problem?: unknown; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCodeOf[code];
    this.problems = details.problems ?? [];
    this.problem = details.problem;
  }
}
