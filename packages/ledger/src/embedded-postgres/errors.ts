export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'binaries_unusable'
  | 'no_server_user'
  | 'data_dir_unusable'
  | 'data_dir_in_use'
  | 'initdb_failed'
  | 'port_taken'
  | 'start_failed'
  | 'stop_failed'
  | 'query_failed';

/** The embedded server could not be prepared, started or stopped. `message` is for the operator and holds no password. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;
  readonly level = 'fatal';

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
  }
}
