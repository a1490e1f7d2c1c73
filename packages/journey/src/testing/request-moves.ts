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
  { name: 'a cancel is requested', when: isCancellable, changes: [{ cancelRequested: true, hold: null }] },
  {
    name: 'the provider responds to the cancel',
    when: holdingSlot('cancelling'),
    changes: [{ order: 'cancelled' }, { order: 'placed', cancelRequested: false }],
  },
  {
    name: 'the enrollment is deleted from Okta',
    when: (plan) => isNext(plan, 'delete-enrollment'),
    changes: [{ credential: 'none' }],
  },
];

const revoking: readonly JourneyMove[] = [
  {
    name: 'the user is deactivated',
    when: isRevocable,
    changes: [{ revokeRequested: true }],
  },
  {
    name: 'the user is deactivated while the order can be cancelled',
    when: (plan) => isRevocable(plan) && isCancellable(plan),
    changes: [{ cancelRequested: true, revokeRequested: true, hold: null }],
  },
  {
    name: 'the credential is revoked before the PIN is sent',
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
    name: 'an operator decides about the address of an order',
    when: (plan) => plan.order === 'placed' && plan.held && !isLocked(plan),
    changes: [{ hold: null, editRequested: true }],
  },
  {
    name: 'the provider responds to the edit',
    when: (plan) => isNext(plan, 'edit-order'),
    changes: [{ editRequested: false }, { editRequested: false, hold }],
  },
];

const resending: readonly JourneyMove[] = [
  {
    name: 'a resend of the PIN is requested',
    when: ({ order, credential, pin, held }) =>
      (order === 'placed' || order === 'closed') && credential === 'active' && pin === 'sent' && !held,
    changes: [{ pin: 'sealed', releaseOverridden: true }],
  },
  {
    name: 'the resend of the PIN is refused',
    when: (plan) => plan.releaseOverridden && (isNext(plan, 'release-pin') || plan.pin === 'sending'),
    changes: [{ pin: 'sent' }],
  },
];

/** Moves that cancel, revoke, edit or resend. */
export const requestMoves: readonly JourneyMove[] = [...cancelling, ...revoking, ...editing, ...resending];
