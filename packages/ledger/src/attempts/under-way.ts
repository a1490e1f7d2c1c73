import { sql } from 'kysely';

/**
 * Whether somebody passes the door of a row of `knocks` right now. Told by the card and not by the knock, since a door
 * may be owed no more and be owed again while a visit lasts.
 */
export const isUnderWay = sql<boolean>`exists (
  select from step_attempts
  where shipment_id = outbox.subject_id and step = outbox.step and ended_at is null and leased_until > now()
)`;

/** How the card of a visit ends that was left to its lease. */
export const expired = { outcome: 'expired', why: 'the worker did not come back' } as const;
