import { randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * The kinds of ids by their first three letters: user, group, hook, factor, error, user type, schema, app or identity
 * provider, rule, mapping, pushed group, role assignment, custom role, resource set.
 */
export type IdPrefix =
  | '00u'
  | '00g'
  | 'who'
  | 'fwf'
  | 'oae'
  | 'oty'
  | 'osc'
  | '0oa'
  | '0pr'
  | 'prm'
  | 'gPm'
  | 'irb'
  | 'cr0'
  | 'iam';

/** A new id in Okta's format: the prefix of its kind, 20 characters in total. */
export function oktaId(prefix: IdPrefix): string {
  return prefix + randomText(20 - prefix.length);
}

/** Unpredictable text, for tokens in links and request ids. */
export function randomText(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
