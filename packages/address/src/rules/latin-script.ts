import { fail, type Rule } from '../reading.ts';

/**
 * Letters of other scripts (the modifiers of U+02B0 to U+02FF, such as the ʻokina, are Latin enough), digits other than
 * 0 to 9, full-width forms, emoji, and what is not a character at all.
 */
const undeliverable =
  /(?=\p{L})(?![\u02b0-\u02ff])\P{Script=Latin}|(?![0-9])\p{Nd}|[\uff01-\uffef]|\p{Emoji_Presentation}|[\ufe0f\ufffd\p{Co}\p{Cn}]/u;

/** An international label is read in Latin script. Transliteration loses something, so it is a person's to decide. */
export const latinScript: Rule = (reading) =>
  undeliverable.test(reading.value) ? fail(reading, 'not_deliverable_script') : reading;
