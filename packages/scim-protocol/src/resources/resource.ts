import type { JsonValue } from '../json.ts';

/**
 * A user as a client wrote it: parsed, coerced, without what it may not set and without `password`. `active` is undefined
 * where the request does not say it: then it stays as it is, and is true for a new user.
 */
export interface WrittenUser {
  userName: string;
  externalId: string | null;
  active: boolean | undefined;
  /** Every other attribute that has a value, by the name that it is stored under; `userName` is among them. */
  attributes: ReadonlyMap<string, JsonValue>;
}

export interface WrittenGroup {
  displayName: string;
  externalId: string | null;
  /** Ids of users, each once; undefined where the request has no `members`. */
  members: readonly string[] | undefined;
}
