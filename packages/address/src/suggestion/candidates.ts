import type { OverridableField } from '@keycourier/journey/model/profile';

import type { RuleContext } from '../field-state.ts';
import { abbreviateName, abbreviateOrganization, abbreviateStreet, dropLegalForm } from './abbreviate.ts';
import { dropBox } from './drop-box.ts';
import { shortenFirstNames, tidy, tidyStreet, type Loss } from './losses.ts';
import {
  appendExtension,
  dropAlternates,
  dropOldPrefix,
  findPhoneNumber,
  readAsLibrary,
  readLetters,
  undoDecimals,
} from './phone-losses.ts';
import { addPrefix, exchangeLookalikes, findCode, restoreZeros, undoSpreadsheet } from './postal-code-losses.ts';
import { militaryCityAlone, stateMeant, stateOfPostalCode } from './state-losses.ts';
import { toAscii, toLatin } from './transliterate.ts';

const text = [tidy, toLatin] as const;
// A box is looked for before and after its letters are transliterated.
const street = [tidyStreet, dropBox, toLatin, dropBox] as const;
const throughTheUs: Loss = (value, { isMilitary }) => [isMilitary ? 'US' : value];

/** The chains of losses to try for each attribute, the one that keeps most of the value first. */
const chains: Readonly<Record<OverridableField, readonly (readonly Loss[])[]>> = {
  firstName: [[...text], [...text, toAscii], [...text, shortenFirstNames], [...text, toAscii, shortenFirstNames]],
  lastName: [[...text], [...text, toAscii], [...text, abbreviateName], [...text, abbreviateName, toAscii]],
  primaryPhone: [
    [tidy],
    [tidy, undoDecimals],
    [tidy, undoDecimals, dropAlternates],
    [tidy, appendExtension],
    [tidy, undoDecimals, dropOldPrefix],
    [tidy, undoDecimals, readAsLibrary],
    [tidy, readLetters],
    [tidy, findPhoneNumber],
  ],
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
  city: [[...text], [...text, militaryCityAlone], [...text, toAscii]],
  state: [[...text], [...text, stateMeant], [stateOfPostalCode], [...text, toAscii]],
  zipCode: [
    [tidy],
    [tidy, undoSpreadsheet],
    [tidy, undoSpreadsheet, restoreZeros],
    [tidy, undoSpreadsheet, addPrefix],
    [tidy, findCode],
    [tidy, exchangeLookalikes],
    [tidy, findCode, exchangeLookalikes],
  ],
  countryCode: [[tidy], [throughTheUs]],
};

/** Replacements for a value that has problems, the smallest loss first. The attribute's rules have yet to judge each. */
export function candidatesFor(field: OverridableField, value: string, context: RuleContext): readonly string[] {
  if (value.length > longestRepairable) return [];
  const candidates = chains[field].flatMap((losses) =>
    losses.reduce<readonly string[]>((values, loss) => values.flatMap((one) => loss(one, context)), [value]),
  );
  return [...new Set(candidates)];
}

/** Far above what any abbreviation brings down to a label's limits. */
const longestRepairable = 400;
