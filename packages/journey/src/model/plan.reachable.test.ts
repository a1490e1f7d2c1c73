import { describe, expect, test } from '@jest/globals';

import { everyCombination } from '../testing/every-combination.ts';
import { keyOf, reachableStates } from '../testing/journey-moves.ts';
import {
  needsNoOperator,
  isEnded,
  isLegal,
  isWaitingForSlot,
  nextSteps,
  derive,
  type StepName,
  type PlanState,
} from './plan.ts';
import { statusOf, type Status } from './status.ts';

type Rule = readonly [rule: string, holds: (plan: PlanState, stepNames: readonly StepName[]) => boolean];

/** True of every combination, also of those that nothing leads to. */
const always: readonly Rule[] = [
  [
    'a hold stops every step but polling',
    ({ held }, stepNames) => !held || stepNames.every((step) => step === 'track-parcel'),
  ],
  [
    'nothing is enrolled or ordered without a slot and a checked profile',
    ({ inSlot, profileChecked }, stepNames) =>
      (inSlot && profileChecked) || !hasNextStepOf(stepNames, 'enroll-credential', 'place-order'),
  ],
  [
    'never two of check, enroll, place',
    (_, stepNames) => countOf(stepNames, 'check-profile', 'enroll-credential', 'place-order') <= 1,
  ],
  [
    'never two of activate, revoke, release, send',
    (_, stepNames) => countOf(stepNames, 'activate-credential', 'revoke-credential', 'release-pin', 'send-pin') <= 1,
  ],
  ['a failed shipment has no next step', ({ order }, stepNames) => order !== 'failed' || stepNames.length === 0],
  [
    'a cancelled shipment has its enrollment deleted, where there is one, and no other step',
    ({ order, credential, held, dryRun }, stepNames) =>
      order !== 'cancelled' ||
      String(stepNames) === (credential === 'pending' && !held && !dryRun ? 'delete-enrollment' : ''),
  ],
  [
    'a closed shipment has at most its credential revoked, or a PIN sent again',
    ({ order }, stepNames) =>
      order !== 'closed' || stepNames.length === countOf(stepNames, 'revoke-credential', 'release-pin', 'send-pin'),
  ],
  [
    'a shipment that is being cancelled has its order deleted, and no other step',
    ({ order, held, dryRun }, stepNames) =>
      order === 'cancelling'
        ? String(stepNames) === (held || dryRun ? '' : 'cancel-order')
        : !hasNextStepOf(stepNames, 'cancel-order'),
  ],
  [
    'only a cancelled shipment has its enrollment deleted',
    ({ order }, stepNames) => order === 'cancelled' || !hasNextStepOf(stepNames, 'delete-enrollment'),
  ],
  [
    'a credential is revoked only when it exists and that was requested',
    ({ revokeRequested, credential }, stepNames) =>
      (revokeRequested && (credential === 'pending' || credential === 'active')) ||
      !hasNextStepOf(stepNames, 'revoke-credential'),
  ],
  [
    'a credential that is to be revoked is not activated, nor its PIN sent',
    ({ revokeRequested }, stepNames) =>
      !revokeRequested || !hasNextStepOf(stepNames, 'activate-credential', 'release-pin', 'send-pin'),
  ],
  [
    'an order is edited only while it is placed, and after a decision',
    ({ order, editRequested }, stepNames) =>
      (order === 'placed' && editRequested) || !hasNextStepOf(stepNames, 'edit-order'),
  ],
  [
    'a dry run has the check or no step',
    ({ dryRun }, stepNames) => !dryRun || stepNames.every((step) => step === 'check-profile'),
  ],
  ['a dry run never waits for a slot', (plan) => !plan.dryRun || !isWaitingForSlot(plan)],
  [
    'a shipment that waits for a slot has no next step',
    (plan, stepNames) => stepNames.length === 0 || !isWaitingForSlot(plan),
  ],
  [
    'a PIN is sent only with an active credential',
    ({ credential }, stepNames) => credential === 'active' || !hasNextStepOf(stepNames, 'release-pin', 'send-pin'),
  ],
  [
    'a sent PIN is not sent again',
    ({ pin }, stepNames) => pin !== 'sent' || !hasNextStepOf(stepNames, 'release-pin', 'send-pin'),
  ],
];

