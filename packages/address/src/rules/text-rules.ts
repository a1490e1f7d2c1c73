import { become, fail, type Rule } from '../field-state.ts';
import { isWithin, type LimitedField } from '../limits.ts';

/** Every kind of line break becomes one: directories write a street's lines with CR LF, forms with LF. */
export const lineBreaks: Rule = (field) => ({
  ...field,
  value: field.value.replace(/\r\n|[\r\u2028\u2029]/g, '\n'),
});

const control = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const controlButLineBreak = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A control or formatting character, or half a surrogate pair, is a problem and not stripped: its author cannot see it. Only a street has lines. */
export const controlCharacter: Rule = (field) => {
  const visible = field.value.replace(field.name === 'streetAddress' ? controlButLineBreak : control, '');
  // The rules after this one judge the visible text, so that every problem is found at once.
  return visible === field.value ? field : fail({ ...field, value: visible }, 'control_character');
};

/** Unicode NFC: an accented letter is one character, in as few bytes as possible. */
export const compose: Rule = (field) => become(field, field.value.normalize('NFC'), 'unicode_composed');

/** Removes white space around the value and around each of its lines, and lines that hold nothing else. */
export const trim: Rule = (field) => {
  const lines = field.value.split('\n').map((line) => line.trim());
  return become(field, lines.filter((line) => line !== '').join('\n'), 'trimmed');
};

/** One ordinary space for every run of spaces of any kind. */
export const collapse: Rule = (field) => become(field, field.value.replace(/\p{Zs}+/gu, ' '), 'whitespace_collapsed');

/**
 * Letters of other scripts (the modifiers of U+02B0 to U+02FF, such as the ʻokina, count as Latin), digits other than
 * 0 to 9, full-width forms, emoji, and code points that are no character.
 */
const undeliverable =
  /(?=\p{L})(?![\u02b0-\u02ff])\P{Script=Latin}|(?![0-9])\p{Nd}|[\uff01-\uffef]|\p{Emoji_Presentation}|[\ufe0f\ufffd\p{Co}\p{Cn}]/u;

/** International labels are in Latin script. Transliteration is lossy, so an operator decides about it. */
export const latinScript: Rule = (field) =>
  undeliverable.test(field.value) ? fail(field, 'not_deliverable_script') : field;

/** A value that the provider would refuse or cut is a problem: no value is cut here. */
export const byteLength =
  (name: LimitedField): Rule =>
  (field) =>
    isWithin(name, field.value) ? field : fail(field, 'too_long');
