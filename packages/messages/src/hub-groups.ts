import type { GroupProblem, MemberProblem } from '@keycourier/journey/hub/group-changes';

const groups: Readonly<Record<GroupProblem, string>> = {
  gone_from_spoke:
    'The spoke has no group of this id: it was deleted, or the id is wrong. End the mapping, with or without its group in the hub.',
  gone_from_hub: 'The group was deleted in the hub. It is not made again: end the mapping, or restore the group there.',
  target_not_found: 'The hub has no such group. End the mapping and name another one.',
  target_ambiguous: 'The hub has several groups of this name. End the mapping and name one by its id.',
  target_is_pushed:
    'Another group of the spoke is pushed to this group: each would remove the other’s members. End one of the two mappings.',
  not_an_okta_group:
    'Okta lets only groups of the type OKTA_GROUP be changed: this is the group of an app, a directory, or Everyone.',
  name_taken:
    'The hub has another group of this name. It is not taken over: rename one of the two, or link the group on purpose.',
  target_is_shared:
    'Another mapping pushes to the same group, which is deleted once that one has ended. To keep it, end this mapping without its group.',
  missing_scope: 'The credentials of the hub lack okta.groups.manage. Grant it; it is tried again by itself.',
  forbidden:
    'The credentials of the hub may not change this group or its members. Check the resource set of their role; it is tried again by itself.',
  refused: 'The hub refuses the change of the group. It is tried again by itself.',
};

export const describeGroupProblem = (code: GroupProblem): string => groups[code];

const members: Readonly<Record<MemberProblem, string>> = {
  user_gone_from_hub: 'The user was deleted in the hub.',
  forbidden: 'The credentials of the hub may not change the groups of this user, perhaps an administrator.',
  refused: 'The hub refuses this membership.',
};

export const describeMemberProblem = (code: MemberProblem): string => members[code];
