/**
 * What may stand on a page. Jobs, results and problems hold ids, codes and field names by contract; this is the second
 * net, for the day that something else gets in (invariants 5 and 6).
 */
export const notShown = '[not shown]';

const id = /^(?=.*[a-z])[\w.-]{1,128}$/i;
const word = /^[a-z][\w.[\]-]{0,79}$/i;

/** An id of ours: a number alone could be a PIN. */
export const shownId = (value: unknown): string => (typeof value === 'string' && id.test(value) ? value : notShown);

/** A code, the name of a field, a job or a door. */
export const shownWord = (value: unknown): string => (typeof value === 'string' && word.test(value) ? value : notShown);

/** A sentence of ours, or an error's: without whatever looks like an e-mail address, a PIN or a phone number. */
export function shownSentence(value: unknown, longest = 400): string {
  if (typeof value !== 'string') return notShown;
  const safe = value
    .replace(/[^\s@<>"'(),;]+@[^\s@<>"'(),;]+/g, notShown)
    .replace(/(?<![\w-])\+?\d{6,}(?![\w-])/g, notShown);
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe;
}
