import type { FoundGroup, GroupMapping, GroupProblem, MemberChanges, MemberProblem } from '../hub/group-changes.ts';
import type { HubAttempt, HubClaim } from './hub.ts';
import type { StepFailure } from './ledger.ts';

/** One page of a group's members, by their ids. */
export interface MemberPage {
  ids: readonly string[];
  /** The next page; null where this was the last. */
  next: string | null;
}

/** Calls about groups to an org: the tenant's own by the tenant's name, or its hub by hubNameOf(). */
export interface GroupCalls {
  /** Null where there is no such group. */
  findGroup: (org: string, groupId: string) => Promise<FoundGroup | null>;
  /** Those with exactly this name. */
  findGroupsNamed: (org: string, name: string) => Promise<readonly FoundGroup[]>;
  createGroup: (org: string, group: Pick<FoundGroup, 'name'> & { description: string }) => Promise<FoundGroup>;
  updateGroup: (org: string, group: Pick<FoundGroup, 'id' | 'name'> & { description: string }) => Promise<void>;
  deleteGroup: (org: string, groupId: string) => Promise<void>;
  listMembers: (org: string, groupId: string, page: string | null) => Promise<MemberPage>;
  /** The org's host: by it is known whether two tenants have the same hub. */
  hostOf: (org: string) => Promise<string>;
}

/** One attempt at a group: no other step of it runs while it has the lease. */
export interface GroupAttempt extends HubAttempt, Omit<GroupMapping, 'isShared'> {
  /** The id in the spoke. */
  groupId: string;
  /** An existing group of the hub as an operator named it. */
  reference: { id: string | null; name: string | null };
  hubOrg: string | null;
  version: string;
}

export interface GroupResult {
  /** The name in the spoke; null where it could not be read. */
  name: string | null;
  wrote: boolean;
  problem: GroupProblem | null;
  /** Null where the members were not compared. */
  members: MemberChanges | null;
  /** The group was deleted in the hub, and its mapping ends. */
  isEnded: boolean;
}

/** A membership that is to be written. */
export interface DueMember {
  /** The id in the spoke. */
  userId: string;
  /** Null: the spoke is to be asked. */
  wanted: boolean | null;
  /** Null where the person has no user in the hub. */
  hubUserId: string | null;
  version: string;
}

/** `waits`: for the person's user in the hub. */
export type MemberEnd = Pick<DueMember, 'userId' | 'version'> & { end: 'done' | 'waits' | MemberProblem };

export type GroupStepName = 'push-group' | 'push-members';

/** The ledger's part of pushing groups. */
export interface GroupPushPort {
  /** An event says that a group of the spoke changed: it is due as a whole where it is pushed. */
  noteGroup: (tenant: string, groupId: string) => Promise<void>;
  /** An event says that a user joined or left a group: the spoke is asked which, where the group is pushed. */
  noteMember: (tenant: string, member: { groupId: string; userId: string }) => Promise<void>;
  claim: (step: GroupStepName, id: string, dispatchId: string | null) => Promise<HubClaim<GroupAttempt>>;
  /** Whether another mapping, of any spoke, pushes to this group of the hub. */
  isShared: (attempt: GroupAttempt, hub: { org: string; groupId: string }) => Promise<boolean>;
  /** Commits which group of the hub is meant; false where another group of this spoke is pushed to it. */
  link: (attempt: GroupAttempt, hub: { org: string; groupId: string }) => Promise<boolean>;
  /** This spoke's people among these of either side: from their id in the spoke to that in the hub. */
  mirrorsOf: (
    attempt: GroupAttempt,
    hubOrg: string,
    ids: { spoke: readonly string[]; hub: readonly string[] },
  ) => Promise<ReadonlyMap<string, string>>;
  /** Ends an attempt at `push-group`, and makes the memberships that differ due. */
  finish: (attempt: GroupAttempt, result: GroupResult) => Promise<void>;
  /** The next memberships that are to be written, at most `limit`. */
  dueMembers: (attempt: GroupAttempt, limit: number) => Promise<readonly DueMember[]>;
  /** Records how some ended, while the attempt goes on. */
  recordMembers: (attempt: GroupAttempt, ends: readonly MemberEnd[]) => Promise<void>;
  /** Ends an attempt at `push-members`; there is another job where more are due and none is refused. @returns whether there is */
  finishMembers: (attempt: GroupAttempt, problem: GroupProblem | null) => Promise<boolean>;
  /** Ends an attempt that is to be repeated. */
  postpone: (
    step: GroupStepName,
    attempt: GroupAttempt,
    when: { afterMs: number; failure: StepFailure | undefined },
  ) => Promise<void>;
}
