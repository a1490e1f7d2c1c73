import { isCompleted, type PlanState } from './plan.ts';

/** In the order of the journey, then what interrupts or ends it. */
export const statuses = [
  'requested',
  'ready',
  'ordered',
  'in_transit',
  'activated',
  'pin_sent',
  'completed',
  'held',
  'failed',
  'cancelled',
] as const;

export type Status = (typeof statuses)[number];

/** The status that users and operators see: the first that fits. */
export function statusOf(state: PlanState): Status {
  if (state.order === 'failed' || state.credential === 'errored') return 'failed';
  if (state.order === 'cancelled' || state.credential === 'revoked') return 'cancelled';
  if (state.held) return 'held';
  if (isCompleted(state) || state.order === 'closed') return 'completed';
  if (state.pin === 'sent') return 'pin_sent';
  if (state.credential === 'active') return 'activated';
  if (state.parcel !== 'none' && state.parcel !== 'preparing') return 'in_transit';
  if (state.order === 'placed' || state.order === 'cancelling') return 'ordered';
  return state.order === 'requested' ? 'requested' : 'ready';
}
