import fc from 'fast-check';

import type { CompareOperator, Filter } from '../filter/filter.ts';
import { isStorable } from '../filter/operand.ts';
import type { JsonObject } from '../json.ts';
import type { AttributeReference } from '../schemas/attribute.ts';
import { findReference } from '../schemas/find-reference.ts';

export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export function reference(name: string): AttributeReference {
  const found = findReference(name, 'User');
  if (found === null) throw new TypeError(`${name} is no attribute`);
  return found;
}

const words = ['alpha', 'beta', 'alphabet', 'b', 'work', 'home'] as const;
const word = fc.constantFrom(...words);
const moment = fc.constantFrom('2011-05-13T04:42:34.000Z', '2012-01-01T00:00:00.000Z', '2013-06-30T12:00:00.500Z');

// With the usual prototype, which the libraries that ours is compared with rely on.
const plain = { noNullPrototype: true } as const;
const email = fc.record(
  { value: word, type: fc.constantFrom('work', 'home', 'other'), primary: fc.constant(false) },
  plain,
);

const parts = {
  userName: word,
  userType: word,
  active: fc.boolean(),
  title: word,
  name: fc.record({ familyName: word, givenName: word }, plain),
  emails: fc.uniqueArray(email, { minLength: 1, maxLength: 3, selector: ({ value, type }) => `${value} ${type}` }),
  meta: fc.record({ lastModified: moment }, plain),
  [enterprise]: fc.record({ department: word, manager: fc.record({ value: word }, plain) }, plain),
};

/** Users of few words, so that filters often fit. */
export const users: fc.Arbitrary<JsonObject> = fc.record(parts, { ...plain, requiredKeys: ['userName', 'userType'] });

export const fullUsers: fc.Arbitrary<JsonObject> = fc.record(parts, plain);

export interface FilterOptions {
  /** Text to compare with. */
  text: fc.Arbitrary<string>;
  operators: readonly CompareOperator[];
  /** What `not` can be about: `any` term, or a comparison alone. */
  not: 'any' | 'comparison';
  depth: number;
}

const ofText = [
  'title',
  'name.familyName',
  'name.givenName',
  `${enterprise}:department`,
  `${enterprise}:manager.value`,
];

/** Filters as they are parsed. `ne` is used where an attribute has one value and always has it: other cases are compared by none. */
export function filters({ text, operators, not, depth }: FilterOptions): fc.Arbitrary<Filter> {
  const compare = (names: readonly string[], used: readonly CompareOperator[]): fc.Arbitrary<Filter> =>
    fc.record({
      kind: fc.constant('compare'),
      reference: fc.constantFrom(...names.map(reference)),
      operator: fc.constantFrom(...used),
      value: text,
    });
  const many = operators.filter((operator) => operator !== 'ne');
  const leaf = fc.oneof(
    compare([...ofText, 'emails.value', 'emails.type'], many),
    compare(['userName', 'userType'], operators),
    fc.record({
      kind: fc.constant('compare'),
      reference: fc.constant(reference('active')),
      operator: fc.constant('eq'),
      value: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('compare'),
      reference: fc.constant(reference('meta.lastModified')),
      operator: fc.constantFrom('gt', 'ge', 'lt', 'le', 'eq'),
      value: moment,
    }),
    fc.record({
      kind: fc.constant('present'),
      reference: fc.constantFrom(...['title', 'emails', enterprise].map(reference)),
    }),
  );
  const inBrackets = nested(compare(['emails.value', 'emails.type'], operators), not, Math.min(depth, 1));
  const values = fc.record({
    kind: fc.constant('values'),
    reference: fc.constant(reference('emails')),
    filter: inBrackets,
  });
  return nested(fc.oneof({ arbitrary: leaf, weight: 4 }, { arbitrary: values, weight: 1 }), not, depth);
}

function nested(leaf: fc.Arbitrary<Filter>, not: FilterOptions['not'], depth: number): fc.Arbitrary<Filter> {
  const negated = fc.record({ kind: fc.constant('not'), term: leaf });
  if (depth === 0) return fc.oneof({ arbitrary: leaf, weight: 4 }, { arbitrary: negated, weight: 1 });
  const inner = nested(leaf, not, depth - 1);
  const several = fc.record({
    kind: fc.constantFrom('and', 'or'),
    terms: fc.array(inner, { minLength: 2, maxLength: 3 }),
  });
  return fc.oneof(leaf, several, not === 'any' ? fc.record({ kind: fc.constant('not'), term: inner }) : negated);
}

export const plainWords: fc.Arbitrary<string> = word;

/** Text of all that a filter can have in quotes. */
export const anyText: fc.Arbitrary<string> = fc.string({ unit: 'binary', maxLength: 12 }).filter(isStorable);
