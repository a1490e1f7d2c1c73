/**
 * The floor plan: the states of a shipment, the legal arrows between them, and the doors it must go through next.
 * Pure, and imports nothing: move(), the sweep and a rebuild of the queues all ask the same two functions.
 */
const orderArrows = {
  requested: ['ready', 'cancelled', 'failed'],
  ready: ['enrolling', 'cancelled', 'failed'],
  enrolling: ['enrolled', 'ready', 'cancelled', 'failed'],
  enrolled: ['placing', 'ready', 'cancelled', 'failed'],
  placing: ['placed', 'enrolled', 'ready', 'failed'],
  placed: ['closed', 'cancelling', 'failed'],
  cancelling: ['cancelled', 'placed', 'failed'],
  closed: [],
  cancelled: [],
  failed: ['requested'],
} as const;

const parcelArrows = {
  none: ['preparing'],
  preparing: ['in_transit', 'delivered', 'exception', 'lost', 'returned'],
  in_transit: ['delivered', 'exception', 'lost', 'returned'],
  exception: ['preparing', 'in_transit', 'delivered', 'lost', 'returned'],
  lost: ['in_transit', 'delivered', 'exception', 'returned'],
  returned: ['in_transit', 'delivered'],
  delivered: ['returned'],
} as const;

const credentialArrows = {
  none: ['pending'],
  pending: ['active', 'errored', 'none'],
  active: ['revoked'],
  errored: [],
  revoked: [],
} as const;

const pinArrows = {
  none: ['sealed', 'discarded'],
  sealed: ['released', 'discarded'],
  released: ['sending', 'discarded'],
  sending: ['sent', 'sealed'],
  sent: [],
  discarded: [],
} as const;

export const arrows = {
  order: orderArrows,
  parcel: parcelArrows,
  credential: credentialArrows,
  pin: pinArrows,
} as const;

export type OrderState = keyof typeof orderArrows;
export type ParcelState = keyof typeof parcelArrows;
export type CredentialState = keyof typeof credentialArrows;
export type PinState = keyof typeof pinArrows;

export type Facet = keyof typeof arrows;

/** Everything about a shipment that decides what happens next. */
export interface PlanState {
  order: OrderState;
  parcel: ParcelState;
  credential: CredentialState;
  pin: PinState;
  /** A person must act. */
  held: boolean;
  /** The profile was read and found shippable; false asks for another look, in whatever state the order waits. */
  profileChecked: boolean;
  /** This shipment holds one of its tenant's places at the provider (design, "One request at a time per tenant"). */
  inSlot: boolean;
  /** The provider's answer for the programmed key is here and not yet used. */
  programmed: boolean;
  release: 'on_activation' | 'on_delivery' | 'on_receipt';
  /** An operator released the PIN ahead of its policy. */
  releaseOverridden: boolean;
  receiptConfirmed: boolean;
  /** A rehearsal: checked like any other, and never enrolled or ordered. */
  dryRun: boolean;
}

export const doors = [
  'check-profile',
  'enroll-credential',
  'place-order',
  'track-parcel',
  'activate-credential',
  'release-pin',
  'send-pin',
] as const;

export type Door = (typeof doors)[number];

/** The doors a shipment must go through next. A hold stops every door but polling. */
export function owed(state: PlanState): Door[] {
  if (state.dryRun) return state.order === 'requested' && !state.held ? ['check-profile'] : [];
  const next: Door[] = isPolled(state) ? ['track-parcel'] : [];
  if (state.held) return next;
  if (state.order === 'requested') return ['check-profile'];
  if (isBeforeTheOrder(state.order)) {
    if (!state.profileChecked) next.push('check-profile');
    else if (state.inSlot)
      next.push(state.order === 'ready' || state.order === 'enrolling' ? 'enroll-credential' : 'place-order');
    return next;
  }
  if (state.order !== 'placed') return next;
  if (state.credential === 'pending' && state.programmed) next.push('activate-credential');
  if (state.credential === 'active' && state.pin === 'sealed' && isReleaseDue(state)) next.push('release-pin');
  if (state.credential === 'active' && (state.pin === 'released' || state.pin === 'sending')) next.push('send-pin');
  return next;
}

