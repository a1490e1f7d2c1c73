import type { SourcedProfile } from '@keycourier/journey/model/profile';

import { fail, type Rule } from '../field-state.ts';
import { placeNameKey } from '../place-name.ts';

/** Source: USPS Publication 28, "Military Addresses". ISO 3166-2 has no codes for these, so no library lists them. */
const postOffices = ['APO', 'FPO', 'DPO'] as const;
export const militaryStates = ['AA', 'AE', 'AP'] as const;

/** Whether this is a US military post: APO, FPO or DPO as the city, and AA, AE or AP as the state. */
export const isMilitaryPost = ({ city, state }: SourcedProfile): boolean =>
  isOneOf(postOffices, city?.value ?? '') && isOneOf(militaryStates, state?.value ?? '');

const isOneOf = (codes: readonly string[], value: string): boolean =>
  codes.some((code) => placeNameKey(code) === placeNameKey(value));

/** A military post is reached through the US, wherever it is: with the host country on the label the parcel goes astray. */
export const militaryPost: Rule = (field, { isMilitary }) =>
  isMilitary && field.value !== 'US' ? fail(field, 'military_post_abroad') : field;
