import type { Filter } from '../filter/filter.ts';
import type { JsonObject } from '../json.ts';

/** The value that a filter describes: of `type eq "work" and primary eq true` both. Null for one that leaves a choice. */
export function valueOfFilter(filter: Filter): JsonObject | null {
  if (filter.kind === 'and') {
    const parts = filter.terms.map(valueOfFilter);
    return parts.includes(null) ? null : Object.assign({}, ...parts);
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.reference.sub === null) return null;
  return { [filter.reference.sub.name]: filter.value };
}
