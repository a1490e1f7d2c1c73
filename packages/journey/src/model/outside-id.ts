import { z } from 'zod';

/**
 * An id that Okta or the provider gave: text, or a whole number where their JSON has one, which is then the text of that
 * number (invariant 8). Numbers that JSON cannot carry exactly are no ids.
 */
export const outsideId = z.union([z.string().min(1), z.int().nonnegative().transform(String)]);

export type ReadId = { outcome: 'present'; id: string } | { outcome: 'absent' } | { outcome: 'no_id'; what: string };

/** `what` says of which type the value is, and never the value. */
export function readId(value: unknown): ReadId {
  if (value === undefined || value === null || value === '') return { outcome: 'absent' };
  const parsed = outsideId.safeParse(value);
  return parsed.success ? { outcome: 'present', id: parsed.data } : { outcome: 'no_id', what: typeName(value) };
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return 'a number that is not a whole number from 0 to 2^53 - 1';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const oktaUserId = /^00u[0-9A-Za-z]{17}$/;

/** Whether a text has the form of the ids that Okta gives its users; its SCIM clients send them as `externalId`. */
export const isOktaUserId = (text: string): boolean => oktaUserId.test(text);
