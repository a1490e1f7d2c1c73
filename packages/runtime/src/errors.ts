/** The level to log an error at, decided by the error and not where it is caught. */
export type ErrorLevel = 'info' | 'warn' | 'error' | 'fatal';

export type ProcessErrorCode = 'bad_environment' | 'bad_config' | 'start_failed' | 'stopped' | 'drain_timed_out';

/** A process could not be configured, started or stopped. `message` is for the operator and never holds a secret. */
export class ProcessError extends Error {
  readonly code: ProcessErrorCode;
  readonly level: ErrorLevel = 'fatal';

  constructor(code: ProcessErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ProcessError';
    this.code = code;
  }
}
