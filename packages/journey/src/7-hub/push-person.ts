import {
  changesForPerson,
  contentOf,
  initialStatusOf,
  isPresentAs,
  type FoundPerson,
  type HubPersonProblem,
  type MirrorStateName,
  type PersonChange,
  type WantedPerson,
} from '../hub/person-changes.ts';
import { driftOfMirror } from '../model/key-holder.ts';
import type { Context } from '../ports/context.ts';
import type { HubSettings, MirrorAttempt, MirrorResult, PersonAssignment } from '../ports/hub.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';
import { isOfStatus, problemOf, refusedFor, type Refused } from './hub-problem.ts';

/** How often one attempt writes again where another write won. */
const maxRounds = 5;
const againAfterMs = 5_000;

/**
 * Makes what the hub has of a person what their spoke requires: reads both, writes what differs, and reads again. Once more
 * where the person is due anew meanwhile.
 */
export async function pushPerson(context: Context, attempt: MirrorAttempt): Promise<Outcome> {
  let current = attempt;
  for (let round = 0; round < maxRounds; round += 1) {
    const result = await bringAbout(context, current);
    const finished = await context.mirrors.finish(current, result);
    if (finished.outcome === 'ended') return done(result.problem ?? (result.wrote ? 'written' : 'already so'));
    current = finished.attempt;
  }
  await context.mirrors.postpone(current, againAfterMs, undefined);
  return later(againAfterMs, 'the person keeps changing');
}

/** What is known of the mirror while an attempt goes on, and what is to be done with it. */
interface Push {
  attempt: MirrorAttempt;
  hubOrg: string;
  settings: HubSettings;
  wanted: WantedPerson;
  assignment: PersonAssignment | null;
  isAssigned: boolean;
  state: MirrorStateName;
  hubUserId: string | null;
  wrote: boolean;
  spokeStatus: string;
  /** The hub's user, as read last. */
  found: FoundPerson | null;
}

async function bringAbout(context: Context, attempt: MirrorAttempt): Promise<MirrorResult> {
  const hubOrg = await context.hub.hubOrgOf(attempt.tenant);
  // The link has no service app yet: naming it makes everyone due.
  if (hubOrg === null) return { ...nothing, state: attempt.state };
  const push = await prepare(context, attempt, hubOrg);
  const refused = await pushInRounds(context, push);
  const { wanted, hubUserId, wrote, isAssigned } = push;
  const drift = driftOfMirror(push);
  if (refused !== null) return { ...nothing, ...refused, wrote, drift, state: push.state };
  const content = hubUserId === null ? null : contentOf(wanted.profile);
  return { ...nothing, wrote, content, drift, state: stateAfter(push), isForgotten: hubUserId === null && !isAssigned };
}

const nothing = { wrote: false, content: null, problem: null, drift: null, fields: [], isForgotten: false } as const;

/** A `creating` without a user of the hub ended here: the create is switched off, or the person has left. */
function stateAfter({ hubUserId, wanted }: Push): MirrorStateName {
  if (hubUserId === null) return 'new';
  return wanted.isPresent ? 'linked' : 'left';
}

async function prepare(context: Context, attempt: MirrorAttempt, hubOrg: string): Promise<Push> {
  const { tenant, userId } = attempt;
  const settings = await context.mirrors.settings(tenant);
  const groups = await context.mirrors.assignedGroups(tenant);
  const assignment = await context.mirrors.assignmentOf(attempt);
  const found = await context.hub.readSpokePerson(tenant, userId, {
    mapping: settings.mapping,
    groups: assignment === null ? groups : [],
  });
  const isAssigned = assignment !== null || (found?.isInGroup ?? false);
  const wanted: WantedPerson = {
    login: found?.profile['login'] ?? '',
    isPresent: found !== null && isAssigned && isPresentAs(found.status, { hasKey: assignment?.hasKey === true }),
    initialStatus: initialStatusOf(settings.initialStatus, assignment?.initialStatus ?? null),
    profile: found?.profile ?? {},
  };
  const so = { spokeStatus: found?.status ?? '', wrote: false, found: null };
  return {
    attempt,
    hubOrg,
    settings,
    wanted,
    assignment,
    isAssigned,
    ...so,
    ...(await knownIn(context, attempt, hubOrg)),
  };
}

/** What was known of another hub says nothing about this one, unless it is the same org under another name. */
async function knownIn(
  { hub, mirrors }: Context,
  attempt: MirrorAttempt,
  hubOrg: string,
): Promise<Pick<Push, 'state' | 'hubUserId'>> {
  const { tenant, hubUserId, state } = attempt;
  if (attempt.hubOrg === hubOrg || hubUserId === null) return { state, hubUserId };
  const isSame = (await hub.readHubPerson(tenant, { id: hubUserId })) !== null;
  if (isSame && (await mirrors.link(attempt, { hubOrg, hubUserId, state }))) return { state, hubUserId };
  return { state: 'new', hubUserId: null };
}

async function pushInRounds(context: Context, push: Push): Promise<Refused | null> {
  const { wanted, spokeStatus, isAssigned, hubUserId, state } = push;
  if (spokeStatus === '' && isAssigned && hubUserId === null && state === 'new') return refusedFor('not_in_spoke');
  if (wanted.isPresent && wanted.login === '') return refusedFor('login_missing', ['login']);
  try {
    for (let round = 0; round < maxRounds; round += 1) {
      const plan = await planNext(context, push);
      if (plan.outcome === 'refused') return refusedFor(plan.problem);
      if (plan.changes.length === 0) return (await setQuestion(context, push), null);
      for (const change of plan.changes) {
        const refused = await apply(context, push, change);
        if (refused === 'look_again') break;
        if (refused !== null) return refused;
      }
    }
  } catch (error) {
    return problemOf(error, 'refused');
  }
  return refusedFor('overwritten');
}

