import type { Shipment } from '@keycourier/journey/model/shipment';

/**
 * How far back a shipment's jobs stand, in the relay and in BullMQ (0 is first): what an event or a person asked for
 * alone goes before the rows of a batch, and a rehearsal, which nobody waits for at a door, goes last.
 */
export function priorityOf({ trigger, plan }: Pick<Shipment, 'trigger' | 'plan'>): number {
  if (plan.dryRun) return 10;
  return trigger === 'batch' ? 5 : 0;
}
