import type { Decision } from './change.ts';
import { isOpen, needsNoOperator } from './plan.ts';
import type { Shipment } from './shipment.ts';

/** A deactivation by a SCIM client. */
export interface Deactivation {
  /** When it was made. */
  since: Date;
  /** The connection, or `manual`; null where a step found it. */
  by: string | null;
}

/**
 * Holds an open shipment of a person whom a SCIM client deactivated, until they are reactivated or an operator lets it go on.
 * @returns null where no hold can stop it, and where this deactivation, or a later one, was noted before
 */
export function suspend(shipment: Shipment, deactivation: Deactivation): Decision | null {
  const { plan } = shipment;
  if (!isOpen(plan) || needsNoOperator(plan) || isCovered(shipment, deactivation.since)) return null;
  return suspension(deactivation);
}

export const suspension = ({ since, by }: Deactivation): Decision => ({
  change: { suspension: { since, isLifted: false } },
  note: { event: 'shipment.suspended', detail: { by } },
});

/** Whether a deactivation at this moment is known to the shipment already. */
export const isCovered = ({ suspension: known }: Pick<Shipment, 'suspension'>, since: Date): boolean =>
  known !== null && known.since >= since;

/** The shipment goes on from where it stopped; nothing is checked again that was checked. */
export function unsuspend(shipment: Shipment, by: string | null): Decision | null {
  if (shipment.suspension === null) return null;
  return { change: { suspension: null }, note: { event: 'shipment.unsuspended', detail: { by } } };
}
