/** What the hub's user becomes when a person is created, linked or reactivated there; Okta Org2Org's own four values. */
export const initialStatuses = [
  'active_with_pass',
  'active_without_pass',
  'pending_with_pass',
  'pending_without_pass',
] as const;

export type InitialStatus = (typeof initialStatuses)[number];

/** When an initial status counts. */
export interface InitialStatusBy {
  create: InitialStatus;
  link: InitialStatus;
  reactivation: InitialStatus;
}

/** Attributes of a profile by their Okta names; null removes one. */
export type HubProfile = Readonly<Record<string, string | null>>;

/** What a spoke requires of one person in its hub. */
export interface WantedPerson {
  login: string;
  /** Assigned to the hub, and not deactivated in the spoke. A suspension does not travel: it counts as present. */
  isPresent: boolean;
  initialStatus: InitialStatusBy;
  /** As the link's mapping makes it; attributes that are not mapped are not in it. */
  profile: HubProfile;
}

/** A user of the hub, as it was read just now. */
export interface FoundPerson {
  id: string;
  /** Okta's own word; open, since Okta adds some. */
  status: string;
  profile: HubProfile;
  /** The directory or HR system that owns the profile; null for the hub itself. */
  source: string | null;
}

/**
 * How far a person's mirror has come: `creating` and `waking` are intents, committed before the calls that they announce;
 * `left` is one whom the link itself deactivated.
 */
export const mirrorStates = ['new', 'creating', 'waking', 'linked', 'left'] as const;

export type MirrorStateName = (typeof mirrorStates)[number];

/** What is known of the person and of others: from the ledger, never from the hub. */
export interface MirrorState {
  state: MirrorStateName;
  /** The hub's user of this person; null before the first link or create. */
  hubUserId: string | null;
  /** Whether the found user is the mirror of another person, of this spoke or another one. */
  isOthers: boolean;
  /** An operator asks for it: only then is one activated again whom the hub itself deactivated. */
  isForced: boolean;
  /** Nothing of the person was ever written to the end: a wake that goes on is that of their link. */
  isFirst: boolean;
}

/** The parts of a link that can be switched on. */
export interface LinkSwitches {
  /** Also whether people are linked whose login is in the hub. */
  create: boolean;
  update: boolean;
  deactivate: boolean;
  reactivate: boolean;
  /** Whether Okta mails those who are activated without a password. */
  sendEmail: boolean;
}

/** Why the hub does not hold what the spoke requires of a person. */
export const hubPersonProblems = [
  'not_in_spoke',
  'linked_elsewhere',
  'sourced_elsewhere',
  'gone_from_hub',
  'deactivated_in_hub',
  'cannot_be_staged',
  'login_taken',
  'login_missing',
  'profile_refused',
  'password_refused',
  'forbidden',
  'refused',
  'overwritten',
] as const;

export type HubPersonProblem = (typeof hubPersonProblems)[number];

/** Calls to the hub, in their order. `wake`, and a link that is one, announce those after them. */
export type PersonChange =
  | { kind: 'create'; login: string; profile: HubProfile; activate: boolean; needsPassword: boolean }
  | { kind: 'link'; hubUserId: string; isWaking: boolean }
  | { kind: 'update'; hubUserId: string; profile: HubProfile }
  | { kind: 'wake'; hubUserId: string }
  | { kind: 'set_password'; hubUserId: string }
  | { kind: 'activate'; hubUserId: string; sendEmail: boolean }
  | { kind: 'deactivate'; hubUserId: string };

export type PersonPlan =
  | { outcome: 'changes'; changes: readonly PersonChange[] }
  | { outcome: 'refused'; problem: HubPersonProblem };

const changes = (...list: readonly PersonChange[]): PersonPlan => ({ outcome: 'changes', changes: list });
const refused = (problem: HubPersonProblem): PersonPlan => ({ outcome: 'refused', problem });

const isActive = (status: InitialStatus): boolean => status.startsWith('active_');
const needsPassword = (status: InitialStatus): boolean => status.endsWith('_with_pass');

interface Known {
  mirror: MirrorState;
  switches: LinkSwitches;
}

/**
 * The calls that make the hub hold what the spoke requires of one person, in their order; none where it does. Applied to what
 * was read after them, it gives none: so a repetition after a crash changes nothing, and nothing is ever deleted.
 */
export function changesForPerson(wanted: WantedPerson, found: FoundPerson | null, known: Known): PersonPlan {
  const { mirror, switches } = known;
  if (found === null) return withoutUser(wanted, mirror, switches);
  if (!wanted.isPresent) return leaving(found, known);
  if (mirror.isOthers) return refused('linked_elsewhere');
  const isLinked = mirror.hubUserId === found.id;
  if (!isLinked && !switches.create) return changes();
  if (!isLinked && found.source !== null) return refused('sourced_elsewhere');
  // One whose POST was answered to a worker that is gone was created, and is not linked a second time.
  const isNew = !isLinked && mirror.state !== 'creating';
  const waking = wakingOf(wanted, found, { ...known, isNew });
  if (waking === 'cannot_be_staged' || waking === 'deactivated_in_hub') return refused(waking);
  // One commit, so that no worker dies between a link and what it is to lead to.
  const linking: PersonChange[] = isLinked ? [] : [{ kind: 'link', hubUserId: found.id, isWaking: waking.length > 0 }];
  const updating = updateOf(wanted, found, { switches, isWoken: waking.length > 0 });
  // Of one who was linked before a directory came to own them.
  if (updating.length > 0 && found.source !== null) return refused('sourced_elsewhere');
  // Okta refuses edits of deactivated users; of others the addresses are right before a mail goes out.
  const isOff = found.status === 'DEPROVISIONED';
  return changes(...linking, ...(isOff ? [...waking, ...updating] : [...updating, ...waking]));
}

