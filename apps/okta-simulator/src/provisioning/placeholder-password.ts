import { randomInt } from 'node:crypto';

const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!@#$%*-_'] as const;
const lengthOfPassword = 16;

const pick = (letters: string): string => letters.charAt(randomInt(letters.length));

/** A password as the org's policy requires it: 16 characters with upper and lower case, a digit and a symbol. */
export function placeholderPassword(): string {
  const required = kinds.map(pick);
  const rest = Array.from({ length: lengthOfPassword - required.length }, () => pick(kinds.join('')));
  return [...required, ...rest].join('');
}
