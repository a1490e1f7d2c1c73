export type LedgerErrorCode =
  | 'cannot_unseal'
  | 'bad_keyring'
  | 'shipment_missing'
  | 'event_missing'
  | 'bad_row'
  | 'cannot_mend'
  | 'schema_newer'
  | 'api_key_taken';

/** The ledger cannot do what it was asked: a key that is missing, a row that is not as written. Never holds a sealed value. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly level = 'error';

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
  }
}
