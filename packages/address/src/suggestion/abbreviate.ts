import { legalForms, nameWords, organizationWords, streetWordsByLanguage, type Words } from './abbreviations.ts';
import type { Loss } from './losses.ts';

export const abbreviateOrganization: Loss = abbreviator(organizationWords);

export const abbreviateName: Loss = abbreviator(nameWords);

const abbreviatorsByCountry = new Map<string, Loss>();

/** Abbreviates the words of a street in the languages of its country, and in English, which is used everywhere. */
export const abbreviateStreet: Loss = (value, context) => {
  const country = context.countryCode ?? 'US';
  const abbreviate =
    abbreviatorsByCountry.get(country) ??
    abbreviator(languagesOf(country).flatMap((language) => streetWordsByLanguage.get(language) ?? []));
  abbreviatorsByCountry.set(country, abbreviate);
  return abbreviate(value, context);
};

const otherLanguages: Readonly<Record<string, readonly string[]>> = {
  BE: ['fr', 'de'],
  CA: ['fr'],
  CH: ['fr', 'it'],
  LU: ['fr', 'de'],
};

/** A country's main language is in Unicode's "likely subtags", which Node.js includes. */
export const languagesOf = (country: string): readonly string[] => [
  new Intl.Locale(`und-${country}`).maximize().language,
  ...(otherLanguages[country] ?? []),
  'en',
];

/**
 * Shortens the words that have a short form: the last one, then the last two, and so on to the first. Source of the
 * order: USPS Publication 28, "Right-to-Left Evaluation".
 */
function abbreviator(words: Words): Loss {
  // Where two languages share a word, the first one wins.
  const shortForms = new Map(words.toReversed().map(([full, short]) => [full.replace(/^-/, ''), short]));
  const expression = expressionOf(words);
  const shorten = (value: string, { 0: full, index }: RegExpExecArray): string =>
    value.slice(0, index) +
    inCaseOf(full, shortForms.get(full.toLowerCase()) ?? full) +
    value.slice(index + full.length);
  return (value) => {
    const found = [...value.matchAll(expression)].toReversed();
    return found.map((_, last) => found.slice(0, last + 1).reduce(shorten, value));
  };
}

/** Whole words, and the ends of words for those that begin with a dash ("-straße"); the longest first. */
function expressionOf(words: Words): RegExp {
  const longestFirst = words.map(([full]) => full).sort((one, other) => other.length - one.length);
  const ends = longestFirst.filter((full) => full.startsWith('-')).map((full) => full.slice(1));
  const wholes = longestFirst.filter((full) => !full.startsWith('-'));
  const parts = [String.raw`(?<![\p{L}\p{N}])(?:${wholes.map(escaped).join('|')})`];
  if (ends.length > 0) parts.push(String.raw`(?<=\p{L})(?:${ends.map(escaped).join('|')})`);
  return new RegExp(String.raw`(?:${parts.join('|')})(?![\p{L}\p{N}])`, 'giu');
}

const endsInLegalForms = new RegExp(
  String.raw`(?:[ ,]+(?:(?:&|and|und|et) +)?(?:${legalForms.map(escaped).join('|')})\.?)+$`,
  'iu',
);

/** The organization without its legal form, where a name is left. */
export const dropLegalForm: Loss = (value) => {
  const name = value.replace(endsInLegalForms, '');
  return name === value || name.trim() === '' ? [] : [name];
};

function escaped(text: string): string {
  return text.replace(/\./g, String.raw`\.`);
}

/** Capitals where the word had them, besides the short form's own ("GmbH"). */
function inCaseOf(full: string, short: string): string {
  if (full === full.toUpperCase()) return short.toUpperCase();
  return full.slice(0, 1) === full.slice(0, 1).toLowerCase() ? short : short.slice(0, 1).toUpperCase() + short.slice(1);
}
