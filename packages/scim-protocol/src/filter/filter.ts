import type { AttributeReference } from '../schemas/attribute.ts';

export const compareOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;

export type CompareOperator = (typeof compareOperators)[number];

/** A filter whose names are resolved and whose operators fit them (RFC 7644 §3.4.2.2). `and` and `or` have two terms or more. */
export type Filter =
  | { kind: 'and' | 'or'; terms: readonly Filter[] }
  | { kind: 'not'; term: Filter }
  | { kind: 'present'; reference: AttributeReference }
  | {
      kind: 'compare';
      reference: AttributeReference;
      operator: CompareOperator;
      value: string | number | boolean | null;
    }
  /** All terms hold for the same value of a multi-valued attribute; the references in `filter` are those of its sub-attributes. */
  | { kind: 'values'; reference: AttributeReference; filter: Filter };
