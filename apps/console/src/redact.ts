/**
 * What a page may show. Jobs, results and problems contain only ids, codes and field names by contract; this is a second
 * line of defense against any other value (invariants 5 and 6).
 */
export const redacted = '[redacted]';

const id = /^(?=.*[a-z])[\w.-]{1,128}$/i;
const word = /^[a-z][\w.[\]-]{0,79}$/i;

/** An id. A number alone could be a PIN. */
export const redactId = (value: unknown): string => (typeof value === 'string' && id.test(value) ? value : redacted);

/** A code, or the name of a field, a job or a step. */
export const redactWord = (value: unknown): string =>
  typeof value === 'string' && word.test(value) ? value : redacted;

/** A sentence or an error message, without anything that looks like an email address, a PIN or a phone number. */
export function redactSentence(value: unknown, maxLength = 400): string {
  if (typeof value !== 'string') return redacted;
  const safe = value
    .replace(/[^\s@<>"'(),;]+@[^\s@<>"'(),;]+/g, redacted)
    .replace(/(?<![\w-])\+?\d{6,}(?![\w-])/g, redacted);
  return safe.length > maxLength ? `${safe.slice(0, maxLength)}…` : safe;
}
