import type { SourcedProfile } from '@keycourier/journey/model/profile';

import { fail, type Rule } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';
import { postalNames } from './state-names.ts';

/** Source: USPS Publication 28, "Military Addresses". ISO 3166-2 has no codes for these, so no library lists them. */
const postOffices = ['APO', 'FPO', 'DPO'] as const;
export const militaryStates = ['AA', 'AE', 'AP'] as const;

const militaryNames = militaryStates.flatMap((code) => [code, `US-${code}`, ...(postalNames.US[code] ?? [])]);

/** Whether this is a US military post: APO, FPO or DPO as the city, and AA, AE or AP, or its name, as the state. */
export const isMilitaryPost = ({ city, state }: SourcedProfile): boolean =>
  isOneOf(postOffices, city?.value ?? '') && isOneOf(militaryNames, state?.value ?? '');

const isOneOf = (codes: readonly string[], value: string): boolean =>
  codes.some((code) => placeNameKey(code) === placeNameKey(value));

/** A military post is reached through the US, wherever it is: with the host country on the label the parcel goes astray. */
export const militaryPost: Rule = (field, { isMilitary }) =>
  isMilitary && field.value !== 'US' ? fail(field, 'military_post_abroad') : field;

/** "APO AE" and "FPO, AP 96691": the city of a military post with more than its name in it. */
const withMore = /^(APO|FPO|DPO)[ ,.-]+(?:AA|AE|AP)(?:[ ,.-]+\d{5}(?:-\d{4})?)?$/i;

/** The city of a military post is the post office's three letters alone: the rest belongs in other attributes. */
export const militaryCity: Rule = (field, { countryCode }) =>
  (countryCode === 'US' || countryCode === null) && withMore.test(field.value)
    ? fail(field, 'military_city_with_more')
    : field;

/** The three letters of such a city, else the city itself. */
export const militaryCityIn = (city: string): string => withMore.exec(city.trim())?.[1]?.toUpperCase() ?? city;
