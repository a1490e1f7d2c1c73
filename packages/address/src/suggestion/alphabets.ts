/** Letters, as the source of an expression that is matched within one word, and what they are in Latin. In order. */
export type Alphabet = readonly (readonly [letters: string, latin: string])[];

const unvoiced = '(?=[θκξπσςτφχψ]|$)';

/** Vowels and consonants that are one sound together. Source: ELOT 743 (ISO 843), transcription. */
export const greek: Alphabet = [
  [`α[υύ]${unvoiced}`, 'af'],
  [`ε[υύ]${unvoiced}`, 'ef'],
  [`η[υύ]${unvoiced}`, 'if'],
  ['α[υύ]', 'av'],
  ['ε[υύ]', 'ev'],
  ['η[υύ]', 'iv'],
  ['ο[υύ]', 'ou'],
  ['γγ', 'ng'],
  ['γξ', 'nx'],
  ['γχ', 'nch'],
  ['^μπ|μπ$', 'b'],
];

/** Source: Resolution 55 of the Cabinet of Ministers of Ukraine, 27 January 2010. */
const ukrainian: Alphabet = [
  ['зг', 'zgh'],
  ['^є', 'ye'],
  ['^ї', 'yi'],
  ['^й', 'y'],
  ['^ю', 'yu'],
  ['^я', 'ya'],
  ['г', 'h'],
  ['и', 'y'],
  ['й', 'i'],
  ['ю', 'iu'],
  ['я', 'ia'],
];

/** Source: Bulgaria's Transliteration Act, 2009. */
const bulgarian: Alphabet = [
  ['ия$', 'ia'],
  ['щ', 'sht'],
  ['ъ', 'a'],
  ['ь', 'y'],
  ['х', 'h'],
];

/** The language's own Latin alphabet, letter for letter: the constitutions and laws of these countries know both. */
const serbian: Alphabet = [
  ['ђ', 'đ'],
  ['ж', 'ž'],
  ['ћ', 'ć'],
  ['х', 'h'],
  ['ц', 'c'],
  ['ч', 'č'],
  ['џ', 'dž'],
  ['ш', 'š'],
];

/** Where the country writes its Cyrillic in Latin otherwise than letter by letter as Russian is read. */
export const cyrillicByCountry: ReadonlyMap<string, Alphabet> = new Map([
  ['UA', ukrainian],
  ['BG', bulgarian],
  ['RS', serbian],
  ['ME', serbian],
  ['BA', serbian],
]);

/** Syllables of loanwords, by their hiragana. Source: the Hepburn table of Japan's Ministry of Foreign Affairs, for passports. */
export const loanwordKana: Readonly<Record<string, string>> = {
  うぃ: 'wi',
  うぇ: 'we',
  うぉ: 'wo',
  ゔぁ: 'va',
  ゔぃ: 'vi',
  ゔぇ: 've',
  ゔぉ: 'vo',
  つぁ: 'tsa',
  てぃ: 'ti',
  でぃ: 'di',
  でゅ: 'dyu',
  とぅ: 'tu',
  どぅ: 'du',
  ふぁ: 'fa',
  ふぃ: 'fi',
  ふぇ: 'fe',
  ふぉ: 'fo',
};
