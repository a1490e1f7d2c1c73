import type { SourcedProfile } from '@keycourier/journey/model/shipment';

import { placeNameKey } from '../place-name.ts';
import { fail, type Rule } from '../reading.ts';

/** Source: USPS Publication 28, "Military Addresses". ISO 3166-2 has no codes for these, so no library lists them. */
const postOffices = ['APO', 'FPO', 'DPO'] as const;
export const militaryStates = ['AA', 'AE', 'AP'] as const;

/** Whether this is a US military post: APO, FPO or DPO for a city, and AA, AE or AP for a state. */
export const isMilitaryPost = ({ city, state }: SourcedProfile): boolean =>
  isOneOf(postOffices, city?.value ?? '') && isOneOf(militaryStates, state?.value ?? '');

const isOneOf = (codes: readonly string[], value: string): boolean =>
  codes.some((code) => placeNameKey(code) === placeNameKey(value));

/** A military post is reached through the US, wherever it stands: with the host country on the label it goes astray. */
export const militaryPost: Rule = (reading, place) =>
  place.isMilitary && reading.value !== 'US' ? fail(reading, 'military_post_abroad') : reading;
