import { comparable, isList, isObject, type ReadStored } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import type { AttributeReference, ResourceTypeName } from '../schemas/attribute.ts';
import { findReference } from '../schemas/find-reference.ts';
import { badRequest } from '../scim-error.ts';

export type SortOrder = 'ascending' | 'descending';

interface Sorting {
  sortBy: AttributeReference | null;
  sortOrder: SortOrder;
}

/** @throws ScimError `invalidValue` for what cannot be sorted by */
export function readSortBy(
  sortBy: string | undefined,
  sortOrder: string | undefined,
  resourceType: ResourceTypeName,
): Sorting {
  const order = (sortOrder ?? 'ascending').toLowerCase();
  if (order !== 'ascending' && order !== 'descending')
    throw badRequest('invalidValue', 'sortOrder has to be "ascending" or "descending".');
  return { sortBy: sortBy === undefined ? null : sortable(sortBy, resourceType), sortOrder: order };
}

/** A complex attribute is sorted by its `value` (RFC 7644 §3.4.2.3). */
function sortable(name: string, resourceType: ResourceTypeName): AttributeReference {
  const named = findReference(name, resourceType);
  if (named === null)
    throw badRequest('invalidValue', `sortBy has to be an attribute of a ${resourceType} that /Schemas lists.`);
  const isComplex = named.sub === null && (named.attribute === null || named.attribute.type === 'complex');
  const reference = isComplex ? findReference(`${named.key}.value`, resourceType) : named;
  if (reference === null || named.attribute?.returned === 'never')
    throw badRequest(
      'invalidValue',
      `sortBy cannot be ${named.key}: sort by another attribute, or by a sub-attribute of it.`,
    );
  return reference;
}

/** What resources are ordered by; null where they have no value. Of several values it is the primary one, else the first. */
export type SortKey = string | number | boolean | null;

export function sortKeyOf(reference: AttributeReference, read: ReadStored): SortKey {
  const { stored, attribute, sub } = reference;
  if (attribute === null) return null;
  const value = stored.includes(':') ? partOf(read(reference), attribute.name) : read(reference);
  const one = isList(value ?? null) ? chosenOf(value ?? null) : value;
  const leaf = sub === null ? one : partOf(one, sub.name);
  return leaf === undefined || leaf === '' ? null : comparable(sub ?? attribute, leaf);
}

const partOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

function chosenOf(values: JsonValue): JsonValue | undefined {
  if (!isList(values)) return undefined;
  return values.find((value) => isObject(value) && value['primary'] === true) ?? values[0];
}

/** Resources without a value are last in ascending order and first in descending order (RFC 7644 §3.4.2.3). */
export function compareSortKeys(one: SortKey, other: SortKey, order: SortOrder): number {
  const ascending = compareAscending(one, other);
  return order === 'ascending' ? ascending : -ascending;
}

function compareAscending(one: SortKey, other: SortKey): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}
