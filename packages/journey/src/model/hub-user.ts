/** In which org the keys of a tenant's people are registered, and from which one the addresses of their PINs come. */
export const orgKinds = ['spoke', 'hub'] as const;

export type OrgKind = (typeof orgKinds)[number];

/** What differs between a person's two users. A warning: the shipment goes on. */
export const hubDrifts = ['login', 'status', 'email', 'secondEmail'] as const;

export type HubDrift = (typeof hubDrifts)[number];

/** The user of the hub whom a key is registered for. */
export interface HubUser {
  id: string;
  /** As it was seen last. */
  drift: readonly HubDrift[];
}
