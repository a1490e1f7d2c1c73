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
    throw invalidValue(`members has more than ${valueLimits.members} values: send the others in further requests.`);
  return [...new Set(members.filter((member) => member !== null).map(readMember))];
}

function readMember(member: JsonValue): string {
  if (typeof member === 'string') return readId(member);
  if (!isObject(member))
    throw invalidValue('Each value of members has to be an object such as {"value": "<id of a user>"}.');
  const parts = new Map(Object.entries(member).map(([name, part]) => [foldName(name), part]));
  const type = parts.get('type') ?? 'User';
  if (typeof type !== 'string' || type.toLowerCase() !== 'user')
    throw invalidValue('members can be users only: push the members of a nested group instead of the group.');
  return readId(parts.get('value') ?? '');
}

function readId(id: JsonValue): string {
  if (id === '')
    throw invalidValue('members.value is required: it is the id of a user, as the answer to its creation has it.');
  return readText(id, 'members.value', valueLimits.text);
}
