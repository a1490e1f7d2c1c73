import type { Context } from '../ports/context.ts';
import { ConnectorError, isTransient } from '../ports/errors.ts';
import type { StepFailure } from '../ports/ledger.ts';
import type { RegistrationAttempt } from '../ports/registration.ts';
import { backoffMs, failureOf, isAlarming, retryAfterMs } from './backoff.ts';
import { done, later, laterInQueue, type Outcome } from './outcome.ts';
import { registrationSteps, type RegistrationStepName } from './steps.ts';

/**
 * One attempt at a step of a registration: claim it, run it, finish it. It never pauses its tenant: without it, only the
 * routing of sign-ins is late.
 */
export async function runRegistrationStep(
  context: Context,
  {
    step,
    registrationId,
    dispatchId,
  }: { step: RegistrationStepName; registrationId: string; dispatchId: string | null },
): Promise<Outcome> {
  const claim = await context.registrations.claim(registrationId, dispatchId);
  switch (claim.outcome) {
    case 'nothing_to_do':
      return done('nothing is to be written');
    case 'superseded':
      return done('superseded by a later job of this step');
    case 'settings_problem':
      return done('waits until the settings of the tenant are right');
    case 'already_running':
      return laterInQueue(claim.retryAfterMs, 'another attempt is running');
    case 'tenant_paused':
      return later(claim.retryAfterMs, claim.reason);
    case 'claimed':
      return runAttempt(context, step, claim.attempt);
  }
}

async function runAttempt(
  context: Context,
  step: RegistrationStepName,
  attempt: RegistrationAttempt,
): Promise<Outcome> {
  return runOrPostpone(() => registrationSteps[step].run(context, attempt), {
    failures: attempt.failures + 1,
    postpone: (afterMs, failure) => context.registrations.postpone(attempt, afterMs, failure),
    alarm: (status, failures) =>
      context.alarm('registration_keeps_failing', { registration: attempt.id, status, failures }),
  });
}

interface Repeated {
  failures: number;
  postpone: (afterMs: number, failure: StepFailure) => Promise<void>;
  alarm: (status: number | null, failures: number) => void;
}

/** Runs an attempt; one whose call failed is repeated later, and so is one that a bug of ours ended. */
export async function runOrPostpone(
  run: () => Promise<Outcome>,
  { failures, postpone, alarm }: Repeated,
): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConnectorError)) {
      await postpone(backoffMs(failures), { waitsFor: null, isCounted: true });
      throw error;
    }
    if (isTransient(error) && isAlarming(failures)) alarm(error.status, failures);
    const afterMs = retryAfterMs(error, failures);
    await postpone(afterMs, failureOf(error));
    return later(afterMs, error.message, failureOf(error));
  }
}
