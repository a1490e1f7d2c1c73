import type { Shipment } from '../model/shipment.ts';

/** Whether a person of the spoke has a user in the hub who holds what the spoke requires. */
export type HubPerson =
  | { outcome: 'found'; hubUserId: string }
  /** They are pushed now. */
  | { outcome: 'pending' }
  /** They were never pushed. */
  | { outcome: 'unknown' }
  /** A code of why they are not. */
  | { outcome: 'missing'; reason: string };

/** The hub's users of those whose keys are there. It is our own database: nothing of it throws ConnectorError. */
export interface HubKeysPort {
  /**
   * Has the person pushed to the hub, where they are not there, as for any who is assigned; however often it is called. They
   * are pushed as soon as the request for their key is served: a user who sets up a key now waits for no batch.
   */
  requirePerson: (request: Pick<Shipment, 'tenant' | 'trigger' | 'plan'>, userId: string) => Promise<HubPerson>;
  /** The same without any effect. */
  findPerson: (tenant: string, userId: string) => Promise<HubPerson>;
}
