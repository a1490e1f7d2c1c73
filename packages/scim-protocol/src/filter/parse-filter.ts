import type { AttributeReference, ResourceTypeName } from '../schemas/attribute.ts';
import type { ScimType } from '../scim-error.ts';
import type { Filter } from './filter.ts';
import { parseTree, readSyntaxError } from './grammar.ts';
import { checkFilterLimits } from './limits.ts';
import { refuse, requireComplex, resolveFilter, resolveName, resourceScope, valuesScope } from './resolve.ts';

/**
 * A filter of a query or a search (RFC 7644 §3.4.2.2), resolved: names are references, operators fit them, times are in UTC.
 * `eq null` is `not` present; a value filter of an attribute with one value is the filter within the brackets.
 * @throws ScimError `invalidFilter`, with the position and what is expected there, and never a value
 */
export function parseFilter(text: string, resourceType: ResourceTypeName): Filter {
  const scimType = 'invalidFilter';
  checkFilterLimits(text, scimType);
  const tree = readTree(() => parseTree(text, 'Filter'), scimType);
  return resolveFilter(tree, resourceScope(resourceType, scimType), resourceType);
}

/** Where a PATCH operation applies: `reference` may be a sub-attribute of the values that `filter` chooses. */
export interface PatchPath {
  reference: AttributeReference;
  filter: Filter | null;
}

/** A path of a PATCH (RFC 7644 §3.5.2). @throws ScimError `invalidPath`; also for a filter within it that is none */
export function parsePath(text: string, resourceType: ResourceTypeName): PatchPath {
  const scimType = 'invalidPath';
  checkFilterLimits(text, scimType);
  const { name, offset, filter, sub } = readTree(() => parseTree(text, 'Path'), scimType);
  const scope = resourceScope(resourceType, scimType);
  const reference = resolvePathName({ name, offset }, resourceType);
  if (filter === null) return { reference, filter };
  const inner = valuesScope(requireComplex(reference, offset, scope), resourceType, scimType);
  if (reference.attribute?.multiValued !== true)
    throw refuse(scope, offset, `${reference.key} has only one value, so leave the brackets out`);
  return {
    reference: sub === null ? reference : resolveName({ name: sub, offset }, inner),
    filter: resolveFilter(filter, inner, resourceType),
  };
}

/** Unlike a filter, a path may name a password: a client may set it. */
function resolvePathName(named: { name: string; offset: number }, resourceType: ResourceTypeName): AttributeReference {
  const scope = resourceScope(resourceType, 'invalidPath');
  const reference = scope.find(named.name);
  return reference?.attribute?.returned === 'never' ? reference : resolveName(named, scope);
}

const alternatives = new Intl.ListFormat('en', { type: 'disjunction' });

function readTree<Tree>(parse: () => Tree, scimType: ScimType): Tree {
  try {
    return parse();
  } catch (error) {
    const syntax = readSyntaxError(error);
    if (syntax === null) throw error;
    throw refuse({ scimType }, syntax.offset, `expected ${alternatives.format(syntax.expected)}`);
  }
}