/** Whether one door is owed: what a visit asks again, under the row's lock, before it commits to an effect. */
export const isOwed = (state: PlanState, door: Door): boolean => owed(state).includes(door);

/** Waiting for one of its tenant's places at the provider. */
export function isWaitingForSlot(state: PlanState): boolean {
  return isBeforeTheOrder(state.order) && state.profileChecked && !state.held && !state.inSlot && !state.dryRun;
}

/** Nothing more happens to it, and nobody is asked to act on it. */
export const isEnded = (order: OrderState): boolean =>
  order === 'closed' || order === 'cancelled' || order === 'failed';

/** Open shipments are unique per (tenant, person, purpose); a rehearsal is never open. */
export function isOpen(state: Pick<PlanState, 'order' | 'dryRun'>): boolean {
  return !state.dryRun && !isEnded(state.order);
}

/** The journey is over: credential active, PIN sent, and the key known to be in its owner's hands. */
export function isCompleted(state: PlanState): boolean {
  return (
    state.credential === 'active' && state.pin === 'sent' && (state.parcel === 'delivered' || state.receiptConfirmed)
  );
}

/** What follows from a change by itself: a completed order closes, and whoever is held or past the order gives up its slot. */
export function settle<State extends PlanState>(state: State): State {
  const order = state.order === 'placed' && isCompleted(state) && !state.held ? 'closed' : state.order;
  const inSlot = state.inSlot && !state.held && isBeforeTheOrder(order);
  return { ...state, order, inSlot };
}

/** Whether the plan has an arrow from one state of a facet to another. Staying is always legal. */
export function isLegal(facet: Facet, from: string, to: string): boolean {
  if (from === to) return true;
  const rows: Readonly<Record<string, readonly string[]>> = arrows[facet];
  return rows[from]?.includes(to) ?? false;
}

function isBeforeTheOrder(order: OrderState): boolean {
  return order === 'ready' || order === 'enrolling' || order === 'enrolled' || order === 'placing';
}

/** Until the parcel is at its end and the key's answer is here; no hold stops it, for the provider may undo what caused one. */
function isPolled({ order, parcel, credential, programmed, receiptConfirmed }: PlanState): boolean {
  if (order !== 'placed' || parcel === 'none') return false;
  const isAnswerMissing = credential === 'pending' && !programmed;
  return isAnswerMissing || (parcel !== 'delivered' && !receiptConfirmed);
}

function isReleaseDue({ release, parcel, releaseOverridden, receiptConfirmed }: PlanState): boolean {
  if (releaseOverridden || receiptConfirmed) return true;
  switch (release) {
    case 'on_activation':
      return true;
    case 'on_delivery':
      return parcel === 'delivered';
    case 'on_receipt':
      return false;
  }
}

export type Status =
  | 'failed'
  | 'cancelled'
  | 'held'
  | 'completed'
  | 'pin_sent'
  | 'activated'
  | 'in_transit'
  | 'ordered'
  | 'ready'
  | 'requested';

/** One word for people: the first that fits (design, section 2). */
export function statusOf(state: PlanState): Status {
  if (state.order === 'failed' || state.credential === 'errored') return 'failed';
  if (state.order === 'cancelled') return 'cancelled';
  if (state.held) return 'held';
  if (isCompleted(state)) return 'completed';
  if (state.pin === 'sent') return 'pin_sent';
  if (state.credential === 'active') return 'activated';
  if (state.parcel !== 'none' && state.parcel !== 'preparing') return 'in_transit';
  if (state.order === 'placed' || state.order === 'cancelling' || state.order === 'closed') return 'ordered';
  return state.order === 'requested' ? 'requested' : 'ready';
}
