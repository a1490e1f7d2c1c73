import type { Context } from '../ports/context.ts';
import type { ComparisonStepName } from '../ports/hub-comparisons.ts';
import type { GroupStepName } from '../ports/hub-groups.ts';
import type { HubAttempt, HubClaim } from '../ports/hub.ts';
import { done, later, laterInQueue, type Outcome } from './outcome.ts';
import { runOrPostpone } from './run-registration-step.ts';
import { groupSteps, mirrorSteps, pageSteps, type MirrorStepName } from './steps.ts';

/** One attempt at a step of a person's mirror: claim it, run it, finish it. It never pauses its tenant: the hub is another org. */
export async function runMirrorStep(
  context: Context,
  { step, mirrorId, dispatchId }: { step: MirrorStepName; mirrorId: string; dispatchId: string | null },
): Promise<Outcome> {
  return runHubClaim(await context.mirrors.claim(mirrorId, dispatchId), (attempt) =>
    runOrPostpone(() => mirrorSteps[step].run(context, attempt), {
      failures: attempt.failures + 1,
      postpone: (afterMs, failure) => context.mirrors.postpone(attempt, afterMs, failure),
      alarm: (status, failures) => context.alarm('hub_keeps_failing', { subject: attempt.id, status, failures }),
    }),
  );
}

/** One attempt at a step of a group that is pushed to a hub: claim it, run it, finish it. */
export async function runGroupStep(
  context: Context,
  { step, groupId, dispatchId }: { step: GroupStepName; groupId: string; dispatchId: string | null },
): Promise<Outcome> {
  return runHubClaim(await context.groups.claim(step, groupId, dispatchId), (attempt) =>
    runOrPostpone(() => groupSteps[step].run(context, attempt), {
      failures: attempt.failures + 1,
      postpone: (afterMs, failure) => context.groups.postpone(step, attempt, { afterMs, failure }),
      alarm: (status, failures) => context.alarm('hub_group_keeps_failing', { group: attempt.id, status, failures }),
    }),
  );
}

/** One page of a run that reads both sides of a link: claim it, read it, record it. */
export async function runPageStep(
  context: Context,
  { step, comparisonId, dispatchId }: { step: ComparisonStepName; comparisonId: string; dispatchId: string | null },
): Promise<Outcome> {
  return runHubClaim(await context.comparisons.claim(step, comparisonId, dispatchId), (attempt) =>
    runOrPostpone(() => pageSteps[step].run(context, attempt), {
      failures: attempt.failures + 1,
      postpone: (afterMs, failure) => context.comparisons.postpone(attempt, { afterMs, failure }),
      alarm: (status, failures) =>
        context.alarm('hub_comparison_keeps_failing', { comparison: attempt.id, status, failures }),
    }),
  );
}

async function runHubClaim<Attempt extends HubAttempt>(
  claim: HubClaim<Attempt>,
  run: (attempt: Attempt) => Promise<Outcome>,
): Promise<Outcome> {
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
      return run(claim.attempt);
  }
}