/** A mirror whose user is gone was deleted in the hub behind our back: to make another would hide that. */
function withoutUser(wanted: WantedPerson, mirror: MirrorState, switches: LinkSwitches): PersonPlan {
  if (!wanted.isPresent) return changes();
  if (mirror.hubUserId !== null && !mirror.isForced) return refused('gone_from_hub');
  if (!switches.create) return changes();
  const { login, profile, initialStatus } = wanted;
  return changes({
    kind: 'create',
    login,
    // There is nothing to remove, and Okta's API document has no null for some attributes.
    profile: Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== null)),
    activate: isActive(initialStatus.create),
    needsPassword: needsPassword(initialStatus.create),
  });
}

/** A user who was never linked is not ours to deactivate. */
function leaving(found: FoundPerson, { mirror, switches }: Known): PersonPlan {
  const isOurs = mirror.hubUserId === found.id && !mirror.isOthers;
  if (!isOurs || !switches.deactivate || found.status === 'DEPROVISIONED') return changes();
  return changes({ kind: 'deactivate', hubUserId: found.id });
}

type Waking = readonly PersonChange[] | 'cannot_be_staged' | 'deactivated_in_hub';

/**
 * The initial status counts again at a link and at a reactivation. A suspension in the hub is the hub's own, and so is a
 * deactivation that the link did not make. Okta has no way from DEPROVISIONED to STAGED.
 */
function wakingOf(
  { initialStatus }: WantedPerson,
  { id, status }: FoundPerson,
  { mirror, switches, isNew }: Known & { isNew: boolean },
): Waking {
  const isGoingOn = mirror.state === 'waking';
  const isOfLink = isNew || (isGoingOn && mirror.isFirst);
  const initial = isOfLink ? initialStatus.link : initialStatus.reactivation;
  const calls = callsToWake(id, { initial, sendEmail: switches.sendEmail });
  if (status === 'STAGED') return (isNew || isGoingOn) && isActive(initial) ? calls.ofStaged : [];
  // The worker that activated them is gone, and with it the password.
  if (status === 'PROVISIONED' && isGoingOn && needsPassword(initial)) return [{ kind: 'set_password', hubUserId: id }];
  if (status !== 'DEPROVISIONED' || !switches.reactivate) return [];
  const isAsked = isNew || isGoingOn || mirror.state === 'left' || mirror.isForced;
  if (!isAsked) return 'deactivated_in_hub';
  return isActive(initial) ? calls.ofDeactivated : 'cannot_be_staged';
}

/** With a password, activation leads to ACTIVE and mails no one. A deactivated user cannot be given one before. */
function callsToWake(
  hubUserId: string,
  { initial, sendEmail }: { initial: InitialStatus; sendEmail: boolean },
): { ofStaged: readonly PersonChange[]; ofDeactivated: readonly PersonChange[] } {
  const withPassword = needsPassword(initial);
  const wake: PersonChange = { kind: 'wake', hubUserId };
  const activate: PersonChange = { kind: 'activate', hubUserId, sendEmail: sendEmail && !withPassword };
  const password: readonly PersonChange[] = withPassword ? [{ kind: 'set_password', hubUserId }] : [];
  return { ofStaged: [wake, ...password, activate], ofDeactivated: [wake, activate, ...password] };
}

function updateOf(
  { profile }: WantedPerson,
  found: FoundPerson,
  { switches, isWoken }: { switches: LinkSwitches; isWoken: boolean },
): PersonChange[] {
  const different = Object.entries(profile).filter(([name, value]) => (found.profile[name] ?? null) !== value);
  const isClosed = found.status === 'DEPROVISIONED' && !isWoken;
  if (!switches.update || isClosed || different.length === 0) return [];
  return [{ kind: 'update', hubUserId: found.id, profile: Object.fromEntries(different) }];
}

/**
 * Whether one who is assigned is to be in the hub, by their status in the spoke. Before their activation there, Okta provisions
 * no one to its apps either; but keys are for new people above all.
 */
export const isPresentAs = (status: string, { hasKey }: { hasKey: boolean }): boolean =>
  status !== 'DEPROVISIONED' && (hasKey || status !== 'STAGED');

/** A person's own initial status counts always, that of the link where they have none. */
export const initialStatusOf = (link: InitialStatusBy, own: InitialStatus | null): InitialStatusBy =>
  own === null ? link : { create: own, link: own, reactivation: own };

/** What is compared of a profile: two profiles with the same content need no update. */
export const contentOf = (profile: HubProfile): string =>
  JSON.stringify(Object.entries(profile).toSorted(([one], [other]) => (one < other ? -1 : 1)));
