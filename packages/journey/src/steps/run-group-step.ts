import type { Context } from '../ports/context.ts';
import { ConnectorError, isTransient } from '../ports/errors.ts';
import type { GroupAttempt, GroupStepName } from '../ports/hub-groups.ts';
import { backoffMs, failureOf, isAlarming, retryAfterMs } from './backoff.ts';
import { done, later, laterInQueue, type Outcome } from './outcome.ts';
import { groupSteps } from './steps.ts';

/** One attempt at a step of a group that is pushed to a hub: claim it, run it, finish it. */
export async function runGroupStep(
  context: Context,
  { step, groupId, dispatchId }: { step: GroupStepName; groupId: string; dispatchId: string | null },
): Promise<Outcome> {
  const claim = await context.groups.claim(step, groupId, dispatchId);
  switch (claim.outcome) {
    case 'nothing_to_do':
      return done('nothing is to be written');
    case 'superseded':
      return done('superseded by a later job of this step');
    case 'already_running':
      return laterInQueue(claim.retryAfterMs, 'another attempt is running');
    case 'tenant_paused':
      return later(claim.retryAfterMs, claim.reason);
    case 'claimed':
      return runAttempt(context, step, claim.attempt);
  }
}

async function runAttempt(context: Context, step: GroupStepName, attempt: GroupAttempt): Promise<Outcome> {
  try {
    return await groupSteps[step].run(context, attempt);
  } catch (error) {
    const failures = attempt.failures + 1;
    if (!(error instanceof ConnectorError)) {
      const failure = { waitsFor: null, isCounted: true };
      await context.groups.postpone(step, attempt, { afterMs: backoffMs(failures), failure });
      throw error;
    }
    if (isTransient(error) && isAlarming(failures))
      context.alarm('hub_group_keeps_failing', { group: attempt.id, status: error.status, failures });
    const [afterMs, failure] = [retryAfterMs(error, failures), failureOf(error)];
    await context.groups.postpone(step, attempt, { afterMs, failure });
    return later(afterMs, error.message, failure);
  }
}
