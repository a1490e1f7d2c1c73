import {
  markOf,
  type PersonProblem,
  type RegistrationProblem,
  type RegistrationTarget,
} from '../model/registration.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import { tenantOfHub } from '../ports/hub.ts';
import type { RegistrationAttempt, RegistrationState } from '../ports/registration.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';
import { attributeProblem, groupProblem, readProblem } from './registration-problem.ts';

/** How often one attempt writes again where another write won. */
const maxRounds = 4;
const againAfterMs = 5_000;

/**
 * Makes what Okta has of a person what is wanted: reads it, writes what differs, and reads again, since of two partial
 * updates at once Okta loses one. Once more where something else is wanted meanwhile.
 */
export async function writeRegistration(context: Context, attempt: RegistrationAttempt): Promise<Outcome> {
  const target = targetOf(context, attempt.org);
  if (target === null) {
    await context.registrations.drop(attempt);
    return done('registrations are not written in this org');
  }
  let current = attempt;
  for (let round = 0; round < maxRounds; round += 1) {
    const { wrote, problem } = await bringAbout(context, target, current);
    const result = { wrote, problem, verifyEveryMs: target.verifyEveryMs };
    const finished = await context.registrations.finish(current, result);
    if (finished.outcome === 'ended') {
      if (finished.isNewSettingsProblem)
        context.alarm('registration_settings', { tenant: attempt.org, problem, registration: attempt.id });
      return done(problem ?? (wrote ? 'written' : 'already so'));
    }
    current = finished.attempt;
  }
  await context.registrations.postpone(current, againAfterMs, undefined);
  return later(againAfterMs, 'what is wanted keeps changing');
}

function targetOf(context: Context, org: string): RegistrationTarget | null {
  const spoke = tenantOfHub(org);
  return spoke === null ? context.tenant(org).registration : context.tenant(spoke).hubRegistration;
}

interface Result {
  wrote: boolean;
  problem: RegistrationProblem | null;
}

async function bringAbout(context: Context, target: RegistrationTarget, attempt: RegistrationAttempt): Promise<Result> {
  let wrote = false;
  for (let round = 0; round < maxRounds; round += 1) {
    const state = await read(context, target, attempt);
    if (typeof state === 'string') return { wrote, problem: state };
    if (state.group !== null && state.group.id === null) return { wrote, problem: 'group_missing' };
    const isAttributeRight = target.attribute === null || state.attribute === valueOf(target.attribute, attempt);
    const isGroupRight = state.group === null || state.group.isMember === attempt.wanted;
    if (isAttributeRight && isGroupRight) return { wrote, problem: null };
    const problem =
      (isAttributeRight ? null : await writeAttribute(context, { target, attempt, state })) ??
      (isGroupRight ? null : await setMembership(context, attempt, state));
    if (problem !== null) return { wrote, problem };
    wrote = true;
  }
  return { wrote, problem: 'overwritten' };
}

const valueOf = (
  { ready, notReady }: NonNullable<RegistrationTarget['attribute']>,
  { wanted }: RegistrationAttempt,
): string | boolean => (wanted ? ready : notReady);

async function read(
  context: Context,
  { attribute, group }: RegistrationTarget,
  { org, userId }: RegistrationAttempt,
): Promise<RegistrationState | RegistrationProblem> {
  try {
    const found = await context.identity.readRegistration(org, userId, {
      attribute: attribute?.name ?? null,
      group,
    });
    return found === null ? 'user_not_found' : (deactivated(found) ?? found);
  } catch (error) {
    return readProblem(error);
  }
}

/** Okta refuses edits of deactivated users, and their credentials are revoked by the flow for leavers. */
const deactivated = ({ status }: RegistrationState): PersonProblem | null =>
  status === 'deactivated' ? 'user_deactivated' : null;

/** @returns why it was refused; null also where another write came first, which the next reading shows */
async function writeAttribute(
  context: Context,
  { target, attempt, state }: { target: RegistrationTarget; attempt: RegistrationAttempt; state: RegistrationState },
): Promise<RegistrationProblem | null> {
  const { attribute } = target;
  if (attribute === null) return null;
  const { id, org, userId } = attempt;
  const value = valueOf(attribute, attempt);
  try {
    const write = { userId, name: attribute.name, value, version: state.version, mark: markOf(id) };
    await note(context, attempt, await context.identity.writeAttribute(org, write));
    return null;
  } catch (error) {
    return error instanceof ConnectorError && error.status === 412 ? null : attributeProblem(error, attribute.name);
  }
}

/** Until the attempt ends, an event of this user that may be ours waits. */
async function note({ registrations }: Context, attempt: RegistrationAttempt, requestId: string | null): Promise<void> {
  if (requestId !== null) await registrations.noteWrite(attempt, requestId);
}

async function setMembership(
  context: Context,
  attempt: RegistrationAttempt,
  { group }: RegistrationState,
): Promise<RegistrationProblem | null> {
  if (group === null || group.id === null) return null;
  const { id, org, userId, wanted: isMember } = attempt;
  try {
    const write = { userId, groupId: group.id, isMember, mark: markOf(id) };
    await note(context, attempt, await context.identity.setMembership(org, write));
    return null;
  } catch (error) {
    return groupProblem(error);
  }
}