async function planNext(context: Context, push: Push): Promise<ReturnType<typeof changesForPerson>> {
  const { attempt, wanted, settings, state, hubUserId } = push;
  const found = await findInHub(context, push);
  push.found = found;
  const isOthers =
    found !== null &&
    found.id !== hubUserId &&
    (await context.mirrors.isOthers(attempt, { hubOrg: push.hubOrg, hubUserId: found.id }));
  // One whose create was answered to a worker that is gone, and who left meanwhile, is known before they are deactivated.
  if (found !== null && hubUserId === null && state === 'creating' && !wanted.isPresent && !isOthers)
    return { outcome: 'changes', changes: [{ kind: 'link', hubUserId: found.id, isWaking: false }] };
  return changesForPerson(wanted, found, {
    mirror: { state, hubUserId, isOthers, isForced: attempt.isForced, isFirst: attempt.isFirst },
    switches: settings.switches,
  });
}

async function findInHub({ hub }: Context, { attempt, wanted, state, hubUserId }: Push) {
  const { tenant, creatingLogin } = attempt;
  if (hubUserId !== null) {
    const found = await hub.readHubPerson(tenant, { id: hubUserId });
    // An operator who asks for a person whom the hub deleted gets them anew, or one who has their login by now.
    if (found !== null || !attempt.isForced || !wanted.isPresent) return found;
  }
  if (state === 'creating' && creatingLogin !== null) {
    const found = await hub.readHubPerson(tenant, { login: creatingLogin });
    if (found !== null) return found;
  }
  return wanted.isPresent ? hub.readHubPerson(tenant, { login: wanted.login }) : null;
}

/** @returns why it was refused; `look_again` where another write came first, which the next reading shows */
async function apply(context: Context, push: Push, change: PersonChange): Promise<Refused | 'look_again' | null> {
  const [{ hub }, { tenant }] = [context, push.attempt];
  switch (change.kind) {
    case 'create':
      return create(context, push, change);
    case 'link':
      return link(context, push, { ...change, state: change.isWaking ? 'waking' : 'linked' });
    case 'wake':
      return link(context, push, { ...change, state: 'waking' });
    case 'update':
      return write(push, 'profile_refused', () => hub.updatePerson(tenant, change.hubUserId, change.profile));
    case 'set_password':
      return write(push, 'password_refused', () =>
        hub.setTemporaryPassword(tenant, change.hubUserId, push.wanted.profile),
      );
    case 'activate':
      return write(push, 'refused', () => hub.activatePerson(tenant, change.hubUserId, change));
    case 'deactivate':
      return write(push, 'refused', () => hub.deactivatePerson(tenant, change.hubUserId));
  }
}

async function create(
  context: Context,
  push: Push,
  { login, profile, activate, needsPassword }: Extract<PersonChange, { kind: 'create' }>,
): Promise<Refused | 'look_again' | null> {
  const { attempt, assignment } = push;
  const isLookedUp = push.state === 'creating' && attempt.creatingLogin === login;
  push.state = 'creating';
  push.hubUserId = null;
  // No one is made in the hub of a link that is gone, or by a worker whose turn has ended.
  if (!(await context.mirrors.noteCreating(attempt, login))) return refusedFor('overwritten');
  // The intent is committed, and the login is looked up once more before the POST: a POST of an earlier attempt may be late.
  if (!isLookedUp && (await context.hub.readHubPerson(attempt.tenant, { login })) !== null) return 'look_again';
  const securityQuestion = assignment?.securityQuestion ?? null;
  let hubUserId: string | null = null;
  const refused = await write(push, 'profile_refused', async () => {
    const person = { profile, activate, needsPassword, securityQuestion };
    hubUserId = await context.hub.createPerson(attempt.tenant, person);
  });
  if (refused !== null && refused !== 'look_again' && refused.problem === 'login_taken')
    return (await context.hub.readHubPerson(attempt.tenant, { login })) === null ? refused : 'look_again';
  return refused ?? (hubUserId === null ? 'look_again' : link(context, push, { hubUserId, state: 'linked' }));
}

async function link(
  context: Context,
  push: Push,
  { hubUserId, state }: { hubUserId: string; state: MirrorStateName },
): Promise<Refused | null> {
  if (!(await context.mirrors.link(push.attempt, { hubOrg: push.hubOrg, hubUserId, state })))
    return refusedFor('linked_elsewhere');
  push.state = state;
  push.hubUserId = hubUserId;
  return null;
}

/** Set for one who is linked, and after a create too, whose answer may have been lost: then it is erased here. */
async function setQuestion(context: Context, push: Push): Promise<void> {
  const { attempt, assignment, hubUserId, wanted } = push;
  const question = assignment?.securityQuestion ?? null;
  if (question === null || hubUserId === null || !wanted.isPresent) return;
  await context.hub.setSecurityQuestion(attempt.tenant, hubUserId, question);
  push.wrote = true;
  await context.mirrors.eraseQuestion(attempt, question);
}

async function write(
  push: Push,
  otherwise: HubPersonProblem,
  run: () => Promise<void>,
): Promise<Refused | 'look_again' | null> {
  try {
    await run();
    push.wrote = true;
    return null;
  } catch (error) {
    return isOfStatus(error) ? 'look_again' : problemOf(error, otherwise);
  }
}
