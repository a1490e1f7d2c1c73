import type { GroupReference, RegistrationProblem } from '../model/registration.ts';
import type { UserStatus } from '../model/user-status.ts';
import type { StepFailure } from './ledger.ts';

/** What Okta has of a person's registration now. */
export interface RegistrationState {
  status: UserStatus;
  /** The attribute's value; null where it has none, or none was asked for. */
  attribute: unknown;
  /** Null where no group was asked for. */
  group: { isMember: boolean; /** Null where the org has no such group. */ id: string | null } | null;
  /** The user's ETag; null where Okta gives none. */
  version: string | null;
}

/**
 * Calls to an org about registrations: a tenant's, or its hub by that one's name. `mark` is the User-Agent of a write; a write returns the id of its request,
 * where Okta names it, which the event that it raises has too.
 */
export interface RegistrationCalls {
  /** Never cached; null where there is no such user. */
  readRegistration: (
    org: string,
    userId: string,
    target: { attribute: string | null; group: GroupReference | null },
  ) => Promise<RegistrationState | null>;
  /**
   * A partial update of the profile. With a `version` it has an effect on that version alone: otherwise it is refused
   * with the status 412.
   */
  writeAttribute: (
    org: string,
    write: { userId: string; name: string; value: string | boolean; version: string | null; mark: string },
  ) => Promise<string | null>;
  setMembership: (
    org: string,
    write: { userId: string; groupId: string; isMember: boolean; mark: string },
  ) => Promise<string | null>;
}

/** One attempt at a person's registration: no other runs while it has the lease. */
export interface RegistrationAttempt {
  id: string;
  /** A tenant's, or its hub by that one's name. */
  org: string;
  userId: string;
  /** Whether any credential of ours is active. */
  wanted: boolean;
  /** Another one whenever something else is wanted. */
  version: string;
  leaseId: string;
  /** Failed attempts in a row before this one. */
  failures: number;
}

export type RegistrationClaim =
  | { outcome: 'claimed'; attempt: RegistrationAttempt }
  | { outcome: 'nothing_to_do' }
  | { outcome: 'superseded' }
  | { outcome: 'already_running'; retryAfterMs: number }
  | { outcome: 'tenant_paused'; retryAfterMs: number; reason: string }
  /** Nothing is written for this tenant until its settings, in Okta or here, are right. */
  | { outcome: 'settings_problem' };

/** How an attempt ended: Okta has what was wanted, or has not for this reason. */
export interface RegistrationResult {
  wrote: boolean;
  problem: RegistrationProblem | null;
  verifyEveryMs: number;
}

export type FinishedRegistration =
  | { outcome: 'ended'; /** The tenant did not have this problem before. */ isNewSettingsProblem: boolean }
  /** Something else is wanted meanwhile; the attempt goes on, with its lease. */
  | { outcome: 'changed'; attempt: RegistrationAttempt };

export interface OwnWrites {
  registrationId: string;
  requestIds: readonly string[];
  /** An attempt is running, whose last request may not be recorded yet. */
  isRunning: boolean;
}

export interface RegistrationPort {
  claim: (registrationId: string, dispatchId: string | null) => Promise<RegistrationClaim>;
  finish: (attempt: RegistrationAttempt, result: RegistrationResult) => Promise<FinishedRegistration>;
  /** Ends an attempt that is to be repeated. */
  postpone: (attempt: RegistrationAttempt, afterMs: number, failure: StepFailure | undefined) => Promise<void>;
  /** Ends an attempt of a tenant that writes no registrations. */
  drop: (attempt: RegistrationAttempt) => Promise<void>;
  /** Records the request of a write, by which its event is recognised. */
  noteWrite: (attempt: RegistrationAttempt, requestId: string) => Promise<void>;
  /** What identifies our own writes of a person; null where they have no registration. */
  writesOf: (tenant: string, userId: string) => Promise<OwnWrites | null>;
}
