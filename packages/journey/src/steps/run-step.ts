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
import type { Context, Visit } from '../ports/context.ts';
import { isTransient, OutsideError } from '../ports/errors.ts';
import { done, later, stop, type Outcome } from './outcome.ts';
import { doors, type Door } from '../model/plan.ts';
import type { HoldCode, Problem } from '../model/shipment.ts';

/** What a room does with a visit. The door was owed when it was entered, and nobody else is inside. */
export type Handler = (context: Context, visit: Visit) => Promise<Outcome>;

/** Every door of the house and what is behind it: the one table of jobs. The queue is the room. */
export const house = {
  'check-profile': { room: 'shipments', title: 'Check the shipping profile', pass: checkProfile },
  'enroll-credential': { room: 'fulfillment', title: 'Enroll the credential at Okta', pass: enrollCredential },
  'place-order': { room: 'fulfillment', title: 'Order the key from the provider', pass: placeOrder },
  'edit-order': { room: 'fulfillment', title: 'Change the address of the order', pass: editOrder },
  'cancel-order': { room: 'fulfillment', title: 'Take the order back from the provider', pass: cancelOrder },
  'track-parcel': { room: 'fulfillment', title: 'Follow the parcel', pass: trackParcel },
  'delete-enrollment': { room: 'fulfillment', title: 'Take the enrollment out of Okta', pass: deleteEnrollment },
  'activate-credential': { room: 'activation', title: 'Activate the credential in Okta', pass: activateCredential },
  'revoke-credential': { room: 'activation', title: 'Revoke the credential in Okta', pass: revokeCredential },
  'release-pin': { room: 'pin-delivery', title: 'Release the PIN', pass: releasePin },
  'send-pin': { room: 'pin-delivery', title: 'Hand the PIN to its owner', pass: sendPin },
} as const satisfies Record<Door, { room: string; title: string; pass: Handler }>;

export const isDoor = (name: string): name is Door => doors.some((door) => door === name);

/** How a visit ended, for the queue: the outcome, and the hold that a person must look at, if there is one. */
export interface Passage {
  result: Outcome;
  held: { shipmentId: string; code: HoldCode; problems: readonly Problem[] } | null;
}

const longestPauseMs = 5 * 60_000;

/**
 * Goes through one door: enter, do what the room does, leave. Failures of the outside become waiting, longer each time
 * (invariant 4); what is thrown otherwise is a bug, recorded on the card and thrown on.
 */
export async function passDoor(
  context: Context,
  door: Door,
  shipmentId: string,
  turn: string | null,
): Promise<Passage> {
  const entry = await context.ledger.enter(door, shipmentId, turn);
  switch (entry.outcome) {
    case 'missing':
      return { result: done('no such shipment'), held: null };
    case 'not_owed':
      return { result: entry.shipment.hold === null ? done('not owed') : stop('held'), held: heldBy(entry.shipment) };
    case 'superseded':
      return { result: done('a later job of this door takes over'), held: null };
    case 'occupied':
      return { result: later(entry.retryAfterMs, 'another visit is under way'), held: null };
    case 'paused':
      return { result: later(entry.retryAfterMs, entry.reason), held: null };
    case 'entered':
      return visitRoom(context, entry.visit);
  }
}

async function visitRoom(context: Context, visit: Visit): Promise<Passage> {
  let result: Outcome;
  try {
    result = await house[visit.door].pass(context, visit);
  } catch (error) {
    if (!(error instanceof OutsideError)) {
      await context.ledger.leave(visit, { outcome: 'threw', why: nameOf(error), afterMs: backoffMs(visit.attempt) });
      throw error;
    }
    result = await waitForTheOutside(context, visit, error);
  }
  await context.ledger.leave(visit, {
    outcome: result.outcome,
    why: result.why ?? null,
    ...(result.outcome === 'later' ? { afterMs: result.afterMs } : {}),
  });
  if (result.outcome === 'done') return { result, held: null };
  const { shipment } = await context.ledger.move(visit.shipment.id, () => null);
  return { result, held: heldBy(shipment) };
}

async function waitForTheOutside(context: Context, visit: Visit, error: OutsideError): Promise<Outcome> {
  const { tenant } = visit.shipment;
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
    context.alarm('unexpected_refusal', { door: visit.door, shipment: visit.shipment.id, status: error.status });
  // This door comes back by itself: its visits so far were no failures that a longer wait would answer.
  const longestMs = visit.door === 'track-parcel' ? everyMs : Number.POSITIVE_INFINITY;
  const waitMs = error.retryAfterMs ?? Math.min(backoffMs(visit.attempt), longestMs);
  return later(Math.max(waitMs, 250), error.message);
}

/** 0.5 s, doubling up to five minutes, with up to a quarter of jitter so that a fleet does not march in step. */
export function backoffMs(attempt: number): number {
  const base = Math.min(500 * 2 ** Math.min(attempt - 1, 12), 5 * 60_000);
  return Math.round(base * (1 + Math.random() / 4));
}

function heldBy(shipment: Visit['shipment']): Passage['held'] {
  if (shipment.hold === null) return null;
  return { shipmentId: shipment.id, code: shipment.hold.code, problems: shipment.hold.problems };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');
