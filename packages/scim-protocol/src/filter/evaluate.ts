import { foldCase } from '../fold-case.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Attribute, AttributeReference } from '../schemas/attribute.ts';
import { readDateTime } from '../schemas/date-time.ts';
import type { Filter } from './filter.ts';

/** The value of the stored attribute that `reference.stored` names, names spelled as the schemas do; undefined for none. */
export type ReadStored = (reference: AttributeReference) => JsonValue | undefined;

/**
 * Whether a resource fits a filter (RFC 7644 §3.4.2.2). Of several values one has to fit, but `ne` is the opposite of `eq`: no
 * value may be equal, and where there is none, it fits. Text without `caseExact` is compared folded.
 */
export const evaluate = (filter: Filter, read: ReadStored): boolean =>
  judge(
    filter,
    resourceOf((reference) => leaves(read(reference), stepsOf(reference))),
  );

/** Whether one value of a multi-valued attribute fits the filter within the brackets behind it. */
export const evaluateValue = (filter: Filter, value: JsonValue): boolean =>
  judge(
    filter,
    resourceOf(({ sub }) => leaves(value, sub === null ? [] : [sub])),
  );

interface Judged {
  leaves: (reference: AttributeReference) => JsonValue[];
  /** In the form in which they are compared; folded once, since a filter may name an attribute in a hundred terms. */
  comparables: (reference: AttributeReference, attribute: Attribute) => Scalar[];
}

function resourceOf(read: Judged['leaves']): Judged {
  const known = new Map<string, Scalar[]>();
  return {
    leaves: read,
    comparables: (reference, attribute) => {
      const found = known.get(reference.key) ?? read(reference).map((leaf) => comparable(attribute, leaf));
      known.set(reference.key, found);
      return found;
    },
  };
}

function judge(filter: Filter, judged: Judged): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.terms.every((term) => judge(term, judged));
    case 'or':
      return filter.terms.some((term) => judge(term, judged));
    case 'not':
      return !judge(filter.term, judged);
    case 'present':
      return judged.leaves(filter.reference).some(isPresent);
    case 'compare':
      return compares(filter, judged);
    case 'values':
      return judged.leaves(filter.reference).some((value) => evaluateValue(filter.filter, value));
  }
}

/** The attributes on the way to what a reference names, below what is stored: an extension is stored as one. */
const stepsOf = ({ stored, attribute, sub }: AttributeReference): Attribute[] =>
  [stored.includes(':') ? attribute : null, sub].filter((step) => step !== null);

/** All values that a reference leads to; null for an absent `primary`. */
function leaves(value: JsonValue | undefined, steps: readonly Attribute[]): JsonValue[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value.flatMap((element) => leaves(element, steps));
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  if (typeof value !== 'object') return [];
  const found = Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  return isPrimary(step) ? [found ?? null] : leaves(found, rest);
}

const isPrimary = ({ name, type }: Attribute): boolean => name === 'primary' && type === 'boolean';

export const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isPresent(value: JsonValue): boolean {
  if (value === null || value === '') return false;
  return typeof value !== 'object' || Object.values(value).some(isPresent);
}

type Comparison = Extract<Filter, { kind: 'compare' }>;

function compares({ reference, operator, value }: Comparison, judged: Judged): boolean {
  const attribute = reference.sub ?? reference.attribute;
  if (attribute === null || value === null) return false;
  const wanted = comparable(attribute, value);
  const values = judged.comparables(reference, attribute);
  if (operator === 'ne') return !values.includes(wanted);
  return values.some((leaf) => fits(operator, leaf, wanted));
}

type Scalar = string | number | boolean | null;

/** A value in the form in which it is equal to others; null for what cannot be compared. Without `primary` it is false (RFC 7643 §2.4). */
export function comparable(attribute: Attribute, value: JsonValue): Scalar {
  if (value === null) return isPrimary(attribute) ? false : null;
  if (typeof value === 'object') return null;
  if (typeof value !== 'string') return value;
  if (attribute.type === 'dateTime') return readDateTime(value);
  return attribute.caseExact ? value : foldCase(value);
}

function fits(operator: Exclude<Comparison['operator'], 'ne'>, found: Scalar, wanted: Scalar): boolean {
  if (operator === 'eq') return found === wanted;
  if (typeof found === 'number' && typeof wanted === 'number') return isOrdered(operator, found - wanted);
  if (typeof found !== 'string' || typeof wanted !== 'string') return false;
  if (operator === 'co') return found.includes(wanted);
  if (operator === 'sw') return found.startsWith(wanted);
  if (operator === 'ew') return found.endsWith(wanted);
  return isOrdered(operator, found < wanted ? -1 : found > wanted ? 1 : 0);
}

function isOrdered(operator: string, difference: number): boolean {
  if (operator === 'gt') return difference > 0;
  if (operator === 'ge') return difference >= 0;
  if (operator === 'lt') return difference < 0;
  return operator === 'le' && difference <= 0;
}