const countOf = (hasNextStep: readonly StepName[], ...stepNames: readonly StepName[]): number =>
  hasNextStep.filter((step) => stepNames.includes(step)).length;
const hasNextStepOf = (hasNextStep: readonly StepName[], ...stepNames: readonly StepName[]): boolean =>
  countOf(hasNextStep, ...stepNames) > 0;

/** The design's list, word for word: the first that fits. */
const statuses: readonly (readonly [Status, (plan: PlanState) => boolean])[] = [
  ['failed', ({ order, credential }) => order === 'failed' || credential === 'errored'],
  ['cancelled', ({ order, credential }) => order === 'cancelled' || credential === 'revoked'],
  ['held', ({ held }) => held],
  [
    'completed',
    ({ order, credential, pin, parcel, receiptConfirmed }) =>
      order === 'closed' || (credential === 'active' && pin === 'sent' && (parcel === 'delivered' || receiptConfirmed)),
  ],
  ['pin_sent', ({ pin }) => pin === 'sent'],
  ['activated', ({ credential }) => credential === 'active'],
  ['in_transit', ({ parcel }) => parcel !== 'none' && parcel !== 'preparing'],
  ['ordered', ({ order }) => ['placed', 'cancelling'].includes(order)],
  ['ready', ({ order }) => ['ready', 'enrolling', 'enrolled', 'placing'].includes(order)],
  ['requested', ({ order }) => order === 'requested'],
];

describe('every combination of states and flags', () => {
  test('the rules hold, and the status is the first that fits', () => {
    const broken = new Set<string>();
    for (const plan of everyCombination()) {
      const stepNames = nextSteps(plan);
      for (const [rule, holds] of always) if (!holds(plan, stepNames)) broken.add(rule);
      const [status] = statuses.find(([, fits]) => fits(plan)) ?? ['none'];
      if (statusOf(plan) !== status) broken.add(`${statusOf(plan)}, not ${status}`);
    }
    expect([...broken]).toEqual([]);
  });
});

/** What a shipment without a next step waits for; null when it would be stuck. */
function waitsFor(plan: PlanState): string | null {
  if (isEnded(plan.order)) return 'nothing: it has ended';
  if (plan.held) return 'an operator';
  if (plan.dryRun) return 'nothing: it was a dry run';
  if (isWaitingForSlot(plan)) return 'a place';
  const isReleaseAwaited = plan.credential === 'active' && plan.pin === 'sealed';
  if (isReleaseAwaited && plan.release === 'on_receipt' && !plan.receiptConfirmed) return 'the receipt';
  return null;
}

