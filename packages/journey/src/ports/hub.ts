import type { HubPersonProblem, InitialStatusBy, LinkSwitches, MirrorStateName } from '../hub/person-changes.ts';
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
  /** Another one whenever the person is due anew. */
  version: string;
}

/** How a person is assigned to the link; null where they are not by themselves. */
export interface PersonAssignment {
  initialStatus: InitialStatusBy['create'] | null;
  securityQuestion: { question: string; answer: string } | null;
}

export interface MirrorResult {
  state: MirrorStateName;
  wrote: boolean;
  /** Of what was written; null where nothing was. */
  hash: string | null;
  problem: HubPersonProblem | null;
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
  settings: (tenant: string) => Promise<HubSettings>;
  /** The groups of the spoke that are assigned. */
  assignedGroups: (tenant: string) => Promise<readonly string[]>;
  assignmentOf: (attempt: MirrorAttempt) => Promise<PersonAssignment | null>;
  claim: (mirrorId: string, dispatchId: string | null) => Promise<HubClaim<MirrorAttempt>>;
  /** Whether the hub's user is the mirror of another person, of any spoke. */
  isOthers: (attempt: MirrorAttempt, found: { hubOrg: string; hubUserId: string }) => Promise<boolean>;
  /** The intent of a create. */
  noteCreating: (attempt: MirrorAttempt, login: string) => Promise<void>;
  /** Commits whose mirror the hub's user is; false where another person has it by now. */
  link: (
    attempt: MirrorAttempt,
    found: { hubOrg: string; hubUserId: string; state: MirrorStateName },
  ) => Promise<boolean>;
  /** The security question was set in the hub: it is erased here. */
  eraseQuestion: (attempt: MirrorAttempt) => Promise<void>;
  finish: (attempt: MirrorAttempt, result: MirrorResult) => Promise<FinishedMirror>;
  /** Ends an attempt that is to be repeated. */
  postpone: (attempt: HubAttempt, afterMs: number, failure: StepFailure | undefined) => Promise<void>;
}
