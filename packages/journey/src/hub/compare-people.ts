import {
  changesForPerson,
  initialStatusOf,
  type FoundPerson,
  type HubPersonProblem,
  type InitialStatus,
  type InitialStatusBy,
  type LinkSwitches,
  type MirrorStateName,
  type PersonChange,
} from './person-changes.ts';

/** What a push would do with a person who is not as wanted, the first that is done of several. */
export const comparedActions = ['create', 'link', 'activate', 'deactivate', 'update'] as const;

export type ComparedAction = (typeof comparedActions)[number];

/** The rest of a report: why the hub does not hold what the spoke requires. */
export type ComparedOutcome = ComparedAction | HubPersonProblem;

/** A person as the spoke's pages and the ledger know them: a profile is the keyed hash of what the hub should have. */
export interface KnownPerson {
  /** The id in the spoke. */
  userId: string;
  /** The hub's user of this person; null before the first link or create, and of another hub. */
  hubUserId: string | null;
  isPresent: boolean;
  wantedHash: string | null;
  /** The person's own; null: that of the link. */
  initialStatus: InitialStatus | null;
  state: MirrorStateName;
  isFirst: boolean;
  problem: HubPersonProblem | null;
  /** They are due already, and no attempt runs that may have read what has changed since. */
  isDue: boolean;
}

/** A user of the hub, with the hash of the mapped attributes alone. */
export type ListedUser = Omit<FoundPerson, 'profile'> & { hash: string };

export interface ComparedPerson {
  /** Null for one who is as wanted. */
  outcome: ComparedOutcome | null;
  /** A push has something to do now. */
  isDue: boolean;
  /** It would have, if a part of the link were on. */
  isOff: boolean;
}

export interface LinkRules {
  switches: LinkSwitches;
  initialStatus: InitialStatusBy;
}

const allOn: Omit<LinkSwitches, 'sendEmail'> = { create: true, update: true, deactivate: true, reactivate: true };

/**
 * How a person compares with the hub's user, by the rules that a push has: what it is to do is found out from hashes alone.
 * One whose problem is known is tried again by itself, so that a comparison costs nothing for them each time.
 * @param isOthers whether the user is the mirror of another person, of any spoke
 */
export function comparePerson(
  known: KnownPerson,
  found: ListedUser | null,
  { isOthers, ...rules }: LinkRules & { isOthers: boolean },
): ComparedPerson {
  const planned = planOf(known, found, { ...rules, isOthers });
  if (planned.problem !== null)
    return { outcome: planned.problem, isDue: planned.problem !== known.problem, isOff: false };
  if (known.problem !== null) return { outcome: known.problem, isDue: planned.action === null, isOff: false };
  if (planned.action !== null) return { outcome: planned.action, isDue: true, isOff: false };
  const off = planOf(known, found, { ...rules, isOthers, switches: { ...rules.switches, ...allOn } });
  const outcome = off.problem ?? off.action;
  return { outcome, isDue: false, isOff: outcome !== null };
}

function planOf(
  known: KnownPerson,
  found: ListedUser | null,
  { switches, initialStatus, isOthers }: LinkRules & { isOthers: boolean },
): { problem: HubPersonProblem | null; action: ComparedAction | null } {
  const { hubUserId, isPresent, state, isFirst } = known;
  const wanted = {
    login: known.userId,
    isPresent,
    initialStatus: initialStatusOf(initialStatus, known.initialStatus),
    profile: { hash: known.wantedHash },
  };
  const user = found === null ? null : { ...found, profile: { hash: found.hash } };
  const plan = changesForPerson(wanted, user, {
    mirror: { state, hubUserId, isOthers, isForced: false, isFirst },
    switches,
  });
  return plan.outcome === 'refused'
    ? { problem: plan.problem, action: null }
    : { problem: null, action: actionOf(plan.changes) };
}

function actionOf(changes: readonly PersonChange[]): ComparedAction | null {
  const kinds = new Set(changes.map(({ kind }) => (kind === 'wake' || kind === 'set_password' ? 'activate' : kind)));
  return comparedActions.find((action) => kinds.has(action)) ?? null;
}
