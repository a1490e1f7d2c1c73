import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { foldName } from '../schemas/find-reference.ts';
import { invalidValue, readText } from './read-value.ts';
import { valueLimits } from './value-limits.ts';

/**
 * The ids of members, each once, from objects or, as Entra can send them, texts. A member without `type` is a user; what else
 * an object has (`display`, `$ref`, which Entra sends as null) is not looked at.
 * @throws ScimError `invalidValue` for a group as member, or too many
 */
export function readMembers(value: JsonValue): string[] {
  const members = isList(value) ? value : value === null ? [] : [value];
  if (members.length > valueLimits.members)
    throw invalidValue(`members has more than ${valueLimits.members} values; send the others in further requests.`);
  return [...new Set(members.filter((member) => member !== null).map(readMember))];
}

function readMember(member: JsonValue): string {
  if (typeof member === 'string') return readId(member);
  if (!isObject(member)) throw invalidValue('members has a value that is neither an object nor an id.');
  const parts = new Map(Object.entries(member).map(([name, part]) => [foldName(name), part]));
  const type = parts.get('type') ?? 'User';
  if (typeof type !== 'string' || type.toLowerCase() !== 'user')
    throw invalidValue('members can be users alone, not groups: members.type is "User".');
  return readId(parts.get('value') ?? '');
}

function readId(id: JsonValue): string {
  if (id === '') throw invalidValue('members.value is required.');
  return readText(id, 'members.value', valueLimits.text);
}
