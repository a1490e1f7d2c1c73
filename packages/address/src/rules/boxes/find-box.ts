import type { RuleContext } from '../../field-state.ts';
import {
  boxAnywhere,
  boxBetweenCommas,
  boxes,
  boxesByCountry,
  boxesByNumber,
  shortNumbersByCountry,
} from './box-names.ts';
import { lockers, lockersByNumber, posteRestante, posteRestanteByCountry } from './pickup-names.ts';

/** Case, accents, full-width forms and kinds of dashes do not change what is meant. */
export const fold = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/ł/g, 'l')
    .replace(/ı/g, 'i');

const names = (lists: Readonly<Record<string, string>>): readonly string[] =>
  Object.values(lists).flatMap((list) => list.split(', '));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

const gap = String.raw`[ \t.\-"'\u05f3\u05f4]{0,3}`;
/** Scripts that set no spaces between words, in which a name needs no bounds. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const notInWord = String.raw`(?<![\p{L}\p{N}])`;
/** "Calle del Apartado 5" is a street. */
const notInStreet = String.raw`(?<!(?<!\p{L})(?:calle|rua|rue|via|viale|avenida|avenue|av|jalan|ul|ulica|ulice)\.? (?:(?:de|del|de la|la|el|du|des|da|do|della) )?)`;
const numberSign = String.raw`(?:(?:no|nr|n|num|numero|number|c|st|br|ap)\b[ .:°º]*|[#№:°º]+ *)?`;
/** "12", "No. 12", "X12", "GP 1234", "N-1234". */
const number = String.raw`${gap}${numberSign}(?!(?:rd|ln|dr|ave|way|ct)\b)(?:\p{L}{1,3}[ .\-]?)?\d`;
const bareNumber = String.raw`(?!\p{L})${gap}${numberSign}\d`;
const end = String.raw`[.:]?[ \t]*(?=$|[\n,;)])`;

const sourceOf = (name: string): string =>
  name
    .split(' ')
    .map((word) => escaped(fold(word)))
    .join(gap);

/** The longest names first: an alternation takes the first that fits. */
function oneOf(all: readonly string[], after: string): string {
  const sources = (isUnspaced: boolean): string =>
    [...new Set(all.filter((name) => unspaced.test(name) === isUnspaced).map(sourceOf))]
      .toSorted((one, other) => other.length - one.length)
      .join('|');
  const [spacedNames, unspacedNames] = [sources(false), sources(true)];
  const bounded = `${notInWord}(?:${spacedNames})${after}`;
  return unspacedNames === '' ? bounded : `(?:${bounded}|${unspacedNames})`;
}

const wholeWord = String.raw`(?!\p{L})`;
const byNumber = String.raw`${wholeWord}(?:${number}|${end})`;
const lockerSources = [oneOf(names(lockers), wholeWord), oneOf(names(lockersByNumber), bareNumber)];
const boxSources = [
  oneOf([...names(boxes), ...names(posteRestante)], wholeWord),
  `${notInStreet}${oneOf(names(boxesByNumber), byNumber)}`,
];

const namesIn = (country: string, table: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(table).flatMap(([name, countries]) => (countries.split(' ').includes(country) ? [name] : []));

/** "Box 12" without more; on a rural route it is the recipient's own, at the road. */
const ruralRoute = String.raw`(?<!(?<!\p{L})(?:rr|site|comp|psc|unit|cmr)[ .]*\d.*)`;
function plainBox(country: string): string {
  if (boxAnywhere.includes(country)) return String.raw`${notInWord}box${gap}${numberSign}\d`;
  const start = boxBetweenCommas.includes(country) ? String.raw`(?:^|[\n,;])[ \t]*` : String.raw`^[ \t]*`;
  return String.raw`${ruralRoute}${start}box${gap}${numberSign}\d`;
}

/** In France a CEDEX is where an organization has its mail collected: with a street it is an address, alone it is none. */
const cedexAlone = String.raw`^(?:\d{5} )?[\p{L} '’.\-]*(?<!\p{L})cedex(?: *\d{1,2})?$`;

function sourcesFor(country: string): readonly string[] {
  // The US post delivers to boxes and keeps parcels for pick-up; a locker takes those of its own carrier alone.
  if (country === 'US') return lockerSources;
  const initials = namesIn(country, boxesByCountry);
  const shortNumbers = namesIn(country, shortNumbersByCountry);
  const pickups = namesIn(country, posteRestanteByCountry);
  return [
    ...lockerSources,
    ...boxSources,
    plainBox(country),
    ...(initials.length === 0 ? [] : [oneOf(initials, bareNumber)]),
    ...(shortNumbers.length === 0 ? [] : [oneOf(shortNumbers, String.raw`${gap}${numberSign}\d{1,4}(?!\d)`)]),
    ...(pickups.length === 0 ? [] : [oneOf(pickups, wholeWord)]),
    ...(country === 'FR' ? [cedexAlone] : []),
  ];
}

const expressions = new Map<string, RegExp>();

function expressionFor(country: string): RegExp {
  const known = expressions.get(country);
  if (known !== undefined) return known;
  const made = new RegExp(sourcesFor(country).join('|'), 'u');
  expressions.set(country, made);
  return made;
}

/**
 * Where a post office box, a parcel locker or poste restante begins in a text; null where there is none. Couriers need a
 * recipient; a box works in the US alone. Source: YubiEnterprise delivery, "Best Practices and Troubleshooting".
 */
export function findBox(text: string, { countryCode }: RuleContext): number | null {
  if (countryCode === null) return null;
  return expressionFor(countryCode).exec(fold(text))?.index ?? null;
}

export const isUnreachableBox = (text: string, context: RuleContext): boolean => findBox(text, context) !== null;
