import type { OverridableField } from '@keycourier/journey/model/shipment';

import type { Place } from '../reading.ts';
import { abbreviateName, abbreviateOrganization, abbreviateStreet, dropLegalForm } from './abbreviate.ts';
import { dropBox } from './drop-box.ts';
import { findPhoneNumber } from './find-phone-number.ts';
import { restoreZero } from './restore-zero.ts';
import { shortenGivenNames } from './shorten-given-names.ts';
import { tidy, tidyStreet } from './tidy.ts';
import { toAscii, toLatin } from './transliterate.ts';

/** Ways to write a value that lose something of it, the smallest loss first; none where this way does not apply. */
export type Loss = (value: string, place: Place) => readonly string[];

const text = [tidy, toLatin] as const;
const street = [tidyStreet, toLatin, dropBox] as const;
const throughTheUs: Loss = (value, { isMilitary }) => [isMilitary ? 'US' : value];

/** The chains of losses that are tried for each attribute, the one that keeps most of it first. */
const chains: Readonly<Record<OverridableField, readonly (readonly Loss[])[]>> = {
  firstName: [[...text], [...text, toAscii], [...text, shortenGivenNames], [...text, toAscii, shortenGivenNames]],
  lastName: [[...text], [...text, toAscii], [...text, abbreviateName], [...text, abbreviateName, toAscii]],
  primaryPhone: [[tidy], [tidy, findPhoneNumber]],
  organization: [
    [...text],
    [...text, abbreviateOrganization],
    [...text, toAscii],
    [...text, abbreviateOrganization, toAscii],
    [...text, dropLegalForm],
    [...text, dropLegalForm, abbreviateOrganization],
    [...text, dropLegalForm, toAscii],
    [...text, dropLegalForm, abbreviateOrganization, toAscii],
  ],
  streetAddress: [
    [...street],
    [...street, abbreviateStreet],
    [...street, toAscii],
    [...street, abbreviateStreet, toAscii],
  ],
  city: [[...text], [...text, toAscii]],
  state: [[...text], [...text, toAscii]],
  zipCode: [[tidy], [tidy, restoreZero]],
  countryCode: [[tidy], [throughTheUs]],
};

/** Values that may mend an attribute, the smallest loss first. Its own rules have yet to judge each of them. */
export function candidatesFor(field: OverridableField, given: string, place: Place): readonly string[] {
  if (given.length > longestMendable) return [];
  const candidates = chains[field].flatMap((losses) =>
    losses.reduce<readonly string[]>((values, loss) => values.flatMap((value) => loss(value, place)), [given]),
  );
  return [...new Set(candidates)];
}

/** Far above what any abbreviation brings down to a label's limits. */
const longestMendable = 400;
