import type { OrderState, StepName } from '@keycourier/journey/model/plan';
import type { Concerned } from '@keycourier/journey/requests/consequence';
import { sql, type RawBuilder } from 'kysely';

/*
 * The rules of journey/model/plan.ts that SQL has to repeat, each once, for a query of `shipments`. The test beside this
 * file compares them, and the partial indexes, with plan.ts over every combination of states.
 */

/** Literals, not parameters: only then can Postgres prove that a partial index covers them. */
const anyOf = (states: readonly OrderState[]): RawBuilder<unknown> =>
  sql`(${sql.join(states.map((state) => sql.lit(state)))})`;

const ended = anyOf(['closed', 'cancelled', 'failed']);
const beforeOrder = anyOf(['ready', 'enrolling', 'enrolled', 'placing']);

/** plan.isOpen() of a row of `table`, which names or aliases `shipments`; index `one_open_shipment`. */
export const isOpenIn = (table: string): RawBuilder<boolean> =>
  sql`(not ${sql.ref(`${table}.dry_run`)} and ${sql.ref(`${table}.order_state`)} not in ${ended})`;

export const isOpen = isOpenIn('shipments');

/** The same as `on conflict` names the index: columns without a table. */
export const isOpenInIndex = sql<boolean>`not dry_run and order_state not in ${ended}`;

/** Personal data is no longer needed: plan.isEnded() and not held, or a dry run, which ends with its check. */
export const isDone = sql<boolean>`(shipments.dry_run or (shipments.order_state in ${ended} and shipments.hold_code is null))`;

/** Index `shipments_open`. */
export const isNotEnded = sql<boolean>`(shipments.order_state not in ${ended})`;

/** Index `shipments_ended_with_next_step`. */
export const isEndedWithNextStep = sql<boolean>`((shipments.order_state = 'cancelled' and shipments.credential_state = 'pending')
  or (shipments.order_state = 'closed' and shipments.credential_state = 'active'
    and (shipments.revoke_requested or shipments.pin_state <> 'sent')))`;

/** Every row for which plan.nextSteps() is not empty, and few more. */
export const mayHaveNextStep = sql<boolean>`(${isNotEnded} or ${isEndedWithNextStep})`;

/** The first check is next; index `shipments_to_check`. */
export const isFirstCheckNext = sql<boolean>`(shipments.order_state = 'requested' and shipments.hold_code is null
  and not shipments.dry_run)`;

/** consequences.isToCheck() */
export const isToCheck = sql<boolean>`(not shipments.dry_run and shipments.hold_code is null and (
  shipments.order_state = 'requested' or (shipments.order_state in ${beforeOrder} and not shipments.profile_checked)))`;

/** plan.isWaitingForSlot(); index `shipments_waiting_for_slot`. */
export const isWaitingForSlot = sql<boolean>`(shipments.profile_checked and not shipments.in_slot
  and shipments.hold_code is null and not shipments.dry_run and shipments.order_state in ${beforeOrder})`;

/** Index `shipments_in_slot`. */
export const isInSlot = sql<boolean>`shipments.in_slot`;

/** plan.mayReleaseSlot() */
export const isSlotReleasable = sql<boolean>`(shipments.in_slot and shipments.order_state in ${anyOf(['ready', 'enrolled'])})`;

/** Steps that only a shipment with a slot has next. */
export const slotSteps = ['enroll-credential', 'place-order'] as const satisfies readonly StepName[];

/** The one of `slotSteps` that is next for an order state once the shipment has its slot. */
export const stepInSlot = sql<StepName>`case when order_state in ${anyOf(['ready', 'enrolling'])}
  then ${sql.lit(slotSteps[0])} else ${sql.lit(slotSteps[1])} end`;

/** The person has a key of ours that works; index `shipments_with_key`. */
export const hasActiveKey = sql<boolean>`shipments.credential_state = 'active'`;

/** The same as `concerned` of consequences.ts. */
export const isConcerned = {
  held_or_open: sql<boolean>`(shipments.hold_code is not null or ${isOpen})`,
  open_or_active: sql<boolean>`(${isOpen} or (not shipments.dry_run and ${hasActiveKey}))`,
} as const satisfies Record<Concerned, RawBuilder<boolean>>;
