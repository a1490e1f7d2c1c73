/** A phone number as it is written: the digits in their order, and how they stand together. */
export interface WrittenPhoneNumber {
  hasPlus: boolean;
  digits: string;
  extension: string | null;
  /** Of the digits in front of the last separator that may also join a second number ("/45", "-45", ".0"). */
  beforeLast: string;
  /** How many digits follow that separator; none without one. */
  afterLast: number;
  /** The digits between slashes; one entry where there is no slash. */
  betweenSlashes: readonly string[];
  /** The digits in front of a trunk prefix in brackets, as in "+49 (0)30"; null without one. */
  beforeTrunkInBrackets: string | null;
}

/** Digits, and what sets them apart on paper: spaces, hyphens and dashes, dots, brackets, slashes. Nothing else. */
const number = /^\(?\+?[\d( )[\]./\u2010-\u2015\u2212\u30fc-]*\d$/u;

/** Written out, so that digits after another mark are never taken for one. */
const extension = / *(?:;ext=|,? *(?:ext(?:ension|n)?\b|x)[ .:]*)(?<digits>\d{1,7})$/iu;

const separators = /[-./\u2010-\u2015\u2212\u30fc]/gu;

/** Null where the text is anything but one number, with its extension at most. */
export function readWritten(text: string): WrittenPhoneNumber | null {
  const plain = inAsciiDigits(text);
  const found = extension.exec(plain);
  const written = found === null ? plain : plain.slice(0, found.index);
  if (!number.test(written) || !hasPlainBrackets(written) || isDecimal(written)) return null;
  const last = [...written.matchAll(separators)].at(-1);
  const trunk = /\(0\d?\)/.exec(written);
  return {
    hasPlus: written.includes('+'),
    digits: digitsOf(written),
    extension: found?.groups?.['digits'] ?? null,
    beforeLast: last === undefined ? '' : digitsOf(written.slice(0, last.index)),
    afterLast: last === undefined ? 0 : digitsOf(written.slice(last.index)).length,
    betweenSlashes: written.split('/').map(digitsOf),
    beforeTrunkInBrackets: trunk === null || trunk.index === 0 ? null : digitsOf(written.slice(0, trunk.index)),
  };
}

export const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Brackets in pairs, none inside another, each with digits that more digits follow. */
const hasPlainBrackets = (text: string): boolean =>
  !/[()[\]]/.test(text.replace(/\(\+?[\d ]{1,7}\)(?=.*\d)|\[[\d ]{1,7}\](?=.*\d)/g, ''));

/** What a spreadsheet makes of a number in a column of decimals. */
const isDecimal = (text: string): boolean => /^\+?\d{5,}\.0+$/.test(text);

/** The first digits of the blocks of ten in which people write phone numbers besides 0 to 9: Arabic and Persian, the Indian scripts, Thai. */
const zeros = [
  0x06_60, 0x06_f0, 0x09_66, 0x09_e6, 0x0a_66, 0x0a_e6, 0x0b_e6, 0x0c_66, 0x0c_e6, 0x0d_66, 0x0e_50,
] as const;

/** Full-width characters and the digits of other scripts are the same; a superscript one may be a footnote. */
export const inAsciiDigits = (text: string): string =>
  text
    .replace(/[\uff01-\uff5e]+/g, (run) => run.normalize('NFKC'))
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => {
      const code = digit.codePointAt(0) ?? 0;
      const zero = zeros.find((first) => code >= first && code < first + 10);
      return zero === undefined ? digit : String(code - zero);
    });
