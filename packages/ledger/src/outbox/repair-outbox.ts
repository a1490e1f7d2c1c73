import { nextSteps, stepNames } from '@keycourier/journey/model/plan';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { grantSlotsAlone } from '../shipments/grant-slots.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';
import { isEndedWithNextStep, isNotEnded, isWaitingForSlot } from '../shipments/plan-predicates.ts';
import { planColumns, planFromRow } from '../shipments/shipment-row.ts';
import { addMessages, priorityOfEvent, stepOfEvent } from './add-messages.ts';
import { syncOutbox } from './sync-outbox.ts';

/** How far a process has compared the ledger with its outbox. */
export interface RepairPosition {
  shipment: string;
  event: string;
  /** All shipments, and all events, were compared once since the process started. */
  ends: { shipments: boolean; events: boolean };
}

export const repairFromStart = (): RepairPosition => ({
  shipment: '',
  event: '',
  ends: { shipments: false, events: false },
});

const isThrough = ({ ends }: RepairPosition): boolean => ends.shipments && ends.events;

/** Shipments, and events without a verdict, that one statement compares. */
export const comparedAtOnce = 1_000;

/** Of one call; what is left waits for the next one. */
const maxStatements = 100;

/**
 * Makes the messages of shipments those of their next steps, and adds missing messages of events; grants slots that
 * became free without a move: a pause or a check's grace period ended. Normally there is nothing to repair; after an
 * upgrade that changed the plan there may be. So with `position`, which it moves on, everything is compared once, and then
 * one part after the other, a part each time. Without, all is compared.
 * @returns the shipments and events that were repaired
 * @throws LedgerError `cannot_repair` when one could not be read, after all others were repaired
 */
export async function repairOutbox(
  ledger: Ledger,
  limit: number,
  position: RepairPosition = repairFromStart(),
): Promise<readonly string[]> {
  const repaired: string[] = [];
  const failures: unknown[] = [];
  const attempt = async (id: string, work: () => Promise<boolean>): Promise<void> => {
    try {
      if (await work()) repaired.push(id);
    } catch (cause) {
      failures.push(cause);
    }
  };
  const { events, shipments, reached } = await compare(ledger, limit, position);
  repaired.push(...events);
  for (const id of shipments) await attempt(id, () => repairShipment(ledger, id));
  // Not before: what was found is found again where this call did not come so far.
  Object.assign(position, reached);
  for (const tenant of await findWaiting(ledger))
    await attempt(tenant, async () => {
      await grantSlotsAlone(ledger, tenant);
      return false;
    });
  if (repaired.length > 0) ledger.notifier.notify();
  if (failures.length > 0)
    throw new LedgerError('cannot_repair', `${failures.length} could not be repaired`, { cause: failures[0] });
  return repaired;
}

interface Compared {
  events: readonly string[];
  shipments: readonly string[];
  reached: RepairPosition;
}

async function compare(ledger: Ledger, limit: number, from: RepairPosition): Promise<Compared> {
  const [events, shipments]: [string[], string[]] = [[], []];
  const reached = { ...from, ends: { ...from.ends } };
  const { ends } = reached;
  const isOnePart = isThrough(from);
  for (let count = 0; count < maxStatements; count += 1) {
    if (isOnePart || !ends.events) {
      const added = await repairEvents(ledger, reached.event);
      events.push(...added.ids);
      reached.event = added.last ?? '';
      ends.events ||= added.last === null;
    }
    if (isOnePart || !ends.shipments) {
      const wrong = await findWrong(ledger, reached.shipment);
      const found = wrong.ids.slice(0, limit - shipments.length);
      shipments.push(...found);
      // The rest of this part is found by the next call, once these are repaired.
      if (found.length < wrong.ids.length) break;
      reached.shipment = wrong.last ?? '';
      ends.shipments ||= wrong.last === null;
    }
    if (isOnePart || isThrough(reached)) break;
  }
  return { events, shipments, reached };
}

