import { sql } from 'kysely';

/**
 * Whether somebody passes the door of a row of `knocks` right now. Told by the card and not by the knock, since a door
 * may be owed no more and be owed again while a visit lasts.
 */
export const isUnderWay = sql<boolean>`exists (
  select from card_executions
  where shipment_id = knocks.subject_id and card = knocks.door and ended_at is null and leased_until > now()
)`;

/** How the card of a visit ends that was left to its lease. */
export const lost = { outcome: 'lost', why: 'the worker did not come back' } as const;
