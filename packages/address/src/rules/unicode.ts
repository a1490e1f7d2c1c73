import { become, type Rule } from '../reading.ts';

/** Unicode NFC: an accented letter is one character, and counts as few bytes as it can. */
export const compose: Rule = (reading) => become(reading, reading.value.normalize('NFC'), 'unicode_composed');
