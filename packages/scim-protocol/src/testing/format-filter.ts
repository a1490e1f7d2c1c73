import type { Filter } from '../filter/filter.ts';

/** A filter as text that reads as the same filter: nested terms are in parentheses, names within brackets are short. */
export function formatFilter(filter: Filter, prefix = ''): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.map((term) => formatTerm(term, prefix)).join(` ${filter.kind} `);
    case 'not':
      return `not (${formatFilter(filter.term, prefix)})`;
    case 'present':
      return `${filter.reference.key.slice(prefix.length)} pr`;
    case 'compare':
      return `${filter.reference.key.slice(prefix.length)} ${filter.operator} ${JSON.stringify(filter.value)}`;
    case 'values':
      return `${filter.reference.key}[${formatFilter(filter.filter, `${filter.reference.key}.`)}]`;
  }
}

const formatTerm = (term: Filter, prefix: string): string =>
  term.kind === 'and' || term.kind === 'or' ? `(${formatFilter(term, prefix)})` : formatFilter(term, prefix);