describe('every reachable state of a shipment', () => {
  const reached = [...reachableStates().values()];
  const brokenIn = (holds: Rule[1]): PlanState[] =>
    reached.map(({ plan }) => plan).filter((plan) => !holds(plan, nextSteps(plan)));

  test('there are many', () => {
    expect(reached.length).toBeGreaterThan(2_000);
  });

  test.each(always)('%s', (_, holds) => {
    expect(brokenIn(holds)).toEqual([]);
  });

  test.each<Rule>([
    [
      'it has a next step, or waits for something known',
      (plan, stepNames) => stepNames.length > 0 || waitsFor(plan) !== null,
    ],
    [
      'a dry run is never enrolled or ordered',
      ({ dryRun, order, credential }) =>
        !dryRun ||
        (!['enrolling', 'enrolled', 'placing', 'placed', 'cancelling'].includes(order) && credential === 'none'),
    ],
    [
      'a slot is held only between the check and the order',
      ({ inSlot, order }) => !inSlot || ['ready', 'enrolling', 'enrolled', 'placing'].includes(order),
    ],
    ['a held shipment keeps no slot', ({ inSlot, held }) => !inSlot || !held],
    [
      'nothing is ordered but with an enrollment',
      ({ order, credential }) => !['placing', 'placed', 'cancelling'].includes(order) || credential !== 'none',
    ],
    [
      'no parcel without an order, and no shipped parcel of a cancelled one',
      ({ order, parcel }) =>
        parcel === 'none' ||
        ['placed', 'closed'].includes(order) ||
        (parcel === 'preparing' && ['cancelling', 'cancelled'].includes(order)),
    ],
    [
      'a credential becomes active only after the key is programmed',
      ({ credential, programmed }) => credential !== 'active' || programmed,
    ],
    [
      'a PIN is sealed when the key is programmed, not before, and discarded with the credential alone',
      ({ pin, programmed, credential }) =>
        pin === 'discarded' ? credential === 'revoked' : (pin === 'none') === !programmed,
    ],
    [
      'closed is completed, or revoked',
      (plan) =>
        plan.order !== 'closed' || statusOf(plan) === (plan.credential === 'revoked' ? 'cancelled' : 'completed'),
    ],
    [
      'revoked is closed, with no PIN to come',
      ({ credential, order, pin }) =>
        credential !== 'revoked' || (order === 'closed' && (pin === 'sent' || pin === 'discarded')),
    ],
    [
      'cancelled has no key: nothing programmed, nothing active, no PIN',
      ({ order, programmed, credential, pin }) =>
        order !== 'cancelled' || (!programmed && pin === 'none' && (credential === 'none' || credential === 'pending')),
    ],
    [
      'a cancel is requested until it is decided, and never for a programmed key',
      ({ cancelRequested, programmed, order }) =>
        !cancelRequested || (!programmed && ['placing', 'cancelling', 'cancelled'].includes(order)),
    ],
    ['being cancelled is asked for', ({ order, cancelRequested }) => order !== 'cancelling' || cancelRequested],
    [
      'a credential is revoked only where there may be a key',
      ({ revokeRequested, order }) =>
        !revokeRequested || ['placing', 'placed', 'cancelling', 'cancelled', 'closed'].includes(order),
    ],
    ['who has ended, or is being taken back, is not held', (plan) => !needsNoOperator(plan) || !plan.held],
    ['deriving it again changes nothing', (plan) => keyOf(derive(plan)) === keyOf(plan)],
    ['completed and free is closed', (plan) => statusOf(plan) !== 'completed' || plan.order === 'closed'],
  ])('%s', (_, holds) => {
    expect(brokenIn(holds)).toEqual([]);
  });

  test('every move from it is along the arrows', () => {
    const facets = ['order', 'parcel', 'credential', 'pin'] as const;
    const illegal = reached.flatMap(({ plan, next }) =>
      next.flatMap((to) =>
        facets.flatMap((facet) => (isLegal(facet, plan[facet], to[facet]) ? [] : [`${plan[facet]} → ${to[facet]}`])),
      ),
    );
    // Two at once: the response to an order, and the cancel that was waiting for it.
    expect([...new Set(illegal)].toSorted()).toEqual(['placing → cancelled', 'placing → cancelling']);
  });

  test('every state leads to an end', () => {
    const before = new Map<string, string[]>();
    for (const { plan, next } of reached)
      for (const to of next) before.set(keyOf(to), [...(before.get(keyOf(to)) ?? []), keyOf(plan)]);
    const leadsToTheEnd = new Set(reached.filter(({ plan }) => isOver(plan)).map(({ plan }) => keyOf(plan)));
    for (const key of leadsToTheEnd) for (const from of before.get(key) ?? []) leadsToTheEnd.add(from);
    expect(reached.filter(({ plan }) => !leadsToTheEnd.has(keyOf(plan)))).toEqual([]);
  });
});

const isOver = (plan: PlanState): boolean =>
  (isEnded(plan.order) && nextSteps(plan).length === 0) || (plan.dryRun && plan.profileChecked);
