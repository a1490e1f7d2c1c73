import { isOpen as isOpenPlan, isWaitingForSlot } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Kysely } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Tables } from '../tables.ts';
import { personOf } from './person.ts';
import { isOpen } from './plan-predicates.ts';

/** Whether a move could make this the second open shipment of one person. */
export function mayClash(before: Shipment, after: Shipment): boolean {
  return isOpenPlan(after.plan) && (before.user.id !== after.user.id || !isOpenPlan(before.plan));
}

/** The other open shipment of the person, as far as it is committed. */
export async function findOther(
  ledger: Ledger,
  db: Kysely<Tables>,
  { id, tenant, purpose, user }: Shipment,
): Promise<string | undefined> {
  const other = await db
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('purpose', '=', purpose)
    .where('person', '=', ({ selectFrom, val }) =>
      // Without an id, the person is the one of the request; the login itself may be erased by now.
      user.id === null
        ? selectFrom('shipments as own').select('own.person').where('own.id', '=', id)
        : val(personOf(ledger, user.id, null)),
    )
    .where(isOpen)
    .where('id', '!=', id)
    .executeTakeFirst();
  return other?.id;
}

/**
 * Whether a move may let another shipment have a slot: one became free, this one no longer keeps later requests back, or
 * it waits itself. Locking a waiting shipment is enough: grantSlots() skips locked rows, so their transaction must call it, or grantFreed() follows its commit.
 */
export function mayFreeSlot({ plan: before }: Shipment, { plan: after }: Shipment): boolean {
  const isFreed = before.inSlot && !after.inSlot;
  const isChecked = isFirstCheckDue(before) && !isFirstCheckDue(after);
  return isFreed || isChecked || isWaitingForSlot(before) || isWaitingForSlot(after);
}

const isFirstCheckDue = ({ order, held, dryRun }: Shipment['plan']): boolean =>
  order === 'requested' && !held && !dryRun;
