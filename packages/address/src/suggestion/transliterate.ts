import anyAscii from 'any-ascii';
import { toRomaji } from 'wanakana';

import { type Alphabet, cyrillicByCountry, greek, loanwordKana } from './alphabets.ts';
import type { Loss } from './losses.ts';

/**
 * Letters of alphabets that write their vowels, in Latin ones. Everything else stays, and so has no suggestion:
 * Han characters, since their reading depends on the word and the language (a table knows only Mandarin: 東京 would be
 * "DongJing"); Arabic and Hebrew, which leave vowels out; Hangul, since people choose the spelling of their own name
 * ("Kim" is never "Gim"); and the scripts of India and South-East Asia, whose vowels do not stand where they are read.
 */
export const toLatin: Loss = (value, { countryCode }) => {
  const cyrillic = countryCode === null ? [] : (cyrillicByCountry.get(countryCode) ?? []);
  const latin = value
    .normalize('NFC')
    .replace(/・/g, ' ')
    .replace(kana, (run) => capitalised(toRomaji(run.replace(/ー/g, ''), { customRomajiMapping: loanwordKana })))
    .replace(/(?<=\p{Script=Cyrillic})['’ʼ](?=\p{Script=Cyrillic})/gu, '')
    .replace(/\p{Script=Cyrillic}[\p{Script=Cyrillic}\p{M}]*/gu, (word) => spell(word, cyrillic))
    .replace(/\p{Script=Greek}[\p{Script=Greek}\p{M}]*/gu, (word) => spell(word, greek))
    .replace(/\p{Script=Armenian}+/gu, (word) => spell(word, []))
    .replace(/\p{Script=Georgian}+/gu, (word) => capitalised(spell(word, [])));
  return [latin.replace(/\p{Nd}/gu, anyAscii)];
};

/** Latin letters without their diacritics, each then one byte long: "ü" becomes "u", for "ue" would save nothing. */
export const toAscii: Loss = (value) => [
  value.normalize('NFC').replace(latinBeyondAscii, (character) => anyAscii(character).replace(/`/g, "'")),
];

/** The long-vowel mark belongs to no script; Hepburn as in passports leaves it out. */
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu;

/** Not symbols: a reader would not know them again from their names. */
const latinBeyondAscii = /(?![\0-\x7f])[\p{Script=Latin}\p{M}\p{P}\p{Zs}\u02b0-\u02ff]/gu;

/** The word by its alphabet's own rules, and letter by letter where those are silent. */
function spell(word: string, alphabet: Alphabet): string {
  const byRule = alphabet.reduce(
    (text, [letters, latin]) => text.replace(new RegExp(letters, 'giu'), (found) => inCaseOf(found, latin)),
    word,
  );
  const spelt = byRule.replace(/[^\p{Script=Latin}]/gu, (letter) => anyAscii(letter).replace(/[^A-Za-z]/g, ''));
  const isShouted = word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();
  return isShouted ? spelt.toUpperCase() : spelt;
}

const inCaseOf = (found: string, latin: string): string => {
  const [first = ''] = found;
  return first === first.toLowerCase() ? latin : capitalised(latin);
};

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
