import type { Loss } from './candidates.ts';

/** Without what cannot be seen or printed: what stood for a space becomes one, the rest goes, and emoji with it. */
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

/** Full-width letters and digits become ordinary ones: they are the same characters to everyone but a computer. */
const withoutInvisible = (line: string): string =>
  line
    .replace(emoji, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufe0f\u20e3]/gu, '')
    .replace(/[\uff01-\uffef]+/g, (run) => run.normalize('NFKC'));
