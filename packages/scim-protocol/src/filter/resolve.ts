import type { AttributeReference, ResourceTypeName } from '../schemas/attribute.ts';
import { findReference } from '../schemas/find-reference.ts';
import { badRequest, type ScimError, type ScimType } from '../scim-error.ts';
import type { Filter } from './filter.ts';
import type { FilterTree, TestTree } from './grammar.ts';
import { readOperand } from './operand.ts';

/** What resolves the names of a filter: a resource type, or within brackets the attribute before them. */
interface Scope {
  find: (name: string) => AttributeReference | null;
  /** Whose attributes they are, for an administrator. */
  of: string;
  scimType: ScimType;
}

export const resourceScope = (resourceType: ResourceTypeName, scimType: ScimType): Scope => ({
  find: (name) => findReference(name, resourceType),
  of: `a ${resourceType}`,
  scimType,
});

/** The sub-attributes of a complex attribute. */
export const valuesScope = (outer: AttributeReference, resourceType: ResourceTypeName, scimType: ScimType): Scope => ({
  find: (name) => (/[.:]/.test(name) ? null : findReference(`${outer.key}.${name}`, resourceType)),
  of: outer.key,
  scimType,
});

/** @throws ScimError where a name is unknown, or an operator or a value does not fit it */
export function resolveFilter(tree: FilterTree, scope: Scope, resourceType: ResourceTypeName): Filter {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return { kind: tree.kind, terms: tree.terms.map((term) => resolveFilter(term, scope, resourceType)) };
    case 'not':
      return { kind: 'not', term: resolveFilter(tree.term, scope, resourceType) };
    case 'test':
      return resolveTest(resolveName(tree, scope), tree.test, scope);
    case 'values':
      return resolveValues(tree, scope, resourceType);
  }
}

type ValuesTree = Extract<FilterTree, { kind: 'values' }>;

function resolveValues(tree: ValuesTree, scope: Scope, resourceType: ResourceTypeName): Filter {
  const reference = resolveName(tree, scope);
  const inner = valuesScope(requireComplex(reference, tree.offset, scope), resourceType, scope.scimType);
  const terms = [resolveFilter(tree.filter, inner, resourceType)];
  if (tree.tail !== null)
    terms.push(resolveTest(resolveName({ name: tree.tail.name, offset: tree.offset }, inner), tree.tail.test, inner));
  const filter: Filter = terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind: 'and', terms };
  // A complex attribute with one value needs no brackets.
  return reference.attribute?.multiValued === true ? { kind: 'values', reference, filter } : filter;
}

export function requireComplex(reference: AttributeReference, offset: number, scope: Scope): AttributeReference {
  if (reference.attribute?.type === 'complex' && reference.sub === null) return reference;
  throw refuse(scope, offset, `${reference.key} has no sub-attributes, so leave the brackets out`);
}

/** `emails co "x"` is about `emails.value` (RFC 7644 §3.4.2.2). */
function resolveTest(named: AttributeReference, test: TestTree, scope: Scope): Filter {
  if (test.operator === 'pr') return { kind: 'present', reference: named };
  const reference = valueOf(named, scope);
  const attribute = reference?.sub ?? reference?.attribute;
  if (reference === null || attribute === null || attribute === undefined)
    throw refuse(scope, test.offset, `${named.key} has to be compared by one of its sub-attributes`);
  const { operator, value } = test;
  if (value === null) return resolveNull(reference, test, scope);
  const operand = readOperand(attribute, operator, value);
  if (!operand.fits) throw refuse(scope, test.offset, `${reference.key} ${operand.why}`);
  return { kind: 'compare', reference, operator, value: operand.value };
}

/** No value, null and an empty list are one state (RFC 7643 §2.5). */
function resolveNull(reference: AttributeReference, { operator, offset }: TestTree, scope: Scope): Filter {
  const present: Filter = { kind: 'present', reference };
  if (operator === 'ne') return present;
  if (operator === 'eq') return { kind: 'not', term: present };
  throw refuse(scope, offset, `${reference.key} can be compared with null only by eq and ne`);
}

function valueOf(reference: AttributeReference, scope: Scope): AttributeReference | null {
  if (reference.sub !== null || reference.attribute?.type !== 'complex') return reference;
  const value = reference.attribute.subAttributes?.find(({ name }) => name === 'value');
  if (value === undefined) return null;
  return scope.find(`${reference.key}.value`) ?? { ...reference, key: `${reference.key}.value`, sub: value };
}

/** A password can be neither read nor guessed, bit by bit, by filters (RFC 7643 §4.1.1 and §7: returned never). */
export function resolveName({ name, offset }: { name: string; offset: number }, scope: Scope): AttributeReference {
  const reference = scope.find(name);
  if (reference === null) throw refuse(scope, offset, `${scope.of} has no attribute ${shownName(name)} (see /Schemas)`);
  if (reference.attribute?.returned === 'never')
    throw refuse(scope, offset, `${reference.key} cannot be read or compared`);
  return reference;
}

/** The grammar lets names have letters, digits and a few signs only, and a client's mapping has them: they are no one's data. */
const shownName = (name: string): string => (name.length <= 120 ? `"${name}"` : 'of this name');

const nouns: Partial<Record<ScimType, string>> = { invalidFilter: 'filter', invalidPath: 'path' };

export const refuse = ({ scimType }: Pick<Scope, 'scimType'>, offset: number, why: string): ScimError =>
  badRequest(scimType, `The ${nouns[scimType] ?? 'filter'} is not valid at character ${offset + 1}: ${why}.`);
