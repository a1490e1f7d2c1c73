import { randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** What an id names, by its first three letters: user, group, hook, factor, error, user type, schema, app. */
export type IdPrefix = '00u' | '00g' | 'who' | 'fwf' | 'oae' | 'oty' | 'osc' | '0oa';

/** A fresh id in the form of Okta's own: the prefix of its kind, 20 characters in all. */
export function oktaId(prefix: IdPrefix): string {
  return prefix + randomText(20 - prefix.length);
}

/** Unguessable text, for tokens in links and request ids. */
export function randomText(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
