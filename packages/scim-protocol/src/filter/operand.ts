import type { Attribute } from '../schemas/attribute.ts';
import { readDateTime } from '../schemas/date-time.ts';
import type { CompareOperator } from './filter.ts';

type Literal = string | number | boolean;

/** Why an operator, or a value, does not fit an attribute (RFC 7644 §3.4.2.2). It never has the value. */
export type Operand = { fits: true; value: Literal } | { fits: false; why: string };

const equality: readonly CompareOperator[] = ['eq', 'ne'];
const order: readonly CompareOperator[] = [...equality, 'gt', 'ge', 'lt', 'le'];
const all: readonly CompareOperator[] = [...order, 'co', 'sw', 'ew'];

const operatorsOf: Readonly<Record<Attribute['type'], readonly CompareOperator[]>> = {
  string: all,
  reference: all,
  boolean: equality,
  binary: equality,
  dateTime: order,
  decimal: order,
  integer: order,
  complex: [],
};

/** A boolean may be written as text, as Entra does; a time becomes ISO 8601 in UTC with milliseconds. */
export function readOperand({ type }: Attribute, operator: CompareOperator, value: Literal): Operand {
  const operators = operatorsOf[type];
  if (!operators.includes(operator))
    return { fits: false, why: `cannot be compared by ${operator}, only by ${operators.join(', ')} and pr` };
  switch (type) {
    case 'boolean':
      return fitting(readBoolean(value), 'has to be compared with true or false');
    case 'dateTime':
      return fitting(
        typeof value === 'string' ? readDateTime(value) : null,
        'has to be compared with a time in ISO 8601',
      );
    case 'decimal':
    case 'integer':
      return fitting(typeof value === 'number' ? value : null, 'has to be compared with a number');
    case 'string':
    case 'reference':
    case 'binary':
    case 'complex':
      return fitting(
        typeof value === 'string' && isStorable(value) ? value : null,
        'has to be compared with text in double quotes',
      );
  }
}

const fitting = (value: Literal | null, why: string): Operand =>
  value === null ? { fits: false, why } : { fits: true, value };

/** Null where it is none. Entra sends "True" and "False". */
export function readBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return null;
  const folded = value.toLowerCase();
  return folded === 'true' ? true : folded === 'false' ? false : null;
}

// oxlint-disable-next-line no-control-regex -- Postgres has no text with U+0000
const notStorable = /\u0000|\p{Surrogate}/u;

/** Whether a text has a form in UTF-8 and can be stored. */
export const isStorable = (text: string): boolean => !notStorable.test(text);
