import { isObject } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ResourceTypeName } from '../schemas/attribute.ts';
import { foldName } from '../schemas/find-reference.ts';
import { resourceTypes } from '../schemas/schemas.ts';
import { badRequest } from '../scim-error.ts';

/** @throws ScimError `invalidSyntax` */
export function requireObject(body: JsonValue | undefined, what: string): JsonObject {
  if (!isObject(body)) throw badRequest('invalidSyntax', `${what} has to be a JSON object.`);
  return body;
}

/**
 * The members of an object, those of an extension's object each under its full name. What a client says by an extension whose
 * attributes are returned in the core schema comes last: there, it may only send back what it got.
 */
export function namedValues(body: JsonObject, resourceType: ResourceTypeName): [name: string, value: JsonValue][] {
  const { extensions, merged } = resourceTypes[resourceType];
  const isMerged = (name: string): boolean => merged.some(({ id }) => foldName(name) === foldName(id));
  const entries = Object.entries(body);
  const ordered = [...entries.filter(([name]) => !isMerged(name)), ...entries.filter(([name]) => isMerged(name))];
  return ordered.flatMap(([name, value]): [string, JsonValue][] => {
    const extension = [...extensions, ...merged].find(({ id }) => foldName(id) === foldName(name));
    if (extension === undefined || !isObject(value)) return [[name, value]];
    return Object.entries(value).map(([inner, part]) => [`${extension.id}:${inner}`, part]);
  });
}
