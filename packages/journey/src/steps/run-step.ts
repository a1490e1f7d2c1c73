import type { HoldCode } from '../model/holds.ts';
import type { StepName } from '../model/plan.ts';
import type { SeenUser } from '../model/seen-user.ts';
import type { Problem } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { isTransient, ConnectorError } from '../ports/errors.ts';
import type { AttemptResult, Chain, Finished, StepAttempt } from '../ports/ledger.ts';
import { backoffMs, failureOf, isAlarming, retryAfterMs } from './backoff.ts';
import { holdForbidden } from './hold-forbidden.ts';
import {
  done,
  later,
  laterInQueue,
  stop,
  type EventEnd,
  type LastMove,
  type Outcome,
  type StepEnd,
} from './outcome.ts';
import { doneWith, eventSteps, intentOf, shipmentSteps, type EventStepName } from './steps.ts';

/** How a job ended, for the queue: its outcome, and the hold that an operator must resolve, if there is one. */
export interface StepResult {
  result: Outcome;
  held: { shipmentId: string; code: HoldCode; problems: readonly Problem[] } | null;
}

const longestPauseMs = 5 * 60_000;

/** What lets the next steps of a shipment follow in one run; a step that is not admitted gets a job. */
export interface Following extends Pick<Chain, 'admit' | 'onClaim'> {
  /** Runs an attempt that follows. */
  within: <Result>(attempt: StepAttempt, work: () => Promise<Result>) => Promise<Result>;
  onEnded: (step: StepName, result: StepResult) => Promise<void>;
}

const nothingFollows: Following = {
  admit: () => false,
  onClaim: () => undefined,
  within: (_, work) => work(),
  onEnded: async () => undefined,
};

/**
 * One attempt at a shipment's step: claim it, run it, finish it; and then at the next ones, where they may follow at once. A
 * failed call becomes a retry, later each time (invariant 4); anything else that is thrown is a bug, recorded in the history
 * and rethrown.
 * @returns how the first attempt ended
 */
export async function runStep(
  context: Context,
  { step, shipmentId, dispatchId }: { step: StepName; shipmentId: string; dispatchId: string | null },
  following: Following = nothingFollows,
): Promise<StepResult> {
  const claim = await context.ledger.claimStep(step, shipmentId, dispatchId);
  switch (claim.outcome) {
    case 'not_found':
      return { result: done('no such shipment'), held: null };
    case 'not_next':
      return { result: claim.shipment.hold === null ? done('not next') : stop('held'), held: heldBy(claim.shipment) };
    case 'superseded':
      return { result: done('superseded by a later job of this step'), held: null };
    case 'already_running':
      return { result: laterInQueue(claim.retryAfterMs, 'another attempt is running'), held: null };
    case 'tenant_paused':
      return { result: later(claim.retryAfterMs, claim.reason), held: null };
    case 'claimed':
      return runAttempts(context, claim.attempt, following);
  }
}

async function runAttempts(context: Context, first: StepAttempt, following: Following): Promise<StepResult> {
  const chain = chainOf(context, following);
  const ended = await runAttempt(context, first, chain);
  await runFollowing(context, ended, { following, chain });
  return ended.result;
}

const chainOf = ({ now }: Context, following: Following): Chain => ({ intentOf: intentOf(now), ...following });

async function runFollowing(
  context: Context,
  first: Omit<Ended, 'result'>,
  { following, chain }: { following: Following; chain: Chain },
): Promise<void> {
  let { next: attempt, alsoDone, seen } = first;
  while (attempt !== null) {
    if (alsoDone !== undefined) await following.onEnded(alsoDone, { result: done(), held: null });
    const current = attempt;
    if (seen !== undefined) current.seen = seen;
    const ended = await following.within(current, () => runAttempt(context, current, chain));
    await following.onEnded(current.step, ended.result);
    ({ next: attempt, alsoDone } = ended);
    seen = ended.seen ?? seen;
  }
}

/**
 * One attempt at an event's step, and then at the steps of its shipment, where they may follow at once. It is not claimed: what the event asks for is recorded once, under the event's row lock,
 * so an attempt too many reads Okta again and changes nothing.
 */
export async function runEventStep(
  context: Context,
  { step, eventId }: { step: EventStepName; eventId: string },
  following: Following = nothingFollows,
): Promise<StepResult> {
  const chain = chainOf(context, following);
  const { next, ...result }: EventEnd = await eventSteps[step].run(context, eventId, chain);
  if (result.outcome === 'later') await context.ledger.postponeEvent(eventId, result.afterMs, result.failure);
  await runFollowing(context, { next: next ?? null }, { following, chain });
  return { result, held: null };
}

