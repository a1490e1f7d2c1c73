import type { FoundPerson, HubProfile, InitialStatus } from './person-changes.ts';

/** What a link does with the spoke's people where the hub is their source. */
export interface SourcingSettings {
  /** Whether people whom the spoke does not have are created there. */
  create: boolean;
  /** Whether people who are deactivated or deleted in the hub are deactivated; Okta's own default. */
  deactivate: boolean;
  /** Whether those come back whom an import deactivated. */
  reactivate: boolean;
}

/** A user of the hub, as it was read just now. */
export interface SourcePerson {
  id: string;
  status: string;
  /** As the mapping makes it for the spoke: all of its targets, null where the hub has no value. */
  profile: HubProfile;
}

/** `creating` is an intent, committed before the call; `left` is one who was gone from the hub at the last import. */
export const sourcedStates = ['creating', 'linked', 'left'] as const;

export type SourcedState = (typeof sourcedStates)[number];

/** What the ledger knows of the spoke's user of a user of the hub. */
export interface SourcedLink {
  /** Null while creating. */
  userId: string | null;
  state: SourcedState;
}

/** Why the spoke is not as the hub says. */
export const importProblems = [
  'sourced_elsewhere',
  'linked_elsewhere',
  'administrator',
  'roles_unreadable',
  'deactivated_in_spoke',
  'gone_from_spoke',
  'login_missing',
  'login_taken',
  'profile_refused',
  'password_refused',
  'forbidden',
  'refused',
  'changed_meanwhile',
] as const;

export type ImportProblem = (typeof importProblems)[number];

/** What an import does with one person; `none` is not reported. */
export const importActions = [
  'none',
  'unmatched',
  'refused',
  'link',
  'create',
  'update',
  'reactivate',
  'deactivate',
] as const;

export type ImportAction = (typeof importActions)[number];

/** Those that write, or link. */
export const writingActions = ['link', 'create', 'update', 'reactivate', 'deactivate'] as const;

export type WritingAction = (typeof writingActions)[number];

export const isWriting = (action: string): action is WritingAction => writingActions.some((one) => one === action);

/** Steps that lead there, in their order. */
export type ImportChange =
  | { kind: 'link'; userId: string; state: 'linked' | 'left' }
  | { kind: 'create'; login: string; profile: HubProfile }
  | { kind: 'activate'; userId: string }
  | { kind: 'update'; userId: string; profile: HubProfile }
  | { kind: 'deactivate'; userId: string };

export type ImportPlan =
  | { action: 'none' }
  | { action: 'unmatched' }
  | { action: 'refused'; problem: ImportProblem }
  | { action: WritingAction; changes: readonly ImportChange[] };

interface Known {
  /** Null where no import has linked the person. */
  link: SourcedLink | null;
  /** Whether the spoke's user is that of another user of the hub. */
  isOthers: boolean;
  sourcing: SourcingSettings;
}

const refused = (problem: ImportProblem): ImportPlan => ({ action: 'refused', problem });

/**
 * What makes the spoke's user as the hub says; none where it is. Applied to what was read after it, it gives none. No one is
 * deleted, no one is taken from another source, and whom the spoke itself deactivated stays so.
 * @param source null for one whom the hub deleted
 * @param found the linked user of the spoke, or the one with the login; null where there is none
 */
export function planImport(source: SourcePerson | null, found: FoundPerson | null, known: Known): ImportPlan {
  if (source === null || source.status === 'DEPROVISIONED') return planLeaving(found, known);
  const { link, isOthers, sourcing } = known;
  // Not activated in the hub yet: it says nothing of anyone but those who are linked.
  if (source.status === 'STAGED' && link === null) return { action: 'none' };
  const login = source.profile['login'] ?? '';
  if (found === null) {
    if (link?.userId !== undefined && link.userId !== null) return refused('gone_from_spoke');
    if (login === '') return refused('login_missing');
    if (!sourcing.create) return { action: 'unmatched' };
    return { action: 'create', changes: [{ kind: 'create', login, profile: withValues(source.profile) }] };
  }
  if (isOthers) return refused('linked_elsewhere');
  if (found.source !== null) return refused('sourced_elsewhere');
  if (found.status === 'DEPROVISIONED') return planComingBack(source, found, known);
  const linking = linkingOf(found, link);
  const updating = updateOf(source, found);
  if (updating.length > 0) return { action: 'update', changes: [...linking, ...updating] };
  return linking.length > 0 ? { action: 'link', changes: linking } : { action: 'none' };
}

