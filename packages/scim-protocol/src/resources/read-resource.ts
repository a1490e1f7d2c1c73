import type { JsonObject, JsonValue } from '../json.ts';
import type { ResourceTypeName } from '../schemas/attribute.ts';
import { findReference, foldName } from '../schemas/find-reference.ts';
import { badRequest } from '../scim-error.ts';
import { collectIgnored, type Ignored } from './ignored.ts';
import { namedValues, requireObject } from './named-values.ts';
import { readMembers } from './read-members.ts';
import { readValue } from './read-value.ts';
import type { WrittenGroup, WrittenUser } from './resource.ts';

/** What a body also had: names that no schema has. Their count says whether a mapping of the client is wrong. */
export interface WithIgnored {
  ignored: readonly string[];
}

/**
 * A user of a POST or PUT. `schemas` is not looked at: OneLogin sends wrong URNs. What is readOnly is ignored, a password is
 * dropped unread, and names are known in any letter case (RFC 7644 §3.3 and §3.10).
 * @throws ScimError `invalidValue`, `invalidSyntax`
 */
export function readUser(body: JsonValue | undefined): WrittenUser & WithIgnored {
  const ignored = collectIgnored();
  const values = readAttributes(requireObject(body, 'A User'), 'User', ignored);
  const userName = values.get('userName');
  if (typeof userName !== 'string')
    throw badRequest(
      'invalidValue',
      'userName is required: map it in the client, and check that the user has a value for it.',
    );
  const externalId = values.get('externalId');
  const active = values.get('active');
  values.delete('externalId');
  values.delete('active');
  return {
    userName,
    externalId: typeof externalId === 'string' ? externalId : null,
    active: typeof active === 'boolean' ? active : undefined,
    attributes: values,
    ignored: ignored.names,
  };
}

/** A group of a POST or PUT. @throws ScimError `invalidValue`, `invalidSyntax` */
export function readGroup(body: JsonValue | undefined): WrittenGroup & WithIgnored {
  const ignored = collectIgnored();
  const { members, others } = takeMembers(requireObject(body, 'A Group'));
  const values = readAttributes(others, 'Group', ignored);
  const displayName = values.get('displayName');
  if (typeof displayName !== 'string')
    throw badRequest('invalidValue', 'displayName is required: a group has to have a name.');
  const externalId = values.get('externalId');
  return {
    displayName,
    externalId: typeof externalId === 'string' ? externalId : null,
    members: members === undefined ? undefined : readMembers(members),
    ignored: ignored.names,
  };
}

/** Members are ids, and more than an attribute's values may be. */
function takeMembers(body: JsonObject): { members: JsonValue | undefined; others: JsonObject } {
  const isMembers = ([name]: [string, JsonValue]): boolean => findReference(name, 'Group')?.key === 'members';
  const entries = Object.entries(body);
  return {
    members: entries.find(isMembers)?.[1],
    others: Object.fromEntries(entries.filter((entry) => !isMembers(entry))),
  };
}

function readAttributes(body: JsonObject, resourceType: ResourceTypeName, ignored: Ignored): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  const seen = new Set<string>();
  for (const [name, value] of namedValues(body, resourceType)) {
    const reference = findReference(name, resourceType);
    if (reference === null || reference.sub !== null || reference.attribute === null) {
      if (reference?.attribute !== null) ignored.add(name);
      continue;
    }
    const { key, stored, attribute } = reference;
    if (seen.has(foldName(name))) throw badRequest('invalidSyntax', `${key} is sent twice: map it once.`);
    seen.add(foldName(name));
    if (attribute.mutability === 'readOnly' || attribute.returned === 'never') continue;
    const read = readValue(attribute, value, { name: key, ignored });
    if (read === undefined) continue;
    if (stored === attribute.name) values.set(stored, read);
    else values.set(stored, Object.assign({}, values.get(stored), { [attribute.name]: read }));
  }
  return values;
}
