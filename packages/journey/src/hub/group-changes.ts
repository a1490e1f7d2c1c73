/** A group as an org has it now. */
export interface FoundGroup {
  id: string;
  /** `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN`; open, since Okta may add some. */
  type: string;
  name: string;
  description: string | null;
}

/** `new`: a group that the mapping makes. `existing`: one that the hub has, named by an operator. */
export const groupTargets = ['new', 'existing'] as const;

export type GroupTarget = (typeof groupTargets)[number];

/** A group of a spoke and where it is pushed to, by what the ledger knows. */
export interface GroupMapping {
  id: string;
  target: GroupTarget;
  /** The group of the hub; null before it was made or linked. */
  hubGroupId: string | null;
  /** An operator ended the mapping, and its group is to be deleted. */
  isDeleting: boolean;
  /** Whether a mapping of another spoke, or another one of this spoke, pushes to the same group. */
  isShared: boolean;
}

/** Why the hub does not have a group as its spoke does: by what both have, and then by what the hub answers. */
export const groupProblems = [
  'gone_from_spoke',
  'gone_from_hub',
  'target_not_found',
  'target_ambiguous',
  'target_is_pushed',
  'not_an_okta_group',
  'name_taken',
  'target_is_shared',
  'missing_scope',
  'forbidden',
  'refused',
] as const;

export type GroupProblem = (typeof groupProblems)[number];

/** Why the hub does not have one membership. */
export const memberProblems = ['user_gone_from_hub', 'forbidden', 'refused'] as const;

export type MemberProblem = (typeof memberProblems)[number];

export const isMemberProblem = (text: string): text is MemberProblem => memberProblems.some((one) => one === text);

/** Calls to the hub, each of which may be repeated. `link` is none: it records the id. */
export type GroupChange =
  | { kind: 'create'; name: string; description: string }
  | { kind: 'link'; hubGroupId: string }
  | { kind: 'update'; hubGroupId: string; name: string; description: string }
  | { kind: 'delete'; hubGroupId: string };

export type GroupPlan =
  | { outcome: 'changes'; changes: readonly GroupChange[] }
  | { outcome: 'refused'; problem: GroupProblem };

/** What the hub has: by the mapping's id or reference, and by the name that a new group would get. */
export interface FoundInHub {
  target: FoundGroup | null | 'several';
  named: FoundGroup | null;
}

const changes = (...list: readonly GroupChange[]): GroupPlan => ({ outcome: 'changes', changes: list });
const refused = (problem: GroupProblem): GroupPlan => ({ outcome: 'refused', problem });

/** By it the group is found whose creation was not recorded, and an administrator of the hub sees who keeps it. */
export const markOf = (mappingId: string): string => `Pushed by keycourier (${mappingId})`;

/** Okta's own limit of a description. */
const longestDescription = 1_024;

/** The mark stands at the end. */
export function describe(description: string | null, mappingId: string): string {
  const mark = markOf(mappingId);
  if (description === null || description === '') return mark;
  return `${description.slice(0, longestDescription - mark.length - 1)} ${mark}`;
}

/**
 * The calls that make the hub have the group that a spoke pushes, in their order; none where it does. Applied to what was
 * read after them, it gives none. A group is made under its name, or linked where an operator named it: one that only has the
 * same name is never taken over. Nothing is deleted that no operator asked to delete.
 */
export function changesForGroup(wanted: FoundGroup | null, found: FoundInHub, mapping: GroupMapping): GroupPlan {
  if (mapping.isDeleting) return deleting(found, mapping);
  if (wanted === null) return refused('gone_from_spoke');
  const { target } = found;
  if (target === 'several') return refused('target_ambiguous');
  if (target === null) return withoutTarget(wanted, found, mapping);
  if (target.type !== 'OKTA_GROUP') return refused('not_an_okta_group');
  const linking: GroupChange[] = mapping.hubGroupId === target.id ? [] : [{ kind: 'link', hubGroupId: target.id }];
  return changes(...linking, ...renaming(wanted, target, mapping));
}

function deleting({ target }: FoundInHub, { hubGroupId, isShared }: GroupMapping): GroupPlan {
  if (hubGroupId === null || target === null || target === 'several') return changes();
  if (isShared) return refused('target_is_shared');
  return target.type === 'OKTA_GROUP' ? changes({ kind: 'delete', hubGroupId }) : refused('not_an_okta_group');
}

/** A group that was there is not made again: that would hide that the hub deleted it, with what it gave access to. */
function withoutTarget(wanted: FoundGroup, { named }: FoundInHub, { id, target, hubGroupId }: GroupMapping): GroupPlan {
  if (hubGroupId !== null) return refused('gone_from_hub');
  if (target === 'existing') return refused('target_not_found');
  const description = describe(wanted.description, id);
  if (named === null) return changes({ kind: 'create', name: wanted.name, description });
  const isOurs = named.type === 'OKTA_GROUP' && (named.description ?? '').endsWith(markOf(id));
  return isOurs ? changes({ kind: 'link', hubGroupId: named.id }) : refused('name_taken');
}

/** A group that was linked keeps the name that the hub knows it by. */
function renaming(wanted: FoundGroup, found: FoundGroup, { id, target }: GroupMapping): GroupChange[] {
  const [name, description] = [wanted.name, describe(wanted.description, id)];
  if (target === 'existing' || (found.name === name && found.description === description)) return [];
  return [{ kind: 'update', hubGroupId: found.id, name, description }];
}

export interface MemberChanges {
  /** By their ids in the spoke. */
  add: readonly string[];
  remove: readonly string[];
  /** Members who have no user in the hub yet: they follow once they have. */
  waiting: readonly string[];
  /** Members who are in both. */
  kept: number;
}

/**
 * Which memberships differ between a spoke's group and the hub's. `mirrors` has this spoke's people alone, from their id in
 * the spoke to that in the hub: whom it does not name is of another spoke or of the hub itself, and stays as they are.
 */
export function changesForMembers(
  spokeMembers: ReadonlySet<string>,
  hubMembers: ReadonlySet<string>,
  mirrors: ReadonlyMap<string, string>,
): MemberChanges {
  const [add, waiting]: [string[], string[]] = [[], []];
  let kept = 0;
  for (const id of spokeMembers) {
    const hubId = mirrors.get(id);
    if (hubId === undefined) waiting.push(id);
    else if (hubMembers.has(hubId)) kept += 1;
    else add.push(id);
  }
  const remove = [...mirrors].flatMap(([id, hubId]) => (hubMembers.has(hubId) && !spokeMembers.has(id) ? [id] : []));
  return { add, remove, waiting, kept };
}
