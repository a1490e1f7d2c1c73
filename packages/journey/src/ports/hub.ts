import type {
  FoundPerson,
  HubPersonProblem,
  HubProfile,
  InitialStatusBy,
  LinkSwitches,
  MirrorStateName,
} from '../hub/person-changes.ts';
import type { HubDrift } from '../model/hub-user.ts';
import type { StepFailure } from './ledger.ts';

/** The name under which a tenant's hub has rate limits, pauses and messages of its own: its org is another one. */
export const hubNameOf = (tenant: string): string => `hub:${tenant}`;

/** The tenant of such a name; null for any other. */
export const tenantOfHub = (name: string): string | null => (name.startsWith('hub:') ? name.slice(4) : null);

/** One attempt at a row of the hub's tables: no other runs while it has the lease. */
export interface HubAttempt {
  id: string;
  tenant: string;
  leaseId: string;
  /** Failed attempts in a row before this one. */
  failures: number;
}

export type HubClaim<Attempt extends HubAttempt> =
  | { outcome: 'claimed'; attempt: Attempt }
  | { outcome: 'nothing_to_do' }
  | { outcome: 'superseded' }
  | { outcome: 'already_running'; retryAfterMs: number }
  | { outcome: 'tenant_paused'; retryAfterMs: number; reason: string };

/** What a tenant's link may do. */
export interface HubSettings {
  revision: string;
  switches: LinkSwitches;
  initialStatus: InitialStatusBy;
  /** Of SCIM's attributes as Okta's default mapping makes them; none: the default rows. */
  mapping: readonly { path: string; target: string | null }[];
}

/** One attempt at a person's mirror. */
export interface MirrorAttempt extends HubAttempt {
  /** The id in the spoke. */
  userId: string;
  state: MirrorStateName;
  hubOrg: string | null;
  hubUserId: string | null;
  /** Of an attempt that is gone, while `state` is `creating`. */
  creatingLogin: string | null;
  isForced: boolean;
  /** Nothing of the person was written to the end yet. */
  isFirst: boolean;
  /** Another one whenever the person is due anew. */
  version: string;
}

/** A user of the spoke, as it was read just now. */
export interface SpokePerson {
  /** Okta's own word. */
  status: string;
  /** As the mapping makes it: all of its targets, null where the spoke has no value. */
  profile: HubProfile;
  /** Whether they are in any of the groups that were asked about. */
  isInGroup: boolean;
}

/** A user of a page of the spoke. */
export type ListedPerson = Omit<SpokePerson, 'isInGroup'> & { userId: string };

/**
 * Calls to the two orgs of a link. Temporary passwords are made and sent in here, by the policy of the spoke, and are in no
 * value, error or log of the caller's.
 */
export interface HubCalls {
  /** The host of the tenant's hub; null where it has none. */
  hubOrgOf: (tenant: string) => Promise<string | null>;
  /** Never cached; null where there is no such user. */
  readSpokePerson: (
    tenant: string,
    userId: string,
    options: { mapping: HubSettings['mapping']; groups: readonly string[] },
  ) => Promise<SpokePerson | null>;
  /** By id, or by whole login. Never cached; null where there is no such user. */
  readHubPerson: (tenant: string, by: { id: string } | { login: string }) => Promise<FoundPerson | null>;
  /** A page of the spoke's users: of a group, or of the whole org but its deactivated users. */
  listSpokePeople: (
    tenant: string,
    list: { groupId: string | null; page: string | null; mapping: HubSettings['mapping'] },
  ) => Promise<{ people: readonly ListedPerson[]; next: string | null }>;
  /** A page of the hub's users, the deactivated ones or all others, with the mapped attributes alone. */
  listHubPeople: (
    tenant: string,
    list: { areDeactivated: boolean; page: string | null; mapping: HubSettings['mapping'] },
  ) => Promise<{ people: readonly FoundPerson[]; next: string | null }>;
  /** @returns the id of the hub's user */
  createPerson: (
    tenant: string,
    person: {
      profile: HubProfile;
      activate: boolean;
      needsPassword: boolean;
      securityQuestion: PersonAssignment['securityQuestion'];
    },
  ) => Promise<string>;
  /** A partial update: attributes that it does not name stay. */
  updatePerson: (tenant: string, hubUserId: string, profile: HubProfile) => Promise<void>;
  /** @param profile whose values the password must not contain */
  setTemporaryPassword: (tenant: string, hubUserId: string, profile: HubProfile) => Promise<void>;
  setSecurityQuestion: (tenant: string, hubUserId: string, question: SecurityQuestion) => Promise<void>;
  activatePerson: (tenant: string, hubUserId: string, options: { sendEmail: boolean }) => Promise<void>;
  deactivatePerson: (tenant: string, hubUserId: string) => Promise<void>;
}

