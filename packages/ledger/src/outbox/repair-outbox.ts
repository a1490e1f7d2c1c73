import { nextSteps, stepNames } from '@keycourier/journey/model/plan';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { grantSlots } from '../shipments/grant-slots.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { isWaitingForSlot, mayHaveNextStep } from '../shipments/plan-predicates.ts';
import { planColumns, planFromRow } from '../shipments/shipment-row.ts';
import { addMessages, eventStep, priorityOfEvent } from './add-messages.ts';
import { syncOutbox } from './sync-outbox.ts';

/**
 * Makes the messages of every shipment those of its next steps, and adds missing messages of events; grants slots that
 * became free without a move: a pause or a check's grace period ended. Normally there is nothing to repair; after an
 * upgrade that changed the plan there may be.
 * @returns the shipments and events that were repaired
 * @throws LedgerError `cannot_repair` when one could not be read, after all others were repaired
 */
export async function repairOutbox(ledger: Ledger, limit: number): Promise<readonly string[]> {
  const repaired = await repairEvents(ledger, limit);
  const failures: unknown[] = [];
  const attempt = async (id: string, work: () => Promise<boolean>): Promise<void> => {
    try {
      if (await work()) repaired.push(id);
    } catch (cause) {
      failures.push(cause);
    }
  };
  for (const id of await findWrong(ledger, limit)) await attempt(id, () => repairShipment(ledger, id));
  for (const tenant of await findWaiting(ledger))
    await attempt(tenant, async () => {
      const granted = await ledger.db.transaction().execute((tx) => grantSlots(ledger, tx, tenant));
      if (granted.length > 0) ledger.notifier.notify();
      return false;
    });
  if (repaired.length > 0) ledger.notifier.notify();
  if (failures.length > 0)
    throw new LedgerError('cannot_repair', `${failures.length} could not be repaired`, { cause: failures[0] });
  return repaired;
}

/** An event is recorded with its message, so this finds some only where messages were deleted by hand. */
async function repairEvents(ledger: Ledger, limit: number): Promise<string[]> {
  const { rows } = await addMessages(sql`
    select id, ${eventStep}, tenant, ${priorityOfEvent(sql`event_type`)} from inbound_events
    where state = 'received' and not exists (select from outbox where subject_id = inbound_events.id)
    order by id limit ${limit}`).execute(ledger.db);
  return rows.map(({ subject_id: id }) => id);
}

/** Calls the plan once per combination of states and messages, not per shipment. */
async function findWrong(ledger: Ledger, limit: number): Promise<readonly string[]> {
  const combinations = await ledger.db
    .with('known', (db) =>
      db
        .selectFrom('outbox')
        .select(['subject_id', sql<string[]>`array_agg(step order by step)`.as('steps')])
        .groupBy('subject_id'),
    )
    .selectFrom('shipments')
    .leftJoin('known', 'subject_id', 'id')
    .select([...planColumns, 'steps', sql<string[]>`(array_agg(id))[1:${sql.lit(limit)}]`.as('ids')])
    .where(mayHaveNextStep)
    .groupBy([...planColumns, 'steps'])
    .execute();
  const wrong = combinations.filter(
    ({ steps, ...row }) =>
      // A newer version wrote a step that this plan does not have, and repairs it. A version that drops or renames a step
      // migrates its messages.
      (steps ?? []).every(isKnown) && String(nextSteps(planFromRow(row)).toSorted()) !== String(steps ?? []),
  );
  return wrong.flatMap(({ ids }) => ids).slice(0, limit);
}

const isKnown = (step: string): boolean => stepNames.some((name) => name === step);

async function repairShipment(ledger: Ledger, id: string): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const shipment = await lockShipment(ledger, tx, id);
    const { rows } = await sql`
      with moved as (select ${id}::text as id), ${syncOutbox({ shipment })}
      select step from outbox_gone union all select step from outbox_added`.execute(tx);
    return rows.length > 0;
  });
}

async function findWaiting(ledger: Ledger): Promise<readonly string[]> {
  const rows = await ledger.db.selectFrom('shipments').select('tenant').distinct().where(isWaitingForSlot).execute();
  return rows.map(({ tenant }) => tenant);
}