/** Some of the rows after a position, and the last that was looked at; null where that was the end. */
interface Part {
  ids: readonly string[];
  last: string | null;
}

/** An event is recorded with its message, so this finds some only where messages were deleted by hand. */
async function repairEvents(ledger: Ledger, after: string): Promise<Part> {
  const { rows } = await sql<Part>`
    with part as (
      select id, tenant, event_type, source from inbound_events
      where state = 'received' and id > ${after} order by id limit ${comparedAtOnce}
    ), added as (
      ${addMessages(sql`
        select id, ${stepOfEvent(sql`event_type`, sql`source = 'scim'`)}, tenant, ${priorityOfEvent(sql`event_type`)} from part
        where not exists (select from outbox where subject_id = id) order by id`)}
    )
    select array(select subject_id from added) as ids,
      (select max(id) from part having count(*) = ${comparedAtOnce}) as last`.execute(ledger.db);
  return rows[0] ?? { ids: [], last: null };
}

/** Calls the plan once per combination of states and messages, not per shipment; and reads which shipments those are only where one is wrong. */
async function findWrong(ledger: Ledger, after: string): Promise<Part> {
  const combinations = await readCombinations(ledger, after, sql`'{}'::text[]`);
  const wrong = combinations.some(isWrong)
    ? (await readCombinations(ledger, after, sql`array_agg(id order by id)`)).filter(isWrong)
    : [];
  const count = combinations.reduce((sum, { rows }) => sum + Number(rows), 0);
  const last =
    combinations
      .map(({ last: id }) => id)
      .toSorted()
      .at(-1) ?? null;
  return { ids: wrong.flatMap(({ ids }) => ids), last: count < comparedAtOnce ? null : last };
}

/** Shipments with the same states and messages. */
type Combination = Parameters<typeof planFromRow>[0] & {
  steps: string[] | null;
  rows: string;
  last: string;
  ids: string[];
};

/** Of the next part of the shipments, which are read from two indexes in the order of their ids, with their messages beside them. */
function readCombinations(ledger: Ledger, after: string, ids: RawBuilder<string[]>): Promise<Combination[]> {
  const columns = sql.join(planColumns.map((name) => sql.ref(name)));
  const partOf = (condition: RawBuilder<boolean>): RawBuilder<unknown> => sql`(
    select id, ${columns} from shipments where ${condition} and id > ${after} order by id limit ${comparedAtOnce})`;
  return sql<Combination>`
    with part as (
      select * from (${partOf(isNotEnded)} union all ${partOf(isEndedWithNextStep)}) as either
      order by id limit ${comparedAtOnce}
    ), known as (
      select subject_id, array_agg(step order by step) as steps from outbox
      where subject_id between (select min(id) from part) and (select max(id) from part) group by subject_id
    )
    select ${columns}, steps, count(*) as rows, max(id) as last, ${ids} as ids
    from part left join known on subject_id = id group by ${columns}, steps`
    .execute(ledger.db)
    .then(({ rows }) => rows);
}

/**
 * A newer version wrote a step that this plan does not have, and repairs it. A version that drops or renames a step migrates its
 * messages.
 */
const isWrong = ({ steps, ...row }: Combination): boolean =>
  (steps ?? []).every(isKnown) && String(nextSteps(planFromRow(row)).toSorted()) !== String(steps ?? []);

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

/** Jumps from one tenant to the next: thousands may wait for one. */
async function findWaiting(ledger: Ledger): Promise<readonly string[]> {
  const next = (after: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
    select tenant from shipments where ${isWaitingForSlot} ${after} order by tenant limit 1)`;
  const { rows } = await sql<{ tenant: string }>`
    with recursive waiting (tenant) as (
      ${next(sql``)} union all
      select next.tenant from waiting, lateral ${next(sql`and tenant > waiting.tenant`)} as next
    )
    select tenant from waiting`.execute(ledger.db);
  return rows.map(({ tenant }) => tenant);
}
