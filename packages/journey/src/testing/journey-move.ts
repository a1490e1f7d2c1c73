import type { Change } from '../model/change.ts';
import type { PlanState } from '../model/plan.ts';
import { sampleHold } from './samples.ts';

/** One kind of move: when it may happen, and its possible changes. */
export interface JourneyMove {
  name: string;
  when: (plan: PlanState) => boolean;
  changes: readonly Change[];
}

export const hold = sampleHold('provider_error');

export const beforeTheOrder = ({ order }: PlanState): boolean =>
  order === 'requested' || order === 'ready' || order === 'enrolled';

export const holdingSlot =
  (order: PlanState['order']) =>
  (plan: PlanState): boolean =>
    plan.order === order;
