import type { Status } from '@keycourier/journey/model/status';

/** Stages that --wait knows. A hold, a failure and a cancellation end every wait: nothing proceeds by itself. */
export const stages = ['checked', 'ordered', 'done'] as const;

export type Stage = (typeof stages)[number];

const statusesBefore: Readonly<Record<Stage, readonly Status[]>> = {
  checked: ['requested'],
  ordered: ['requested', 'ready'],
  done: ['requested', 'ready', 'ordered', 'in_transit', 'activated', 'pin_sent'],
};

/** Statuses that end a wait although the key has not been ordered, checked or sent. */
export const statusesOfAttention = ['held', 'failed', 'cancelled'] as const satisfies readonly Status[];

export const needsAttention = (status: string): boolean => statusesOfAttention.some((one) => one === status);

/** Whether a shipment of this status has not yet reached the stage. */
export const isBefore = (stage: Stage, status: string): boolean =>
  statusesBefore[stage].some((before) => before === status);
