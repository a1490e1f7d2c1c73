import { isList, isObject } from '@keycourier/scim-protocol/filter/evaluate';
import { foldCase } from '@keycourier/scim-protocol/fold-case';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { enterpriseUrn } from '@keycourier/scim-protocol/schemas/schemas';

import type { Sealing } from '../../sealing.ts';
import { tokenOf } from '../keyed.ts';

/** The longest beginning of a user name that has a token; a longer one is found by this much of it. */
export const longestPrefix = 8;

interface LookedUp {
  /** The attribute's canonical key in a filter. */
  key: string;
  /** Kept in front of each token, so that those of one attribute can be replaced. */
  letter: string;
  stored: string;
  /** Null: the attribute itself is the value. */
  sub: string | null;
}

const prefixLetter = 'u';

/** What filters find by `eq` without unsealing anything. None of these is compared exactly. */
const lookedUp: readonly LookedUp[] = [
  { key: 'emails.value', letter: 'e', stored: 'emails', sub: 'value' },
  { key: 'phoneNumbers.value', letter: 'p', stored: 'phoneNumbers', sub: 'value' },
  { key: 'aliases.value', letter: 'a', stored: 'aliases', sub: 'value' },
  { key: 'displayName', letter: 'd', stored: 'displayName', sub: null },
  { key: 'name.familyName', letter: 'f', stored: 'name', sub: 'familyName' },
  { key: `${enterpriseUrn}:employeeNumber`, letter: 'n', stored: enterpriseUrn, sub: 'employeeNumber' },
];

interface Keys {
  sealing: Sealing;
  tenant: string;
}

/** The tokens of one stored attribute. */
export function tokensOf({ sealing, tenant }: Keys, stored: string, value: JsonValue): string[] {
  if (stored === 'userName') return typeof value === 'string' ? prefixTokens({ sealing, tenant }, value) : [];
  return lookedUp
    .filter((one) => one.stored === stored)
    .flatMap(({ letter, sub }) =>
      textsOf(value, sub).map((text) => tokenOf(sealing, tenant, { letter, value: foldCase(text) })),
    );
}

/** The letters that begin the tokens of these attributes. */
export const lettersOf = (stored: Iterable<string>): string[] =>
  [...stored].flatMap((name) =>
    name === 'userName' ? [prefixLetter] : lookedUp.filter((one) => one.stored === name).map(({ letter }) => letter),
  );

/** The token that a person with this value has; null where the attribute has no tokens. */
export function tokenFor({ sealing, tenant }: Keys, key: string, value: string): string | null {
  const found = lookedUp.find((one) => one.key === key);
  return found === undefined ? null : tokenOf(sealing, tenant, { letter: found.letter, value: foldCase(value) });
}

/** The token of everyone whose user name begins so, and whether it says all; null for an empty beginning. */
export function prefixToken({ sealing, tenant }: Keys, prefix: string): { token: string; isWhole: boolean } | null {
  const letters = Array.from(foldCase(prefix));
  if (letters.length === 0) return null;
  const value = letters.slice(0, longestPrefix).join('');
  return { token: tokenOf(sealing, tenant, { letter: prefixLetter, value }), isWhole: letters.length <= longestPrefix };
}

function prefixTokens({ sealing, tenant }: Keys, userName: string): string[] {
  const letters = Array.from(foldCase(userName)).slice(0, longestPrefix);
  return letters.map((_, index) =>
    tokenOf(sealing, tenant, { letter: prefixLetter, value: letters.slice(0, index + 1).join('') }),
  );
}

function textsOf(value: JsonValue, sub: string | null): string[] {
  if (isList(value)) return [...new Set(value.flatMap((one) => textsOf(one, sub)))];
  const inner = sub !== null && isObject(value) ? value[sub] : value;
  return typeof inner === 'string' ? [inner] : [];
}