interface Ended extends Pick<Finished, 'next' | 'alsoDone'> {
  result: StepResult;
  seen?: SeenUser;
}

async function runAttempt(context: Context, attempt: StepAttempt, chain: Chain): Promise<Ended> {
  let result: Outcome;
  try {
    let end: StepEnd = await shipmentSteps[attempt.step].run(context, attempt);
    while (end.outcome === 'last_move') {
      const ended = await finishWithMove(context, attempt, { last: end, chain });
      if ('next' in ended) return ended;
      end = await ended.goOn();
    }
    result = end;
  } catch (error) {
    if (!(error instanceof ConnectorError)) {
      await context.ledger.finishAttempt(attempt, {
        outcome: 'threw',
        why: error instanceof Error ? error.name : 'unknown',
        afterMs: backoffMs(attempt.failures + 1),
        failure: { waitsFor: null, isCounted: true },
      });
      throw error;
    }
    result =
      (error.fault === 'forbidden' ? await holdForbidden(context, attempt, error) : null) ??
      (await retryLater(context, attempt, error));
  }
  await context.ledger.finishAttempt(attempt, attemptResultOf(result));
  if (result.outcome === 'done') return { result: { result, held: null }, next: null };
  const shipment = await context.ledger.read(attempt.shipment.id);
  return { result: { result, held: heldBy(shipment) }, next: null };
}

const attemptResultOf = (result: Outcome): AttemptResult => ({
  outcome: result.outcome,
  why: result.why ?? null,
  ...(result.outcome === 'later' ? { afterMs: result.afterMs } : {}),
  ...(result.outcome === 'later' && result.failure !== undefined ? { failure: result.failure } : {}),
});

/** @returns how the attempt ended, or what is still to be done in it */
async function finishWithMove(
  context: Context,
  attempt: StepAttempt,
  { last, chain }: { last: LastMove; chain: Chain },
): Promise<Ended | { goOn: () => Promise<StepEnd> }> {
  const { moved, ...after } = await context.ledger.finishWithMove(
    attempt,
    {
      moves: last.moves,
      resultOf: (made) => {
        const end = last.endOf(made);
        return typeof end === 'function' ? null : attemptResultOf(end);
      },
      doneWith: doneWith(context, attempt),
    },
    chain,
  );
  const end = last.endOf(moved);
  if (typeof end === 'function') return { goOn: end };
  const held = end.outcome === 'done' ? null : heldBy(moved.shipment);
  return { result: { result: end, held }, ...after, ...(last.seen === undefined ? {} : { seen: last.seen }) };
}

async function retryLater(context: Context, attempt: StepAttempt, error: ConnectorError): Promise<Outcome> {
  const { tenant } = attempt.shipment;
  const { everyMs } = context.tenant(tenant).polling;
  // Without its HRIS a tenant's new requests wait, and PINs whose addresses come from it; nothing else does.
  if (error.fault === 'unauthorized' && error.service !== 'hris') {
    // A configuration with short times, as the local stack has, gets short pauses too.
    const pauseMs = Math.min(longestPauseMs, everyMs);
    const reason = error.message;
    const until = new Date(context.now().getTime() + pauseMs);
    await context.ledger.pauseTenant(tenant, { until, reason, service: error.service });
    context.alarm('tenant_paused', { tenant, service: error.service, status: error.status });
    return later(pauseMs, reason, { ...failureOf(error), isCounted: false });
  }
  if (!isTransient(error))
    context.alarm('unexpected_refusal', { step: attempt.step, shipment: attempt.shipment.id, status: error.status });
  const failures = attempt.failures + 1;
  if (isTransient(error) && isAlarming(failures))
    context.alarm('step_keeps_failing', {
      step: attempt.step,
      shipment: attempt.shipment.id,
      service: error.service,
      status: error.status,
      failures,
    });
  const atMostMs = attempt.step === 'track-parcel' ? everyMs : Number.POSITIVE_INFINITY;
  return later(retryAfterMs(error, failures, atMostMs), error.message, failureOf(error));
}

function heldBy(shipment: StepAttempt['shipment']): StepResult['held'] {
  if (shipment.hold === null) return null;
  return { shipmentId: shipment.id, code: shipment.hold.code, problems: shipment.hold.problems };
}