/** A user is created without the attributes that have none. */
const withValues = (profile: HubProfile): HubProfile =>
  Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== null));

function planLeaving(found: FoundPerson | null, { link, isOthers, sourcing }: Known): ImportPlan {
  const isOurs = found !== null && link?.userId === found.id && !isOthers;
  if (!isOurs || link.state === 'left') return { action: 'none' };
  const leaving: ImportChange = { kind: 'link', userId: found.id, state: 'left' };
  if (found.status === 'DEPROVISIONED' || !sourcing.deactivate) return { action: 'link', changes: [leaving] };
  if (found.source !== null) return refused('sourced_elsewhere');
  return { action: 'deactivate', changes: [{ kind: 'deactivate', userId: found.id }, leaving] };
}

/** Okta refuses edits of deactivated users: they are activated first. */
function planComingBack(source: SourcePerson, found: FoundPerson, { link, sourcing }: Known): ImportPlan {
  if (link?.state !== 'left') return refused('deactivated_in_spoke');
  if (!sourcing.reactivate) return { action: 'none' };
  const activating: ImportChange = { kind: 'activate', userId: found.id };
  return { action: 'reactivate', changes: [activating, ...updateOf(source, found), ...linkingOf(found, link)] };
}

const linkingOf = ({ id }: FoundPerson, link: SourcedLink | null): ImportChange[] =>
  link?.userId === id && link.state === 'linked' ? [] : [{ kind: 'link', userId: id, state: 'linked' }];

/** Only what the mapping names, and differs. */
function updateOf({ profile }: SourcePerson, found: FoundPerson): ImportChange[] {
  const different = Object.entries(profile).filter(([name, value]) => (found.profile[name] ?? null) !== value);
  if (different.length === 0) return [];
  return [{ kind: 'update', userId: found.id, profile: Object.fromEntries(different) }];
}

/** Names of the attributes that a plan writes, without their values. */
export function fieldsOf(plan: ImportPlan): readonly string[] {
  if (!('changes' in plan)) return [];
  return plan.changes.flatMap((change) => ('profile' in change ? Object.keys(change.profile) : []));
}

/** What a run has found, counted and shown of one person, before it writes. */
export interface Announced {
  action: WritingAction;
  /** Names of attributes. */
  fields: readonly string[];
}

/**
 * What a run may do for a person when it writes: what it announced, and an operator has perhaps released, and no more. One of whom
 * it has become something else, or more, waits for a later run.
 * @param now as both orgs are by now
 * @param isIntended the run has committed that it creates them: who has the login since is the one whom it created
 */
export function mayStillDo(announced: Announced, now: Announced, isIntended: boolean): boolean {
  if (announced.action === 'create') return now.action === 'create' || (isIntended && makesEqual(now.action));
  const isSame = announced.action === now.action || (announced.action === 'reactivate' && makesEqual(now.action));
  // Of a deactivation whose worker is gone, what is left is to keep that the person left.
  const isLess = (announced.action === 'update' || announced.action === 'deactivate') && now.action === 'link';
  return (isSame || isLess) && now.fields.every((field) => announced.fields.includes(field));
}

const makesEqual = (action: WritingAction): boolean => action === 'link' || action === 'update';

/** The user whom a created one becomes. */
export const createdAs = (status: InitialStatus): { activate: boolean; needsPassword: boolean } => ({
  activate: status.startsWith('active_'),
  needsPassword: status.endsWith('_with_pass'),
});

export interface ImportShare {
  /** Linked people, with those whom the run links. */
  linked: number;
  /** Those of them whose user of the spoke it changes. */
  changed: number;
  maxShare: number;
}

/** Whether so many linked people would be changed at once that an operator decides. */
export const isHeldFor = ({ linked, changed, maxShare }: ImportShare): boolean => changed > linked * maxShare;
