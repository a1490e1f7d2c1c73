import type { Filter } from '../filter/filter.ts';
import type { JsonValue } from '../json.ts';
import { collectIgnored } from '../resources/ignored.ts';
import { readMembers } from '../resources/read-members.ts';
import { isEmpty, readText } from '../resources/read-value.ts';
import { valueLimits } from '../resources/value-limits.ts';
import { badRequest, type ScimError } from '../scim-error.ts';
import { patchLimits } from './limits.ts';
import { mergeMemberOperations } from './merge-member-operations.ts';
import type { GroupOperation } from './patch-operation.ts';
import { readOperations } from './read-operations.ts';
import { targetsOf, type Target } from './targets.ts';

/**
 * The changes of a PATCH of a group, in their order (RFC 7644 §3.5.2). Changes of members are sets of ids; neighbours of one kind
 * become one, since Okta removes 256 members by 256 operations.
 * @throws ScimError, and then nothing may be changed: a PATCH is atomic
 */
export function readGroupPatch(body: JsonValue | undefined): GroupOperation[] {
  const ignored = collectIgnored();
  const targets = readOperations(body).flatMap((operation) => targetsOf(operation, 'Group', ignored));
  const read = targets.flatMap(readTarget);
  const ofMembers = read.filter((operation) => 'ids' in operation);
  if (read.length - ofMembers.length > patchLimits.operations)
    throw badRequest(
      'invalidValue',
      `A PATCH can have at most ${patchLimits.operations} operations: send the others in further requests.`,
    );
  if (ofMembers.reduce((sum, { ids }) => sum + ids.length, 0) > valueLimits.members)
    throw badRequest(
      'invalidValue',
      `A PATCH can change at most ${valueLimits.members} members: send the others in further requests.`,
    );
  return mergeMemberOperations(read);
}

function readTarget(target: Target): GroupOperation[] {
  switch (target.path.reference.stored) {
    case 'displayName':
      return [{ kind: 'rename', displayName: readName(target) }];
    case 'externalId':
      return [{ kind: 'set_external_id', externalId: readExternalId(target) }];
    default:
      return readMemberTarget(target);
  }
}

function readName({ op, value = null }: Target): string {
  if (op === 'remove') throw badRequest('mutability', 'displayName cannot be removed: a group has to have a name.');
  if (isEmpty(value)) throw badRequest('invalidValue', 'displayName is required: a group has to have a name.');
  return readText(value, 'displayName', valueLimits.text);
}

const readExternalId = ({ op, value = null }: Target): string | null =>
  op === 'remove' || isEmpty(value) ? null : readText(value, 'externalId', valueLimits.text);

function readMemberTarget({ op, path: { reference, filter }, value }: Target): GroupOperation[] {
  if (reference.sub !== null)
    throw badRequest('mutability', `${reference.key} cannot be changed: remove the member and add another.`);
  if (filter !== null) return readChosen(op, filter);
  if (op === 'add') return [{ kind: 'add_members', ids: readMembers(value ?? null) }];
  if (op === 'replace') return [{ kind: 'replace_members', ids: readMembers(value ?? null) }];
  // Entra names the members to remove beside the path of all: taken for all, it would empty the group.
  if (value === undefined || value === null) return [{ kind: 'remove_all_members' }];
  return [{ kind: 'remove_members', ids: readMembers(value) }];
}

function readChosen(op: Target['op'], filter: Filter): GroupOperation[] {
  const ids = idsOf(filter);
  if (op === 'remove') return [{ kind: 'remove_members', ids }];
  if (op === 'add') return [{ kind: 'add_members', ids }];
  throw badRequest('mutability', 'A member cannot be replaced: remove it and add another.');
}

/** The ids of `value eq "…"`, of several by `or`. Which members a group has is not looked at, so nothing else can be chosen by. */
function idsOf(filter: Filter): string[] {
  if (filter.kind === 'or') return [...new Set(filter.terms.flatMap(idsOf))];
  const isId = filter.kind === 'compare' && filter.operator === 'eq' && filter.reference.key === 'members.value';
  if (!isId || typeof filter.value !== 'string') throw notById();
  return [filter.value];
}

const notById = (): ScimError =>
  badRequest(
    'invalidFilter',
    'members can be chosen only by their ids: value eq "<id>", several of these joined by or.',
  );
