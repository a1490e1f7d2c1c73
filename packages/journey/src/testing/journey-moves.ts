import { applyChange, type Change } from '../model/change.ts';
import { isLegal, isNext, isWaitingForSlot, type ParcelState, type PlanState } from '../model/plan.ts';
import { holdingSlot, beforeTheOrder, hold, type JourneyMove } from './journey-move.ts';
import { requestMoves } from './request-moves.ts';
import { initialPlan, sampleShipment, startOfTime } from './samples.ts';

const check: readonly JourneyMove[] = [
  {
    name: 'the first check succeeds',
    when: (plan) => isNext(plan, 'check-profile') && plan.order === 'requested',
    changes: [{ order: 'ready', profileChecked: true }],
  },
  {
    name: 'a later check succeeds',
    when: (plan) => isNext(plan, 'check-profile') && plan.order !== 'requested',
    changes: [{ profileChecked: true }],
  },
  { name: 'the check holds the shipment', when: (plan) => isNext(plan, 'check-profile'), changes: [{ hold }] },
  {
    name: 'Okta knows no user by the login',
    when: (plan) => isNext(plan, 'check-profile') && plan.order === 'requested',
    changes: [{ order: 'failed' }],
  },
  {
    name: 'the shipment is cancelled',
    when: ({ order }) => order === 'requested' || order === 'ready',
    changes: [{ order: 'cancelled' }],
  },
];

const enrollment: readonly JourneyMove[] = [
  {
    name: 'the enrollment is intended',
    when: (plan) => isNext(plan, 'enroll-credential'),
    changes: [{ order: 'enrolling' }],
  },
  {
    name: 'the enrollment is refused beforehand',
    when: (plan) => isNext(plan, 'enroll-credential'),
    changes: [{ hold }, { order: 'ready', hold }],
  },
  {
    name: 'Okta responds',
    when: holdingSlot('enrolling'),
    changes: [{ order: 'enrolled', credential: 'pending' }, { order: 'ready' }, { order: 'ready', hold }],
  },
];

const order: readonly JourneyMove[] = [
  {
    name: 'the order is intended',
    when: (plan) => isNext(plan, 'place-order') && plan.order === 'enrolled',
    changes: [{ order: 'placing' }],
  },
  {
    name: 'the profile is gone',
    when: (plan) => isNext(plan, 'place-order') && plan.order === 'enrolled',
    changes: [{ profileChecked: false }],
  },
  {
    name: 'the order starts over',
    when: (plan) => isNext(plan, 'place-order') && plan.order === 'enrolled',
    changes: [{ order: 'ready', credential: 'none' }],
  },
  {
    name: 'the provider responds',
    when: holdingSlot('placing'),
    changes: [{ order: 'placed', parcel: 'preparing' }, { order: 'enrolled' }, { order: 'enrolled', hold }],
  },
  { name: 'the unclear order holds the shipment', when: (plan) => isNext(plan, 'place-order'), changes: [{ hold }] },
];

const seen: readonly ParcelState[] = ['preparing', 'in_transit', 'delivered', 'exception', 'lost', 'returned'];
const isPlaced = holdingSlot('placed');

const parcel: readonly JourneyMove[] = [
  ...seen.map((parcelSeen): JourneyMove => ({
    name: `the parcel is seen ${parcelSeen}`,
    when: (plan) => isNext(plan, 'track-parcel'),
    changes: [{ parcel: parcelSeen }, { parcel: parcelSeen, hold }, { parcel: parcelSeen, hold: null }],
  })),
  {
    name: 'the key is programmed',
    when: (plan) => isPlaced(plan) && plan.credential === 'pending' && !plan.programmed && !plan.revokeRequested,
    changes: [
      { programmed: true, pin: 'sealed' },
      { programmed: true, pin: 'sealed', hold },
    ],
  },
  {
    name: 'the credential is activated',
    when: (plan) => plan.credential === 'pending' && plan.programmed,
    changes: [{ credential: 'active' }],
  },
  { name: 'the activation is refused', when: (plan) => isNext(plan, 'activate-credential'), changes: [{ hold }] },
];

const pin: readonly JourneyMove[] = [
  {
    name: 'the PIN is released',
    when: (plan) => isNext(plan, 'release-pin'),
    changes: [{ pin: 'released' }, { hold }],
  },
  { name: 'the PIN is about to be sent', when: (plan) => isNext(plan, 'send-pin'), changes: [{ pin: 'sending' }] },
  {
    name: 'the mail server accepts the PIN mail',
    when: (plan) => plan.pin === 'sending',
    changes: [{ pin: 'sent' }],
  },
  {
    name: 'the mail server refuses the PIN mail',
    when: (plan) => plan.pin === 'sending' && isPlaced(plan),
    changes: [{ pin: 'sealed', hold }],
  },
];

const operator: readonly JourneyMove[] = [
  {
    name: 'a hold is lifted before the order',
    when: (plan) => plan.held && beforeTheOrder(plan),
    changes: [{ hold: null, profileChecked: false }],
  },
  { name: 'a hold is lifted', when: (plan) => plan.held && !beforeTheOrder(plan), changes: [{ hold: null }] },
  { name: 'a failed request is retried', when: holdingSlot('failed'), changes: [{ order: 'requested' }] },
  {
    name: 'an operator releases the PIN',
    when: (plan) => isPlaced(plan) && plan.credential === 'active' && plan.pin === 'sealed',
    changes: [{ releaseOverridden: true }, { releaseOverridden: true, hold: null }],
  },
  {
    name: 'the receipt is confirmed',
    when: (plan) => isPlaced(plan) && plan.parcel !== 'preparing',
    changes: [{ receiptConfirmed: true }, { receiptConfirmed: true, hold: null }],
  },
];

/** Every move of steps, slots and operators. */
export const journeyMoves: readonly JourneyMove[] = [
  ...check,
  ...enrollment,
  ...order,
  ...parcel,
  ...pin,
  ...operator,
  ...requestMoves,
];

/** Every reachable state of a shipment, each with the states one move from it. */
export function reachableStates(): ReadonlyMap<string, { plan: PlanState; next: readonly PlanState[] }> {
  const reached = new Map<string, { plan: PlanState; next: readonly PlanState[] }>();
  const waiting = startingStates();
  for (let plan = waiting.pop(); plan !== undefined; plan = waiting.pop()) {
    if (reached.has(keyOf(plan))) continue;
    const next = nextStates(plan);
    reached.set(keyOf(plan), { plan, next });
    waiting.push(...next);
  }
  return reached;
}

export const keyOf = (plan: PlanState): string => JSON.stringify(plan);

function startingStates(): PlanState[] {
  const releases = ['on_activation', 'on_delivery', 'on_receipt'] as const;
  return releases.flatMap((release) => [false, true].map((dryRun) => ({ ...initialPlan, release, dryRun })));
}

function nextStates(plan: PlanState): PlanState[] {
  const shipment = sampleShipment({ plan, hold: plan.held ? hold : null });
  const moved = journeyMoves
    .filter(({ when }) => when(plan))
    .flatMap(({ changes }) => changes.filter((change) => isPossible(plan, change)))
    .map((change) => applyChange(shipment, change, startOfTime).plan);
  return isWaitingForSlot(plan) ? [...moved, { ...plan, inSlot: true }] : moved;
}

/** The provider may report any state; the parcel changes only where the plan allows it (track-parcel). */
const isPossible = (plan: PlanState, { parcel: to }: Change): boolean =>
  to === undefined || plan.order === 'placing' || isLegal('parcel', plan.parcel, to);
