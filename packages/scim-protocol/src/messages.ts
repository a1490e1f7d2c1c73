import { isList } from './filter/evaluate.ts';
import type { JsonValue } from './json.ts';
import { requireObject } from './resources/named-values.ts';
import { foldName } from './schemas/find-reference.ts';
import { badRequest } from './scim-error.ts';

/**
 * The members of a message by their folded names (RFC 7644 §3.1 and §3.10). Unlike a resource, a message has to say what it
 * is: it is an instruction. @throws ScimError `invalidSyntax`
 */
export function requireMessage(body: JsonValue | undefined, urn: string): ReadonlyMap<string, JsonValue> {
  const message = requireObject(body, 'The request body');
  const members = new Map(Object.entries(message).map(([name, value]) => [foldName(name), value]));
  const schemas = members.get('schemas') ?? null;
  const isNamed =
    isList(schemas) && schemas.some((name) => typeof name === 'string' && foldName(name) === foldName(urn));
  if (!isNamed) throw badRequest('invalidSyntax', `"schemas" of the request body has to name ${urn}.`);
  members.delete('schemas');
  return members;
}
