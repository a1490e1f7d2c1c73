import { isList } from '@keycourier/scim-protocol/filter/evaluate';
import { foldCase } from '@keycourier/scim-protocol/fold-case';
import type { JsonValue } from '@keycourier/scim-protocol/json';

import type { Sealing } from '../sealing.ts';

/** What people are looked up by without being stored in clear: keyed hashes, other ones in each tenant. */
const keyed = (sealing: Sealing, ...parts: readonly string[]): string =>
  sealing.blindIndex(['directory', ...parts].join('\n'));

export const userNameIndex = (sealing: Sealing, tenant: string, userName: string): string =>
  keyed(sealing, 'user name', tenant, foldCase(userName));

/** Of the part before the @; of the whole where there is none. */
export const localPartIndex = (sealing: Sealing, tenant: string, userName: string): string =>
  keyed(sealing, 'local part', tenant, foldCase(userName).split('@', 1)[0] ?? '');

/** Compared exactly, and within one connection only (RFC 7643 §3.1). */
export const externalIdIndex = (sealing: Sealing, connectionId: string, externalId: string): string =>
  keyed(sealing, 'external id', connectionId, externalId);

/** Of a person's value of an attribute, wherever its sub-attributes and values stand; reveals nothing of other people's. */
export const digestOf = (sealing: Sealing, { personId, name, value }: DigestedValue): string =>
  keyed(sealing, 'digest', personId, name, JSON.stringify(inOneOrder(value)));

interface DigestedValue {
  personId: string;
  name: string;
  value: JsonValue;
}

function inOneOrder(value: JsonValue): JsonValue {
  if (isList(value)) {
    const texts = value.map((one) => JSON.stringify(inOneOrder(one)));
    return texts.sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]): [string, JsonValue] => [name, inOneOrder(inner)]);
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** 96 bits: no other value of a tenant has the same. */
const tokenLength = 16;

export const tokenOf = (
  sealing: Sealing,
  tenant: string,
  { letter, value }: { letter: string; value: string },
): string => `${letter}${keyed(sealing, 'token', tenant, letter, value).slice(0, tokenLength)}`;
