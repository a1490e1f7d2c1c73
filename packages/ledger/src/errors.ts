export type LedgerErrorCode =
  | 'cannot_unseal'
  | 'bad_keyring'
  | 'shipment_missing'
  | 'event_missing'
  | 'bad_row'
  | 'cannot_repair'
  | 'schema_newer'
  | 'api_key_taken'
  | 'api_key_revoked'
  | 'lease_lost'
  | 'bad_audit_entry'
  | 'bulk_item_taken';

/** The ledger cannot carry out a call: a key is missing, a row is not as written. Never holds a sealed value. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly level = 'error';

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
  }
}
