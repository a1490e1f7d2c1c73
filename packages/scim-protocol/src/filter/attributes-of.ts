import type { Filter } from './filter.ts';

/** The stored attributes that have to be read to judge a filter. */
export function attributesOf(filter: Filter): ReadonlySet<string> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return new Set(filter.terms.flatMap((term) => [...attributesOf(term)]));
    case 'not':
      return attributesOf(filter.term);
    case 'present':
    case 'compare':
    case 'values':
      return new Set([filter.reference.stored]);
  }
}