export interface SecurityQuestion {
  question: string;
  answer: string;
}

/** How a person is assigned to the link; null where they are not by themselves. */
export interface PersonAssignment {
  initialStatus: InitialStatusBy['create'] | null;
  securityQuestion: SecurityQuestion | null;
  /** A key was requested for them: they are pushed also before they are activated in the spoke. */
  hasKey?: boolean;
}

export interface MirrorResult {
  state: MirrorStateName;
  wrote: boolean;
  /** What the hub has now, of which the ledger keeps a keyed hash; null where it has nothing. */
  content: string | null;
  problem: HubPersonProblem | null;
  /** In what the two users differ, as they were read last; null where they were not both read. */
  drift: readonly HubDrift[] | null;
  /** Names of attributes that the hub refused, never values. */
  fields: readonly string[];
  /** The person is not to be in the hub, and no user there is theirs: the row is deleted. */
  isForgotten: boolean;
}

export type FinishedMirror =
  | { outcome: 'ended' }
  /** The person is due anew meanwhile; the attempt goes on, with its lease. */
  | { outcome: 'changed'; attempt: MirrorAttempt };

/** The ledger's part of pushing people. */
export interface MirrorPort {
  /**
   * An event of a tenant's org names a user, and perhaps a group: they are due where they are assigned, or have a mirror; in
   * a hub also where they are one. By its ids alone: what has changed is read in the orgs.
   */
  require: (tenant: string, event: { userId: string; groupId: string | null }) => Promise<void>;
  settings: (tenant: string) => Promise<HubSettings>;
  /** The groups of the spoke that are assigned. */
  assignedGroups: (tenant: string) => Promise<readonly string[]>;
  assignmentOf: (attempt: MirrorAttempt) => Promise<PersonAssignment | null>;
  claim: (mirrorId: string, dispatchId: string | null) => Promise<HubClaim<MirrorAttempt>>;
  /** Whether the hub's user is the mirror of another person, of any spoke. */
  isOthers: (attempt: MirrorAttempt, found: { hubOrg: string; hubUserId: string }) => Promise<boolean>;
  /** Commits the intent of a create; false where the attempt has lost its lease, or its link was removed. */
  noteCreating: (attempt: MirrorAttempt, login: string) => Promise<boolean>;
  /** Commits whose mirror the hub's user is; false where another person has it by now. */
  link: (
    attempt: MirrorAttempt,
    found: { hubOrg: string; hubUserId: string; state: MirrorStateName },
  ) => Promise<boolean>;
  /** This security question was set in the hub: it is erased here, unless another one was assigned meanwhile. */
  eraseQuestion: (attempt: MirrorAttempt, question: SecurityQuestion) => Promise<void>;
  finish: (attempt: MirrorAttempt, result: MirrorResult) => Promise<FinishedMirror>;
  /** Ends an attempt that is to be repeated. */
  postpone: (attempt: HubAttempt, afterMs: number, failure: StepFailure | undefined) => Promise<void>;
}
