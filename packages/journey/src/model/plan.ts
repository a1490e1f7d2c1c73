/**
 * The states of a shipment, the legal arrows between them, and the steps that come next.
 * Pure, and imports nothing: move(), the sweep and the repair of the outbox all use the same two functions.
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
  // Back to sent: a resend was requested, and refused.
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
  /** An operator must act. */
  held: boolean;
  /** The profile was read and found shippable; false makes the check the next step, in any state before the order. */
  profileChecked: boolean;
  /** This shipment has one of its tenant's slots (ARCHITECTURE.md, "One request at a time"). */
  inSlot: boolean;
  /** The provider's envelopes for the programmed key have been received. */
  programmed: boolean;
  release: 'on_activation' | 'on_delivery' | 'on_receipt';
  /** An operator released the PIN ahead of its policy. */
  releaseOverridden: boolean;
  receiptConfirmed: boolean;
  /** It is cancelled as soon as possible, but not after the provider has locked the order. */
  cancelRequested: boolean;
  /** The credential is to be deleted from Okta. */
  revokeRequested: boolean;
  /** An operator decided about the address of a placed order; the decision is still to be sent to the provider. */
  editRequested: boolean;
  /** Checked like any other, and never enrolled or ordered. */
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

/** The next steps of a shipment. A hold stops every step but polling. */
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

/** The steps after the key is programmed. A closed shipment has one only for a PIN that Okta mails again. */
function stepsWithTheKey(state: PlanState): StepName[] {
  const { credential, pin } = state;
  if (state.revokeRequested && (credential === 'pending' || credential === 'active')) return ['revoke-credential'];
  if (credential === 'pending' && state.programmed) return ['activate-credential'];
  if (credential !== 'active') return [];
  if (pin === 'sealed') return isReleaseDue(state) ? ['release-pin'] : [];
  return pin === 'released' || pin === 'sending' ? ['send-pin'] : [];
}

/** Whether a step is next: checked again under the row's lock before an attempt commits to an effect. */
export const isNext = (state: PlanState, step: StepName): boolean => nextSteps(state).includes(step);

/** Waiting for one of its tenant's slots. */
export function isWaitingForSlot(state: PlanState): boolean {
  return isBeforeTheOrder(state.order) && state.profileChecked && !state.held && !state.inSlot && !state.dryRun;
}

/** It has a slot and no call was begun in it, so the slot can be given up. */
export const mayReleaseSlot = ({ order, inSlot }: PlanState): boolean =>
  inSlot && (order === 'ready' || order === 'enrolled');

/** No step is left, except to clean up, and no operator has to act. */
export const isEnded = (order: OrderState): boolean =>
  order === 'closed' || order === 'cancelled' || order === 'failed';

/** Open shipments are unique per (tenant, user, purpose); a dry run is never open. */
export function isOpen(state: Pick<PlanState, 'order' | 'dryRun'>): boolean {
  return !state.dryRun && !isEnded(state.order);
}

/** Credential active, PIN sent, and the key delivered or its receipt confirmed. */
export function isCompleted(state: PlanState): boolean {
  return (
    state.credential === 'active' && state.pin === 'sent' && (state.parcel === 'delivered' || state.receiptConfirmed)
  );
}

/** It has ended, or is being cancelled or revoked: no operator has to act, so no hold may stop it. */
export function needsNoOperator({ order, credential, revokeRequested }: PlanState): boolean {
  if (isEnded(order) || order === 'cancelling') return true;
  return order === 'placed' && revokeRequested && (credential === 'pending' || credential === 'active');
}

/**
 * What derives from a change: a completed order closes, a requested cancel happens where it can, and a shipment that is
 * held or ordered releases its slot.
 */
export function derive<State extends PlanState>(state: State): State {
  const order = derivedOrder(state);
  // An enroll call may be unanswered when its shipment is cancelled: until Okta was read, there may be an enrollment.
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
      // An order that was not placed after all is not repeated for a user whose credential is to be revoked.
      return state.cancelRequested || state.revokeRequested ? 'cancelled' : state.order;
    // Whether there is an order is unknown until it is reconciled.
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

/** Until the parcel has arrived and the key is programmed; no hold stops it, since the provider may lift its cause. */
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
