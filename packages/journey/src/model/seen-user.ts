import type { SourcedProfile } from './profile.ts';
import type { Shipment } from './shipment.ts';
import type { UserStatus } from './user-status.ts';

/** What Okta answered about a user to an earlier step of the same run, or to the event that began it, for the steps that follow at once. */
export interface SeenUser {
  user: { id: string; login: string; status: UserStatus; profile: SourcedProfile };
  /** When it was asked. */
  at: Date;
}

/** An answer that is older is asked for again. */
const freshForMs = 5_000;

/** The user of the shipment, where a step before this one in the same run has just read them. */
export const justSeen = (
  { seen, shipment }: { seen?: SeenUser; shipment: Pick<Shipment, 'user'> },
  now: Date,
): SeenUser | undefined =>
  seen !== undefined && seen.user.id === shipment.user.id && now.getTime() - seen.at.getTime() <= freshForMs
    ? seen
    : undefined;
