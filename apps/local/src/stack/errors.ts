export type StackErrorCode = 'child_failed' | 'hook_not_registered' | 'already_running' | 'bad_keys';

/** The local stack could not be started. */
export class StackError extends Error {
  readonly code: StackErrorCode;
  readonly level = 'fatal';

  constructor(code: StackErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StackError';
    this.code = code;
  }
}
