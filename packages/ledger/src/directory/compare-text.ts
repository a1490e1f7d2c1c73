import type { CompareOperator } from '@keycourier/scim-protocol/filter/filter';
import { sql, type RawBuilder } from 'kysely';

/** A comparison of a column of text that is stored as it is compared; null where `operand` is no text. */
export function compareText(
  column: RawBuilder<unknown>,
  operator: CompareOperator,
  operand: string | number | boolean | null,
): RawBuilder<boolean> {
  const text = sql`${String(operand)}::text`;
  switch (operator) {
    case 'eq':
      return sql<boolean>`(${column} = ${text})`;
    case 'ne':
      return sql<boolean>`(${column} is distinct from ${text})`;
    case 'co':
      return sql<boolean>`(strpos(${column}, ${text}) > 0)`;
    case 'sw':
      return sql<boolean>`starts_with(${column}, ${text})`;
    case 'ew':
      return sql<boolean>`(right(${column}, length(${text})) = ${text})`;
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return sql<boolean>`(${column} collate "C" ${order[operator]} ${text})`;
  }
}

/** A comparison of a time; the filter's parser has made sure that `operand` is one. */
export function compareTime(
  column: RawBuilder<unknown>,
  operator: CompareOperator,
  operand: string | number | boolean | null,
): RawBuilder<boolean> | null {
  const symbol = operator === 'eq' ? sql`=` : operator === 'ne' ? sql`<>` : isOrder(operator) ? order[operator] : null;
  const time = new Date(String(operand));
  if (symbol === null || Number.isNaN(time.getTime())) return null;
  return sql<boolean>`(${column} ${symbol} ${time}::timestamptz)`;
}

const order = { gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;

const isOrder = (operator: CompareOperator): operator is keyof typeof order => Object.hasOwn(order, operator);
