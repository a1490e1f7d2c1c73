import type {
  Announced,
  ImportAction,
  ImportProblem,
  ImportShare,
  SourcedLink,
  SourcePerson,
  SourcingSettings,
} from '../hub/import-changes.ts';
import type { FoundPerson, HubProfile, InitialStatus } from '../hub/person-changes.ts';
import type { ComparisonAttempt, ComparisonEnd, ComparisonNext } from './hub-comparisons.ts';
import type { HubSettings } from './hub.ts';

/** A page of an org's users, with those who are deactivated. */
export interface UserPage<User> {
  users: readonly User[];
  /** The next page; null where this was the last. */
  next: string | null;
}

export interface PageRequest {
  /** Of the answer before it; null for the first. */
  page: string | null;
  /** Only users who changed after it; null for all. */
  since: Date | null;
}

/** Calls of imports. Pages and users are never cached; passwords are as those of HubCalls. */
export interface ImportCalls {
  /** The host of the tenant's hub; null where it has none that can be signed in to. */
  hubOrgOf: (tenant: string) => Promise<string | null>;
  listHubUsers: (
    tenant: string,
    options: PageRequest & { mapping: HubSettings['mapping'] },
  ) => Promise<UserPage<SourcePerson>>;
  /** Null where the hub has no such user. */
  readHubUser: (tenant: string, id: string, mapping: HubSettings['mapping']) => Promise<SourcePerson | null>;
  /** Their profiles have the targets of the mapping alone. */
  listSpokeUsers: (
    tenant: string,
    options: PageRequest & { mapping: HubSettings['mapping'] },
  ) => Promise<UserPage<FoundPerson>>;
  /** By id, or by whole login; null where the spoke has no such user. */
  readSpokeUser: (tenant: string, by: { id: string } | { login: string }) => Promise<FoundPerson | null>;
  /** Whether a user of the spoke has a role of an administrator; null where that cannot be read. */
  isAdministrator: (tenant: string, userId: string) => Promise<boolean | null>;
  /** @returns the id of the spoke's user */
  createSpokeUser: (
    tenant: string,
    user: { profile: HubProfile; activate: boolean; needsPassword: boolean },
  ) => Promise<string>;
  /** A partial update: attributes that it does not name stay. */
  updateSpokeUser: (tenant: string, userId: string, profile: HubProfile) => Promise<void>;
  activateSpokeUser: (tenant: string, userId: string, options: { sendEmail: boolean }) => Promise<void>;
  deactivateSpokeUser: (tenant: string, userId: string) => Promise<void>;
}

/** A link's settings, as far as imports need them. */
export interface ImportSettings {
  revision: string;
  /** Off: nothing is written, and only dry runs read. */
  isOn: boolean;
  sourcing: SourcingSettings;
  mapping: HubSettings['mapping'];
  initialStatus: InitialStatus;
  sendEmail: boolean;
  /** Of the linked people, how many one run may change without an operator; 0 to 1. */
  maxShare: number;
  /** What changed in the hub before was imported; null: everyone is to be read. */
  seenUntil: Date | null;
}

/** An attempt at a page of an import. */
export interface ImportAttempt extends ComparisonAttempt {
  /** The host of the hub: who was linked with a user of another one is not gone from this one. */
  hubOrg: string;
}

/** A user of the spoke, as a full import read it: its content is a text to compare, of the attributes of the mapping. */
export interface ImportTarget {
  userId: string;
  login: string;
  content: string;
  /** Not deactivated, and no other system owns the profile. */
  isPlain: boolean;
}

/** What is known of the spoke's user of a user of the hub. */
export interface KnownTarget {
  link: SourcedLink | null;
  /** The linked user, or the one with the login; null where this run has read none. */
  userId: string | null;
  /** It is plain, and its content is the same. */
  isSame: boolean;
}

/** What a run found of a user of the hub. */
export interface ImportedPerson {
  hubUserId: string;
  userId: string | null;
  action: ImportAction;
  fields: readonly string[];
  problem: ImportProblem | null;
}

/** A row that is to be written. */
export interface DuePerson extends Announced {
  hubUserId: string;
}

/** The link of a row, with the intent of an attempt that is gone. */
export interface IntendedLink extends SourcedLink {
  creatingLogin: string | null;
}

/** How the writing of a row ended. */
export interface ImportEnd {
  problem: ImportProblem | null;
  fields: readonly string[];
}

/** Linked people, with those whom a run links, and those of them whose user of the spoke it changes. */
export type ChangedPeople = Pick<ImportShare, 'linked' | 'changed'>;

/** What a run has read of the hub, once it has ended. */
export interface ImportedRange {
  /** Only users who changed since then; null: all. */
  since: Date | null;
  /** What changed before. */
  until: Date;
}

/** The ledger's part of imports. */
export interface ImportPort {
  settings: (tenant: string) => Promise<ImportSettings>;
  /** Begins again, by other settings. */
  restart: (attempt: ComparisonAttempt) => Promise<void>;
  /** Records a page of the spoke. */
  recordTargets: (attempt: ComparisonAttempt, next: ComparisonNext, targets: readonly ImportTarget[]) => Promise<void>;
  /** What is known of the spoke's users of those of these people whom the run has not recorded. */
  targetsOf: (attempt: ImportAttempt, people: readonly SourcePerson[]) => Promise<ReadonlyMap<string, KnownTarget>>;
  /** Whether a user of the spoke is linked with another user of the hub. */
  isOthers: (attempt: ImportAttempt, link: { hubUserId: string; userId: string }) => Promise<boolean>;
  /** Records some users of the hub, or where the run goes on. */
  recordPeople: (attempt: ImportAttempt, next: ComparisonNext, people: readonly ImportedPerson[]) => Promise<void>;
  /** Linked people whom no page of the hub had, at most `limit` of them, by their ids in the hub. */
  unseen: (attempt: ImportAttempt, limit: number) => Promise<readonly string[]>;
  countChanges: (attempt: ImportAttempt) => Promise<ChangedPeople>;
  /** All is read: what is as it should be is forgotten, and the run is held, goes on, or has ended. */
  endReading: (
    attempt: ComparisonAttempt,
    changes: ChangedPeople,
    to: Exclude<ComparisonEnd, { state: 'failed' }> | { state: 'writing'; next: ComparisonNext },
  ) => Promise<void>;
  /** Where it has ended and is no dry run, what changed in the hub before is not read again. */
  end: (
    attempt: ComparisonAttempt,
    end: Exclude<ComparisonEnd, { state: 'held' }>,
    range: ImportedRange,
  ) => Promise<void>;
  /** The next rows that are to be written. */
  due: (attempt: ComparisonAttempt, limit: number) => Promise<readonly DuePerson[]>;
  linkOf: (attempt: ComparisonAttempt, hubUserId: string) => Promise<IntendedLink | null>;
  /** Commits the intent of a create; false where the attempt has lost its lease. */
  noteCreating: (attempt: ImportAttempt, hubUserId: string, login: string) => Promise<boolean>;
  /** False where another user of the hub has the spoke's user by now. */
  link: (
    attempt: ImportAttempt,
    link: { hubUserId: string; userId: string; state: 'linked' | 'left' },
  ) => Promise<boolean>;
  /**
   * Records how a row ended, while the attempt goes on; a create that was refused has no intent any more. False where the
   * attempt has lost its lease: it writes no more.
   */
  recordWritten: (attempt: ComparisonAttempt, hubUserId: string, end: ImportEnd) => Promise<boolean>;
}
