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
  pending: ['active', 'errored', 'none', 'revoked'],
  active: ['revoked'],
  errored: [],
  revoked: [],
} as const;

const pinArrows = {
  none: ['sealed', 'discarded'],
  // Back to sent: a second hand-over was asked for, and refused.
  sealed: ['released', 'discarded', 'sent'],
  released: ['sending', 'discarded'],
  sending: ['sent', 'sealed', 'discarded'],
  sent: ['sealed'],
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
  /** This shipment holds one of its tenant's places at the provider (ARCHITECTURE.md, "One request at a time"). */
  inSlot: boolean;
  /** The provider's answer for the programmed key is here and not yet used. */
  programmed: boolean;
  release: 'on_activation' | 'on_delivery' | 'on_receipt';
  /** An operator released the PIN ahead of its policy. */
  releaseOverridden: boolean;
  receiptConfirmed: boolean;
  /** Somebody wants no key after all: it is cancelled as soon as that can be done, and no later than the provider's lock. */
  cancelRequested: boolean;
  /** The credential is to be taken out of Okta again. */
  revokeRequested: boolean;
  /** A person decided what becomes of the address of a placed order; the provider is yet to be told. */
  editRequested: boolean;
  /** A rehearsal: checked like any other, and never enrolled or ordered. */
  dryRun: boolean;
}

export const stepNames = [
  'check-profile',
  'enroll-credential',
  'place-order',
  'edit-order',
  'cancel-order',
  'track-parcel',
  'delete-enrollment',
  'activate-credential',
  'revoke-credential',
  'release-pin',
  'send-pin',
] as const;

export type StepName = (typeof stepNames)[number];

/** The doors a shipment must go through next. A hold stops every door but polling. */
export function nextSteps(state: PlanState): StepName[] {
  if (state.dryRun) return state.order === 'requested' && !state.held ? ['check-profile'] : [];
  const polling: StepName[] = isPolled(state) ? ['track-parcel'] : [];
  return state.held ? polling : [...polling, ...stepsUnlessHeld(state)];
}

function stepsUnlessHeld(state: PlanState): StepName[] {
  switch (state.order) {
    case 'requested':
      return ['check-profile'];
    case 'ready':
    case 'enrolling':
    case 'enrolled':
    case 'placing':
      return stepsBeforeTheOrder(state);
    case 'placed':
      return [...(state.editRequested ? (['edit-order'] as const) : []), ...stepsWithTheKey(state)];
    case 'cancelling':
      return ['cancel-order'];
    case 'closed':
      return state.credential === 'active' ? stepsWithTheKey(state) : [];
    case 'cancelled':
      return state.credential === 'pending' ? ['delete-enrollment'] : [];
    case 'failed':
      return [];
  }
}

function stepsBeforeTheOrder({ order, profileChecked, inSlot }: PlanState): StepName[] {
  if (!profileChecked) return ['check-profile'];
  if (!inSlot) return [];
  return [order === 'ready' || order === 'enrolling' ? 'enroll-credential' : 'place-order'];
}

/** What follows from the programmed key. A journey that is over comes back here only for a PIN that Okta mails again. */
function stepsWithTheKey(state: PlanState): StepName[] {
  const { credential, pin } = state;
  if (state.revokeRequested && (credential === 'pending' || credential === 'active')) return ['revoke-credential'];
  if (credential === 'pending' && state.programmed) return ['activate-credential'];
  if (credential !== 'active') return [];
  if (pin === 'sealed') return isReleaseDue(state) ? ['release-pin'] : [];
  return pin === 'released' || pin === 'sending' ? ['send-pin'] : [];
}

/** Whether one door is owed: what a visit asks again, under the row's lock, before it commits to an effect. */
export const isNext = (state: PlanState, step: StepName): boolean => nextSteps(state).includes(step);

/** Waiting for one of its tenant's places at the provider. */
export function isWaitingForSlot(state: PlanState): boolean {
  return isBeforeTheOrder(state.order) && state.profileChecked && !state.held && !state.inSlot && !state.dryRun;
}

/** It has a slot and no call was begun in it, so the slot can be given up. */
export const mayReleaseSlot = ({ order, inSlot }: PlanState): boolean =>
  inSlot && (order === 'ready' || order === 'enrolled');

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

/** It has ended, or is being taken back: there is nothing to ask a person about, so no hold may stop it. */
export function needsNoOperator({ order, credential, revokeRequested }: PlanState): boolean {
  if (isEnded(order) || order === 'cancelling') return true;
  return order === 'placed' && revokeRequested && (credential === 'pending' || credential === 'active');
}

/**
 * What follows from a change by itself: a completed order closes, an asked-for cancel happens where it can, and whoever is
 * held or past the order gives up its slot.
 */
export function derive<State extends PlanState>(state: State): State {
  const order = derivedOrder(state);
  // An enrollment may be under way when its shipment is cancelled: until Okta was looked at, there may be one.
  const isEnrollmentUnclear = state.order === 'enrolling' && order === 'cancelled' && state.credential === 'none';
  const held = state.held && !needsNoOperator({ ...state, order });
  const inSlot = state.inSlot && !held && isBeforeTheOrder(order);
  return { ...state, order, held, inSlot, ...(isEnrollmentUnclear ? { credential: 'pending' } : {}) };
}

function derivedOrder(state: PlanState): OrderState {
  switch (state.order) {
    case 'placed':
      if (state.credential === 'revoked') return 'closed';
      if (isCompleted(state) && (!state.held || needsNoOperator(state))) return 'closed';
      return state.cancelRequested && state.credential !== 'active' ? 'cancelling' : 'placed';
    case 'requested':
    case 'ready':
    case 'enrolling':
    case 'enrolled':
      // An order that was not made after all is not made again for somebody who is to have no credential.
      return state.cancelRequested || state.revokeRequested ? 'cancelled' : state.order;
    // Whether there is an order is not known: that is found out first.
    case 'placing':
    case 'cancelling':
    case 'cancelled':
    case 'closed':
    case 'failed':
      return state.order;
  }
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
