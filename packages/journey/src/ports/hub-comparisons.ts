import type { ComparedPerson, KnownPerson } from '../hub/compare-people.ts';
import type { FoundPerson } from '../hub/person-changes.ts';
import type { HubAttempt, HubClaim } from './hub.ts';
import type { StepFailure } from './ledger.ts';

/** What a run reads both sides of a link for, and the step that reads its pages. */
export const comparisonSteps = { people: 'compare-page', import: 'import-page' } as const;

export type ComparisonKind = keyof typeof comparisonSteps;

export type ComparisonStepName = (typeof comparisonSteps)[ComparisonKind];

/** Where a run is that goes on: the side that it reads, then those whom the hub did not list; an import writes at last. */
export const comparisonPhases = ['pending', 'spoke', 'hub', 'unmatched', 'writing'] as const;

export type ComparisonPhase = (typeof comparisonPhases)[number];

/** How many, by a code of the kind's own. */
export type ComparisonCounts = Readonly<Record<string, number>>;

/** One attempt at a page of a run: no other one of the run goes on while it has the lease. */
export interface ComparisonAttempt extends HubAttempt {
  kind: ComparisonKind;
  /** It reports, and makes nothing due. */
  isDryRun: boolean;
  phase: ComparisonPhase;
  /** The next page of the phase; null for its first. What it says is the step's own. */
  cursor: string | null;
  /** Of the settings when it began; null before its first page. */
  settingsRevision: string | null;
  counts: ComparisonCounts;
}

/** Where a run goes on after a page. */
export type ComparisonNext = Pick<ComparisonAttempt, 'phase' | 'cursor' | 'settingsRevision'>;

export type ComparisonEnd =
  | { state: 'ended' }
  /** A code of why. */
  | { state: 'failed'; problem: string }
  /** It would change this share of the people who are linked; a person decides. */
  | { state: 'held'; share: number };

/** A user of the spoke's page. */
export interface ReadPerson {
  userId: string;
  /** As the mapping makes it; null for one who has none. */
  login: string | null;
  /** What the hub should have, of which the ledger keeps a keyed hash. */
  content: string;
  isPresent: boolean;
  /** Whether they are to be in the hub where a key was requested for them. */
  isPresentForKey: boolean;
}

/** A user of the hub's page who may be a person's. */
export interface Match {
  known: KnownPerson;
  hubUserId: string;
  /** The user is the mirror of another person, of any spoke. */
  isOthers: boolean;
}

export type ComparedRow = ComparedPerson & Pick<KnownPerson, 'userId' | 'hubUserId'>;

/** The ledger's part of comparing the two sides of a link. Each record frees the lease, and another job goes on. */
export interface ComparisonPort {
  claim: (step: ComparisonStepName, id: string, dispatchId: string | null) => Promise<HubClaim<ComparisonAttempt>>;
  /** A keyed hash of a profile, as the ledger keeps it. */
  hashOf: (tenant: string, content: string) => string;
  /** Whether anyone is assigned by themselves who was not read as a member of a group. */
  hasUnread: (attempt: ComparisonAttempt) => Promise<boolean>;
  /**
   * Records a page of the spoke: of a group all of its members, of the org those who are assigned by themselves. After the last
   * one, those who have a user in the hub and were not read are known not to be assigned.
   */
  recordSpoke: (
    attempt: ComparisonAttempt,
    page: { people: readonly ReadPerson[]; hubOrg: string; isOfGroup: boolean; isLast: boolean; next: ComparisonNext },
  ) => Promise<void>;
  /** The people who are not compared yet whom these users of the hub may be: by the stored id, then by login. */
  match: (
    attempt: ComparisonAttempt,
    hubOrg: string,
    users: readonly (Pick<FoundPerson, 'id'> & { login: string | null })[],
  ) => Promise<readonly Match[]>;
  /** The next people who are not compared yet, at most `limit`. */
  unmatched: (attempt: ComparisonAttempt, hubOrg: string, limit: number) => Promise<readonly KnownPerson[]>;
  /**
   * Records how people compare, and makes those due who are.
   * @param endsAbsent those who are not compared yet and are not to be in the hub are as wanted
   */
  recordHub: (
    attempt: ComparisonAttempt,
    page: { rows: readonly ComparedRow[]; endsAbsent: boolean; next: ComparisonNext },
  ) => Promise<void>;
  /** Begins again, for what was read says nothing any more. */
  restart: (attempt: ComparisonAttempt) => Promise<void>;
  end: (attempt: ComparisonAttempt, end: ComparisonEnd) => Promise<void>;
  /** Ends an attempt that is to be repeated. */
  postpone: (attempt: ComparisonAttempt, when: { afterMs: number; failure: StepFailure | undefined }) => Promise<void>;
}
