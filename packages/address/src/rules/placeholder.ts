import type { ProfileField } from '@keycourier/journey/model/profile';
import { iso31662 } from 'iso-3166';

import { become, type FieldState, type Rule, type RuleContext } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';
import {
  citiesCalledNothing,
  initialsForNothing,
  noFamilyName,
  noFirstName,
  spreadsheetErrors,
  wordsForNoAddress,
  wordsForNothing,
  wordsForNothingButNames,
} from './placeholder-words.ts';

/**
 * A value that means "nothing" becomes an absent one: a lone dash, "N/A", a spreadsheet's error, what a template left. Of
 * a street only the lines and parts that mean so, where a street is left.
 */
export const placeholder: Rule = (field, context) => {
  if (field.name === 'streetAddress') return withoutEmptyParts(field, context);
  return meansNothing(field.value, field.name, context) ? become(field, '', 'placeholder_removed') : field;
};

type Kind = 'firstName' | 'lastName' | 'organization' | 'address' | 'country';

function kindOf(name: ProfileField): Kind {
  switch (name) {
    case 'firstName':
    case 'lastName':
      return name;
    case 'organization':
      return 'organization';
    case 'countryCode':
      return 'country';
    case 'email':
    case 'secondEmail':
    case 'primaryPhone':
    case 'streetAddress':
    case 'city':
    case 'state':
    case 'zipCode':
      return 'address';
  }
}

const keysOf = (...lists: readonly Readonly<Record<string, string>>[]): ReadonlySet<string> =>
  new Set(lists.flatMap((list) => Object.values(list).flatMap((words) => words.split(', ').map(placeNameKey))));

const keys: Readonly<Record<Kind, ReadonlySet<string>>> = {
  firstName: keysOf(wordsForNothing, noFirstName),
  lastName: keysOf(wordsForNothing, noFamilyName),
  organization: keysOf(wordsForNothing, wordsForNothingButNames),
  address: keysOf(wordsForNothing, wordsForNothingButNames, wordsForNoAddress),
  country: keysOf(wordsForNothing, noFirstName),
};

function meansNothing(value: string, name: ProfileField, context: RuleContext): boolean {
  if (!/[\p{L}\p{N}]/u.test(value) || isLeftover(value)) return true;
  const key = placeNameKey(value);
  if (isPlace(key, name, context)) return false;
  if (value === 'NaN' || value === 'nan') return true;
  if (isInitials(value, kindOf(name)) || keys[kindOf(name)].has(key)) return true;
  const words = value.split(/[\s,;|]+/u);
  return words.length > 1 && words.every((word) => isUnmistakable(word));
}

/** Cities that are called so, and states whose code is. */
function isPlace(key: string, name: ProfileField, { countryCode }: RuleContext): boolean {
  if (name === 'city') return countryCode !== null && citiesCalledNothing.get(key)?.includes(countryCode) === true;
  return name === 'state' && countryCode !== null && subdivisionKeys().has(placeNameKey(`${countryCode}-${key}`));
}

let index: ReadonlySet<string> | undefined;
const subdivisionKeys = (): ReadonlySet<string> => (index ??= new Set(iso31662.map(({ code }) => placeNameKey(code))));

const initials: ReadonlySet<string> = new Set(initialsForNothing.map((letters) => letters.replaceAll(' ', '')));

/** "N/A", "n.a.", "k. A.", "s/n": letters set apart. Bare letters are initials or a code. */
function isInitials(value: string, kind: Kind): boolean {
  const core = value.replace(/^[^\p{L}]+|[^\p{L}.]+$/gu, '');
  if (!/^\p{L}(?:[/\\. -]+\p{L}){1,2}\.?$/u.test(core)) return false;
  if (!initials.has(core.toLowerCase().replace(/[^\p{L}]/gu, ''))) return false;
  const isSet = /[/\\]/.test(core) || (core.includes('.') && core === core.toLowerCase());
  return isSet || (kind === 'address' && core.includes('.')) || (kind === 'organization' && core.includes('.'));
}

/** What a template, a program or a spreadsheet leaves where a value was expected. */
const leftovers = [
  /\{\{.*?\}\}|\$\{.*?\}|#\{.*?\}|%\{.*?\}|<%.*?%>|\[\[.*?\]\]|\[object \w+\]|\{!\w.*?\}|\*\|.*?\|\*/u,
  /(?<![\p{L}\p{N}])undefined(?![\p{L}\p{N}])/u,
  /^(?:\{[^{}]*\}|<[^<>]*>|«[^«»]*»|%{1,2}[\w.]+%{1,2}|__\w+__|\$[a-z_][\w.]*|(?:app)?user(?:\.\w+)+|%[sd])$/iu,
  /^err:\d{3}$/iu,
  /^#[¡¿]?[\p{L}\p{M}][\p{L}\p{M}\d_/ ]*[!?]$/u,
  /^(?:x{2,}|(\p{L})\1{2,7})$/iu,
  /^\[[^[\]]*\]$|^\((?:blank|empty|null|none|nil|leer|vide)\)$/iu,
  /^%\(\w+\)[sd]$/u,
  /^(?:tbd|tba|tbc|n\/a|unknown|undefined)\s*[-\u2013:(][^\d]*$/iu,
  /^(?:-?Infinity|-1)$/u,
  /^[0\s+()./-]+$/u,
  /^null$/u,
];
const errors: ReadonlySet<string> = new Set(spreadsheetErrors);

const isLeftover = (value: string): boolean =>
  errors.has(value.toUpperCase()) || leftovers.some((leftover) => leftover.test(value));

/** Words that stand for "nothing" even as a part of something else. */
const unmistakable: ReadonlySet<string> = new Set(['null', 'none', 'undefined', 'nan', 'tbd', 'tba', 'tbc', 'unknown']);

const isUnmistakable = (part: string): boolean =>
  isLeftover(part) || /^n\/[ad]$/iu.test(part) || unmistakable.has(part.replace(/[^\p{L}]/gu, '').toLowerCase());

function withoutEmptyParts(field: FieldState, context: RuleContext): FieldState {
  const lines = field.value.split('\n').map((line) => {
    const parts = line.split(',');
    if (parts.length === 1) return meansNothing(line, 'streetAddress', context) ? '' : line;
    const kept = parts.filter((part) => part.trim() === '' || !isUnmistakable(part.trim()));
    return kept.length === parts.length ? line : kept.join(',').trim();
  });
  const street = lines.filter((line) => line !== '').join('\n');
  if (street === field.value) return field;
  // Without a number what is left is a place, not a street.
  return become(field, /\p{L}/u.test(street) && /\d/.test(street) ? street : '', 'placeholder_removed');
}
