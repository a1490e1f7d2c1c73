import type { PatchPath } from '../filter/parse-filter.ts';
import { parsePath } from '../filter/parse-filter.ts';
import type { JsonValue } from '../json.ts';
import type { Ignored } from '../resources/ignored.ts';
import { namedValues, requireObject } from '../resources/named-values.ts';
import type { ResourceTypeName } from '../schemas/attribute.ts';
import { findReference } from '../schemas/find-reference.ts';
import { resourceTypes } from '../schemas/schemas.ts';
import { badRequest } from '../scim-error.ts';
import type { RawOperation } from './read-operations.ts';

/** One path and its value. */
export interface Target {
  op: RawOperation['op'];
  path: PatchPath;
  value: JsonValue | undefined;
}

/**
 * What an operation is about, path by path. Without a path, and for an extension as a whole, the names of its value are the
 * paths: attributes, and as Entra writes them also `name.givenName`, full URNs and value filters. Of these, what no schema
 * has and what is readOnly is ignored, as in a resource: clients send back `id` and `schemas`. A path of its own is meant.
 * @throws ScimError `invalidPath`, `mutability`, `invalidValue`
 */
export function targetsOf(operation: RawOperation, resourceType: ResourceTypeName, ignored: Ignored): Target[] {
  const { op, path, value } = operation;
  if (path === null) return membersAsTargets({ op, path: '', value }, resourceType, ignored);
  const urn = mergedUrn(path, resourceType);
  if (urn !== null) return membersAsTargets({ op, path: `${urn}:`, value }, resourceType, ignored);
  const parsed = parsePath(path, resourceType);
  if (parsed.reference.attribute === null && op !== 'remove')
    return membersAsTargets({ op, path: `${parsed.reference.key}:`, value }, resourceType, ignored);
  if (isReadOnly(parsed))
    throw badRequest(
      'mutability',
      `${parsed.reference.key} is readOnly and cannot be changed: take it out of the attribute mapping.`,
    );
  return [{ op, path: parsed, value }];
}

interface Prefixed extends RawOperation {
  /** Before each name. */
  path: string;
}

function membersAsTargets({ op, path, value }: Prefixed, resourceType: ResourceTypeName, ignored: Ignored): Target[] {
  if (op === 'remove')
    throw badRequest(
      'noTarget',
      'A remove operation needs the path of one attribute, not of a whole schema: remove its attributes one by one.',
    );
  const object = requireObject(value, 'The value of an operation without a path to one attribute');
  return namedValues(object, resourceType).flatMap(([name, part]): Target[] => {
    const parsed = pathOfMember(`${path}${name}`, resourceType);
    if (parsed !== null && !isReadOnly(parsed) && parsed.reference.attribute !== null)
      return [{ op, path: parsed, value: part }];
    if (parsed === null) ignored.add(name);
    return [];
  });
}

/** Null for the name of nothing; what has brackets is meant as a path, and has to be one. */
function pathOfMember(name: string, resourceType: ResourceTypeName): PatchPath | null {
  if (name.includes('[')) return parsePath(name, resourceType);
  const reference = findReference(name, resourceType);
  return reference === null ? null : { reference, filter: null };
}

const mergedUrn = (path: string, resourceType: ResourceTypeName): string | null =>
  resourceTypes[resourceType].merged.find(({ id }) => id.toLowerCase() === path.trim().toLowerCase())?.id ?? null;

const isReadOnly = ({ reference: { attribute, sub } }: PatchPath): boolean =>
  attribute?.mutability === 'readOnly' || sub?.mutability === 'readOnly';
