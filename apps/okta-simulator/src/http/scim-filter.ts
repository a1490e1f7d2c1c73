import { parse, type Filter } from 'scim2-parse-filter';

import { OktaError, type OktaErrorCode } from './errors.ts';

/** Adds a value to the values of a query and returns its placeholder. */
export type Bind = (value: unknown) => string;

/** The SQL of an attribute; `around` wraps the condition in a subquery, for lists. */
export interface Column {
  sql: string;
  kind: 'text' | 'time';
  around?: (condition: string) => string;
}

export type Columns = (attribute: string, bind: Bind) => Column | undefined;

export function binder(values: unknown[]): Bind {
  return (value) => `$${values.push(value)}`;
}

const comparisons: Readonly<Record<string, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };

/**
 * Converts an expression of Okta's filter grammar (SCIM's) to a SQL condition.
 * @throws OktaError `refusal` if the text is not a filter or an attribute cannot be filtered on.
 */
export function filterToSql(
  text: string,
  { columns, bind, refusal }: { columns: Columns; bind: Bind; refusal: OktaErrorCode },
): string {
  const refuse = (reason: string, cause?: unknown): OktaError =>
    new OktaError(refusal, { causes: [`filter: ${reason}`], cause });

  const compare = (column: Column, op: string, value: boolean | null | number | string): string => {
    if (value === null) return op === 'eq' ? `${column.sql} is null` : `${column.sql} is not null`;
    const operator = comparisons[op];
    if (column.kind === 'time') {
      if (operator === undefined || Number.isNaN(Date.parse(String(value)))) throw refuse(`${op} ${String(value)}`);
      return `${column.sql} ${operator} ${bind(String(value))}::timestamptz`;
    }
    const placeholder = `lower(${bind(String(value))}::text)`;
    if (op === 'sw') return `starts_with(lower(${column.sql}), ${placeholder})`;
    if (op === 'co') return `strpos(lower(${column.sql}), ${placeholder}) > 0`;
    if (operator === undefined) throw refuse(`the operator ${op} is not supported`);
    return `lower(${column.sql}) ${operator} ${placeholder}`;
  };

  const toSql = (filter: Filter): string => {
    if ('filters' in filter) return `(${filter.filters.map(toSql).join(` ${filter.op} `)})`;
    if ('filter' in filter) return `(not ${toSql(filter.filter)})`;
    if ('valFilter' in filter) throw refuse('[ ] is not supported');
    const column = columns(filter.attrPath, bind);
    if (column === undefined) throw refuse(`the attribute ${filter.attrPath} cannot be filtered on`);
    const condition = filter.op === 'pr' ? `${column.sql} is not null` : compare(column, filter.op, filter.compValue);
    return column.around === undefined ? condition : column.around(condition);
  };

  let parsed: Filter;
  try {
    parsed = parse(text);
  } catch (cause) {
    throw refuse('the expression cannot be parsed', cause);
  }
  return toSql(parsed);
}
