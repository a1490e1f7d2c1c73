import { isDeepStrictEqual } from 'node:util';

import { overridableFields, profileParts } from '@keycourier/journey/model/profile';
import type { MappingRow } from '@keycourier/ledger/directory/connections/connection';
import type { DescribedProblem } from '@keycourier/messages/describe-problem';
import { parsePath } from '@keycourier/scim-protocol/filter/parse-filter';
import { checkPath } from '@keycourier/scim-protocol/mapping/check-path';

/** Why a table cannot be a connection's mapping, row by row; nothing of what was sent is in it. */
export function checkMapping(rows: readonly MappingRow[]): DescribedProblem[] {
  const single = rows.flatMap((row, index) => [...problemsOfPath(row, index), ...problemsOfTarget(row, index)]);
  return single.length > 0 ? single : problemsOfAddress(rows);
}

const invalid = (field: string, why: string): DescribedProblem => ({
  field,
  code: 'invalid',
  message: `\`${field}\` ${why}`,
});

function problemsOfPath({ path }: MappingRow, index: number): DescribedProblem[] {
  const why = checkPath(path);
  return why === null ? [] : [invalid(`mapping[${index}].path`, why)];
}

const fields: readonly string[] = overridableFields;
const pinAddresses: readonly string[] = ['email', 'secondEmail'];

function problemsOfTarget({ target }: MappingRow, index: number): DescribedProblem[] {
  if (target === null || fields.includes(target)) return [];
  const field = `mapping[${index}].target`;
  if (pinAddresses.includes(target))
    return [invalid(field, 'must not be an e-mail address: PINs go to the addresses that Okta itself has. Use null.')];
  return [invalid(field, `must be null or one of ${fields.map((name) => `\`${name}\``).join(', ')}.`)];
}

const addressFields: readonly string[] = profileParts.address;
const requiredOfAddress: readonly string[] = ['streetAddress', 'city', 'zipCode', 'countryCode'];

/** An address is one part of a profile: two halves of two addresses make none. */
function problemsOfAddress(rows: readonly MappingRow[]): DescribedProblem[] {
  const ofAddress = rows.filter(({ target }) => target !== null && addressFields.includes(target));
  if (ofAddress.length === 0) return [];
  const missing = requiredOfAddress.filter((field) => !ofAddress.some(({ target }) => target === field));
  if (missing.length > 0) {
    const names = missing.map((name) => `\`${name}\``).join(', ');
    return [invalid('mapping', `maps a part of the address alone: ${names} missing.`)];
  }
  const [first, ...others] = ofAddress.map(({ path }) => parsePath(path, 'User'));
  const isSame = others.every(
    ({ reference, filter }) => reference.stored === first?.reference.stored && isDeepStrictEqual(filter, first.filter),
  );
  return isSame ? [] : [invalid('mapping', 'takes the parts of the address from different addresses.')];
}
