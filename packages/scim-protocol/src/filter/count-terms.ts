import type { Filter } from './filter.ts';

/** How many tests a filter has. */
export function countTerms(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.reduce((sum, term) => sum + countTerms(term), 0);
    case 'not':
      return countTerms(filter.term);
    case 'values':
      return countTerms(filter.filter);
    case 'present':
    case 'compare':
      return 1;
  }
}
