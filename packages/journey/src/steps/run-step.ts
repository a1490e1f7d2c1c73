import { checkProfile } from '../2-shipments/check-profile.ts';
import { cancelOrder } from '../3-fulfillment/cancel-order.ts';
import { deleteEnrollment } from '../3-fulfillment/delete-enrollment.ts';
import { editOrder } from '../3-fulfillment/edit-order.ts';
import { enrollCredential } from '../3-fulfillment/enroll-credential.ts';
import { placeOrder } from '../3-fulfillment/place-order.ts';
import { trackParcel } from '../3-fulfillment/track-parcel.ts';
import { activateCredential } from '../4-activation/activate-credential.ts';
import { revokeCredential } from '../4-activation/revoke-credential.ts';
import { releasePin } from '../5-pin-delivery/release-pin.ts';
import { sendPin } from '../5-pin-delivery/send-pin.ts';
import { stepNames, type StepName } from '../model/plan.ts';
import type { HoldCode, Problem } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { isTransient, ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { done, later, stop, type Outcome } from './outcome.ts';

/** What a room does with a visit. The door was owed when it was entered, and nobody else is inside. */
export type Handler = (context: Context, attempt: StepAttempt) => Promise<Outcome>;

/** Every door of the house and what is behind it: the one table of jobs. The queue is the room. */
export const steps = {
  'check-profile': { queue: 'shipments', title: 'Check the shipping profile', run: checkProfile },
  'enroll-credential': { queue: 'fulfillment', title: 'Enroll the credential at Okta', run: enrollCredential },
  'place-order': { queue: 'fulfillment', title: 'Order the key from the provider', run: placeOrder },
  'edit-order': { queue: 'fulfillment', title: 'Change the address of the order', run: editOrder },
  'cancel-order': { queue: 'fulfillment', title: 'Take the order back from the provider', run: cancelOrder },
  'track-parcel': { queue: 'fulfillment', title: 'Follow the parcel', run: trackParcel },
  'delete-enrollment': { queue: 'fulfillment', title: 'Take the enrollment out of Okta', run: deleteEnrollment },
  'activate-credential': { queue: 'activation', title: 'Activate the credential in Okta', run: activateCredential },
  'revoke-credential': { queue: 'activation', title: 'Revoke the credential in Okta', run: revokeCredential },
  'release-pin': { queue: 'pin-delivery', title: 'Release the PIN', run: releasePin },
  'send-pin': { queue: 'pin-delivery', title: 'Hand the PIN to its owner', run: sendPin },
} as const satisfies Record<StepName, { queue: string; title: string; run: Handler }>;

export const isStepName = (name: string): name is StepName => stepNames.some((step) => step === name);

/** How a visit ended, for the queue: the outcome, and the hold that a person must look at, if there is one. */
export interface StepResult {
  result: Outcome;
  held: { shipmentId: string; code: HoldCode; problems: readonly Problem[] } | null;
}

const longestPauseMs = 5 * 60_000;

/**
 * Goes through one door: enter, do what the room does, leave. Failures of the outside become waiting, longer each time
 * (invariant 4); what is thrown otherwise is a bug, recorded on the card and thrown on.
 */
export async function runStep(
  context: Context,
  step: StepName,
  shipmentId: string,
  dispatchId: string | null,
): Promise<StepResult> {
  const claim = await context.ledger.claimStep(step, shipmentId, dispatchId);
  switch (claim.outcome) {
    case 'not_found':
      return { result: done('no such shipment'), held: null };
    case 'not_next':
      return { result: claim.shipment.hold === null ? done('not owed') : stop('held'), held: heldBy(claim.shipment) };
    case 'superseded':
      return { result: done('a later job of this door takes over'), held: null };
    case 'already_running':
      return { result: later(claim.retryAfterMs, 'another visit is under way'), held: null };
    case 'tenant_paused':
      return { result: later(claim.retryAfterMs, claim.reason), held: null };
    case 'claimed':
      return runAttempt(context, claim.attempt);
  }
}

async function runAttempt(context: Context, attempt: StepAttempt): Promise<StepResult> {
  let result: Outcome;
  try {
    result = await steps[attempt.step].run(context, attempt);
  } catch (error) {
    if (!(error instanceof ConnectorError)) {
      await context.ledger.finishAttempt(attempt, {
        outcome: 'threw',
        why: nameOf(error),
        afterMs: backoffMs(attempt.number),
      });
      throw error;
    }
    result = await waitForService(context, attempt, error);
  }
  await context.ledger.finishAttempt(attempt, {
    outcome: result.outcome,
    why: result.why ?? null,
    ...(result.outcome === 'later' ? { afterMs: result.afterMs } : {}),
  });
  if (result.outcome === 'done') return { result, held: null };
  const shipment = await context.ledger.read(attempt.shipment.id);
  return { result, held: heldBy(shipment) };
}

async function waitForService(context: Context, attempt: StepAttempt, error: ConnectorError): Promise<Outcome> {
  const { tenant } = attempt.shipment;
  const { everyMs } = context.tenant(tenant).polling;
  // Without its HRIS a tenant's new requests wait, and PINs whose addresses come from it; nothing else does.
  if (error.fault === 'unauthorized' && error.service !== 'hris') {
    // Configuration makes times short where they are to be short: a pause is no longer than the polling interval.
    const pauseMs = Math.min(longestPauseMs, everyMs);
    const reason = error.message;
    await context.ledger.pauseTenant(tenant, new Date(context.now().getTime() + pauseMs), reason);
    context.alarm('tenant_paused', { tenant, service: error.service, status: error.status });
    return later(pauseMs, reason);
  }
  if (!isTransient(error))
    context.alarm('unexpected_refusal', { step: attempt.step, shipment: attempt.shipment.id, status: error.status });
  // This door comes back by itself: its visits so far were no failures that a longer wait would answer.
  const longestMs = attempt.step === 'track-parcel' ? everyMs : Number.POSITIVE_INFINITY;
  const waitMs = error.retryAfterMs ?? Math.min(backoffMs(attempt.number), longestMs);
  return later(Math.max(waitMs, 250), error.message);
}

/** 0.5 s, doubling up to five minutes, with up to a quarter of jitter so that a fleet does not march in step. */
export function backoffMs(attempt: number): number {
  const base = Math.min(500 * 2 ** Math.min(attempt - 1, 12), 5 * 60_000);
  return Math.round(base * (1 + Math.random() / 4));
}

function heldBy(shipment: StepAttempt['shipment']): StepResult['held'] {
  if (shipment.hold === null) return null;
  return { shipmentId: shipment.id, code: shipment.hold.code, problems: shipment.hold.problems };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
