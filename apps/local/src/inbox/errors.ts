export type InboxErrorCode = 'port_taken';

/** The inbox could not be started. */
export class InboxError extends Error {
  readonly code: InboxErrorCode;
  readonly level = 'fatal';

  constructor(code: InboxErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'InboxError';
    this.code = code;
  }
}
