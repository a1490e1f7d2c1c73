import type { RuleContext } from '../field-state.ts';

/** Lossy ways to rewrite a value, the smallest loss first; none where this way does not apply. */
export type Loss = (value: string, context: RuleContext) => readonly string[];

/** Removes invisible and unprintable characters, and emoji; a character that stands for a space becomes one. */
export const tidy: Loss = (value) => [withoutInvisible(value.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '))];

/** The same for a street, which keeps its lines. */
export const tidyStreet: Loss = (value) => [
  value
    .replace(/\r\n|[\r\u2028\u2029]/g, '\n')
    .replace(/[\t\v\f\u0085]+/g, ' ')
    .split('\n')
    .map(withoutInvisible)
    .join('\n'),
];

const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/gu;

/** Full-width letters and digits become ordinary ones: people read them as the same characters. */
const withoutInvisible = (line: string): string =>
  line
    .replace(emoji, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufe0f\u20e3]/gu, '')
    .replace(/[\uff01-\uffef]+/g, (run) => run.normalize('NFKC'));

/** Titles are not names, and couriers do not need them. */
const titles = /^(?:(?:dr|prof|professor|mr|mrs|ms|mx|miss|sir|dame|herr|frau|mag|ing|dipl\.?-ing)\.? +)+/iu;

/**
 * The first of several first names stays whole. The others become initials, the last one first, then disappear, the last
 * one first: "Maximilian Alexander" is "Maximilian A", then "Maximilian". No name is ever cut.
 */
export const shortenFirstNames: Loss = (value) => {
  const untitled = value.trim().replace(titles, '');
  const [first = '', ...others] = untitled.split(/(?=[ -]\p{L})/u);
  const initials = others.map((name) => name.replace(/(?<=^[ -]\p{L}\p{M}*)[^\p{M}].*$/su, ''));
  const withInitials = others.map((_, at) => [...others.slice(0, others.length - 1 - at), ...initials.slice(-1 - at)]);
  const withFewer = initials.map((_, at) => initials.slice(0, initials.length - 1 - at));
  return [[...others], ...withInitials, ...withFewer].map((rest) => first + rest.join(''));
};
