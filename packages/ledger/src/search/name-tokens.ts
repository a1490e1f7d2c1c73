import type { Secrets } from '@keycourier/journey/model/shipment';

import type { Sealing } from '../sealing.ts';

/** A word is found by its first three to eight letters, a shorter one by the whole of it. */
const shortest = 3;
const longest = 8;

/** Names have fewer; a text that is no name must not fill the table. */
const maxWords = 6;

/** The words of a name as they are compared: without case, accents and punctuation. */
export function wordsOf(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .split(/[^\p{L}\p{N}]+/u);
  return [...new Set(words.filter((word) => word !== ''))].slice(0, maxWords);
}

/** What a word is found by. */
function prefixesOf(word: string): readonly string[] {
  const letters = Array.from(word);
  if (letters.length < shortest) return [whole(word)];
  const lengths = Math.min(longest, letters.length) - shortest + 1;
  return Array.from({ length: lengths }, (_, more) => letters.slice(0, shortest + more).join(''));
}

/** Not what another word begins with. */
const whole = (word: string): string => `${word}.`;

/** What is stored of a name: some eight tokens. */
export function tokensOfName(sealing: Sealing, tenant: string, names: readonly string[]): readonly Buffer[] {
  const prefixes = new Set(wordsOf(names.join(' ')).flatMap(prefixesOf));
  return [...prefixes].map((prefix) => sealing.nameToken(`${tenant} ${prefix}`));
}

/** What a search looks up: all of them must be of one shipment. Empty where the text has no word. */
export function tokensOfQuery(sealing: Sealing, tenant: string, text: string): readonly Buffer[] {
  return wordsOf(text).map((word) => {
    const letters = Array.from(word);
    const prefix = letters.length < shortest ? whole(word) : letters.slice(0, longest).join('');
    return sealing.nameToken(`${tenant} ${prefix}`);
  });
}

type Named = { [Name in 'profile' | 'sourced']?: Secrets[Name] | null | undefined };

/** The names in a shipment's secrets: as they were checked, else as they were read. Null: there are none. */
export function namesIn({ profile, sourced }: Named): readonly string[] | null {
  if (profile != null) return [profile.firstName, profile.lastName];
  if (sourced == null) return null;
  const { firstName, lastName } = sourced.profile;
  return [firstName, lastName].flatMap((name) => (name === undefined ? [] : [name.value]));
}
