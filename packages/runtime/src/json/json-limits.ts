/** What a JSON document may have. It is counted while it is read, before anything is made of it. */
export interface JsonLimits {
  /** Objects and arrays within each other. */
  depth: number;
  /** Objects, arrays, strings, numbers, booleans and nulls, all together. */
  values: number;
  /** Members of one object. */
  members: number;
  /** Elements of one array. */
  elements: number;
  /** Characters of one string, number or member name. */
  characters: number;
  /** Elements of certain arrays, by their path: `data.events`. */
  lists?: Readonly<Record<string, number>>;
  /**
   * For documents of Okta's and Yubico's: of two members with one name the last counts, and bytes that are no UTF-8 are
   * replaced. Of our own, neither is accepted.
   */
  isTolerant: boolean;
}

export type JsonFaultCode =
  | 'not_json'
  | 'not_utf8'
  | 'too_deep'
  | 'too_many_values'
  | 'too_many_members'
  | 'too_many_elements'
  | 'too_many_items'
  | 'text_too_long'
  | 'duplicate_member';

/** A document that is not JSON, or has more than its limits allow. Nothing of the document is quoted. */
export class JsonError extends Error {
  readonly code: JsonFaultCode;
  readonly level = 'info';

  constructor(code: JsonFaultCode, options?: { cause?: unknown }) {
    super(`The JSON document cannot be read: ${code}`, options);
    this.name = 'JsonError';
    this.code = code;
  }
}
