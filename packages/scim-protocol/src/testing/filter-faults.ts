import type { Filter } from '../filter/filter.ts';

/** Whether any part of a filter, itself or within its terms, is of a kind. `isInside`: it stands in brackets. */
export function hasPart(filter: Filter, is: (part: Filter, isInside: boolean) => boolean, isInside = false): boolean {
  if (is(filter, isInside)) return true;
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.some((term) => hasPart(term, is, isInside));
    case 'not':
      return hasPart(filter.term, is, isInside);
    case 'values':
      return hasPart(filter.filter, is, true);
    case 'present':
    case 'compare':
      return false;
  }
}

const isMultiValued = (filter: Filter): boolean =>
  'reference' in filter && filter.reference.attribute?.multiValued === true;

/** Faults of scim2-parse-filter 0.2.10: terms in brackets may hold for different values, and an extension is none as a whole. */
export const isMisjudgedByParseFilter = (filter: Filter): boolean =>
  hasPart(
    filter,
    (part) =>
      (part.kind === 'values' && part.filter.kind !== 'compare') ||
      (part.kind === 'present' && part.reference.attribute === null),
  );

/**
 * Faults of scimmy 1.3.5: groups within groups, `not` within a group or of anything but one plain comparison, `pr` of an attribute
 * with several values, and extensions.
 */
export function isMisjudgedByScimmy(filter: Filter): boolean {
  const terms = filter.kind === 'and' || filter.kind === 'or' ? filter.terms : [filter];
  return (
    terms.some(({ kind }) => kind === 'and' || kind === 'or') ||
    hasPart(
      filter,
      (part, isInside) =>
        (part.kind === 'not' && (isInside || part.term.kind !== 'compare' || isMultiValued(part.term))) ||
        (part.kind === 'present' && isMultiValued(part)) ||
        ('reference' in part && part.reference.stored.includes(':')),
    )
  );
}
