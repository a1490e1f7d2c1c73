import { isEnded, isNext, type PlanState } from '../model/plan.ts';
import { holdingSlot, hold, type JourneyMove } from './journey-move.ts';

const isLocked = ({ order, parcel, programmed }: PlanState): boolean =>
  order === 'placed' && (programmed || parcel !== 'preparing');
const isCancellable = (plan: PlanState): boolean =>
  !plan.dryRun &&
  !isEnded(plan.order) &&
  plan.order !== 'cancelling' &&
  !plan.cancelRequested &&
  plan.credential !== 'active' &&
  !isLocked(plan);
const isRevocable = ({ order, revokeRequested, dryRun }: PlanState): boolean =>
  !dryRun && !revokeRequested && order !== 'cancelled' && order !== 'failed';

const cancelling: readonly JourneyMove[] = [
  { name: 'a cancel is asked for', when: isCancellable, changes: [{ cancelRequested: true, hold: null }] },
  {
    name: 'the provider answers the cancel',
    when: holdingSlot('cancelling'),
    changes: [{ order: 'cancelled' }, { order: 'placed', cancelRequested: false }],
  },
  {
    name: 'the enrollment is taken out of Okta',
    when: (plan) => isNext(plan, 'delete-enrollment'),
    changes: [{ credential: 'none' }],
  },
];

const revoking: readonly JourneyMove[] = [
  {
    name: 'the person is deactivated',
    when: isRevocable,
    changes: [{ revokeRequested: true }],
  },
  {
    name: 'the person is deactivated, and a key may still be stopped',
    when: (plan) => isRevocable(plan) && isCancellable(plan),
    changes: [{ cancelRequested: true, revokeRequested: true, hold: null }],
  },
  {
    name: 'the credential is revoked before the PIN left',
    when: (plan) => isNext(plan, 'revoke-credential') && plan.pin !== 'sent',
    changes: [{ credential: 'revoked', pin: 'discarded' }],
  },
  {
    name: 'the credential is revoked',
    when: (plan) => isNext(plan, 'revoke-credential') && plan.pin === 'sent',
    changes: [{ credential: 'revoked' }],
  },
];

const editing: readonly JourneyMove[] = [
  {
    name: 'a person decides about the address of an order',
    when: (plan) => plan.order === 'placed' && plan.held && !isLocked(plan),
    changes: [{ hold: null, editRequested: true }],
  },
  {
    name: 'the provider answers the edit',
    when: (plan) => isNext(plan, 'edit-order'),
    changes: [{ editRequested: false }, { editRequested: false, hold }],
  },
];

const resending: readonly JourneyMove[] = [
  {
    name: 'the PIN is asked for once more',
    when: ({ order, credential, pin, held }) =>
      (order === 'placed' || order === 'closed') && credential === 'active' && pin === 'sent' && !held,
    changes: [{ pin: 'sealed', releaseOverridden: true }],
  },
  {
    name: 'the PIN is not sent once more',
    when: (plan) => plan.releaseOverridden && (isNext(plan, 'release-pin') || plan.pin === 'sending'),
    changes: [{ pin: 'sent' }],
  },
];

/** What people and the provider do when a key is not to come after all, or not as it was asked for. */
export const takingBackMoves: readonly JourneyMove[] = [...cancelling, ...revoking, ...editing, ...resending];
