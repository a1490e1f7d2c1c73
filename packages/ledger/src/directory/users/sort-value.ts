import { comparable, isList, isObject } from '@keycourier/scim-protocol/filter/evaluate';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import type { AttributeReference } from '@keycourier/scim-protocol/schemas/attribute';

export type SortValue = string | number | boolean | null;

/** What a resource is sorted by: of several values the primary one, else the first (RFC 7644 §3.4.2.3). Null for none. */
export function sortValueOf({ stored, attribute, sub }: AttributeReference, value: JsonValue | undefined): SortValue {
  if (value === undefined || attribute === null) return null;
  const whole = stored.includes(':') ? memberOf(value, attribute.name) : value;
  const one = whole !== undefined && isList(whole) ? primaryOf(whole) : whole;
  const named = sub ?? attribute.subAttributes?.find(({ name }) => name === 'value') ?? null;
  const leaf = named === null ? one : memberOf(one, named.name);
  return leaf === undefined ? null : comparable(named ?? attribute, leaf);
}

const primaryOf = (values: readonly JsonValue[]): JsonValue | undefined =>
  values.find((value) => isObject(value) && value['primary'] === true) ?? values[0];

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

export interface Sorted {
  id: string;
  value: SortValue;
}

/** Missing values last in ascending order, first in descending; the same ones by id, so that pages never overlap. */
export const bySortValue =
  (isDescending: boolean) =>
  (one: Sorted, other: Sorted): number => {
    const order = compareValues(one.value, other.value);
    if (order !== 0) return isDescending ? -order : order;
    return one.id < other.id ? -1 : 1;
  };

function compareValues(one: SortValue, other: SortValue): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}
