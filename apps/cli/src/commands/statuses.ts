import type { Status } from '@keycourier/journey/model/status';

const all = {
  requested: true,
  ready: true,
  ordered: true,
  in_transit: true,
  activated: true,
  pin_sent: true,
  completed: true,
  held: true,
  failed: true,
  cancelled: true,
} as const satisfies Record<Status, true>;

export const statuses: readonly string[] = Object.keys(all);

/** Until when somebody may want to wait. A hold, a failure and a cancellation end every wait: nothing goes on by itself. */
export const stages = ['checked', 'ordered', 'done'] as const;

export type Stage = (typeof stages)[number];

const stillToCome: Readonly<Record<Stage, readonly Status[]>> = {
  checked: ['requested'],
  ordered: ['requested', 'ready'],
  done: ['requested', 'ready', 'ordered', 'in_transit', 'activated', 'pin_sent'],
};

/** Whether a shipment of this status is still to come as far as that. */
export const isBefore = (stage: Stage, status: string): boolean => stillToCome[stage].some((one) => one === status);
