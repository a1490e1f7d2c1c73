import { nextSteps } from '@keycourier/journey/model/plan';
import { sql, type RawBuilder } from 'kysely';

import type { Tx } from '../connect-ledger.ts';
import { priorityOf } from '../outbox/priority.ts';
import type { PreparedRow, PreparedRows } from './prepare-rows.ts';

/** What stands in the way of a row: an earlier row of its batch, or an open shipment of the person's. */
export type RowObstacle = 'duplicate_row' | 'already_open';

/**
 * Opens the shipments of a batch's rows, some hundreds at a time and in their order, inside the batch's transaction; its
 * caller holds the lock of {@link lockBatches}. A rehearsal is told the same obstacles as the batch it rehearses.
 * @returns the obstacles of the rows that were not opened, by row
 */
export async function createRows(tx: Tx, prepared: PreparedRows | null): Promise<ReadonlyMap<number, RowObstacle>> {
  if (prepared === null) return new Map();
  const left = await insertRows(tx, prepared);
  if (left.length === 0) return new Map();
  const obstacles = await findObstacles(tx, { ...prepared, rows: left });
  // What was in the way may be over by now: then it is the row's turn.
  const free = left.filter(({ row }) => !obstacles.has(row));
  const still = free.length === 0 ? [] : await insertRows(tx, { ...prepared, rows: free });
  return new Map([...obstacles, ...still.map(({ row }) => [row, 'already_open'] as const)]);
}

/** They are stored as JSON, and reach the statement as JSON in a text. */
const jsonColumns: ReadonlySet<string> = new Set(['hold_problems', 'failure', 'lifted_hold', 'intents']);

/**
 * The same person and purpose, in a real shipment that is not over. A login that an open shipment was resolved from counts
 * as the same person; of two known ids it proves nothing, since Okta may give a login to somebody else.
 */
const isOpen = (given: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`(
  exists (
    select from shipments as other
    where other.tenant = ${given}.tenant and other.person = ${given}.person and other.purpose = ${given}.purpose
      and not other.dry_run and other.order_state not in ('closed', 'cancelled', 'failed')
  ) or exists (
    select from shipments as other
    where other.tenant = ${given}.tenant and other.login_index = ${given}.login_index and other.purpose = ${given}.purpose
      and not other.dry_run and other.order_state not in ('closed', 'cancelled', 'failed')
      and (${given}.okta_user_id is null or other.okta_user_id is null)
  )
)`;

/** The rows as a table of shipments. */
const asTable = ({ common, rows }: PreparedRows): RawBuilder<unknown> => sql`jsonb_populate_recordset(
  jsonb_populate_record(null::shipments, ${JSON.stringify(common)}::jsonb),
  ${`[${rows.map(({ own }) => own).join(',')}]`}::jsonb
)`;

/** @returns the rows that were not inserted: something is in their way */
async function insertRows(tx: Tx, prepared: PreparedRows): Promise<readonly PreparedRow[]> {
  const { first, common, rows } = prepared;
  const names = Object.keys(common);
  const values = names.map((name) => (jsonColumns.has(name) ? sql`(${sql.ref(name)} #>> '{}')::jsonb` : sql.ref(name)));
  const secrets = rows.map((row) => row.secrets).filter((some) => some !== '');
  // All rows owe the same doors, equally urgently.
  const { rows: opened } = await sql<{ batch_row: number }>`
    with opened as (
      insert into shipments (${sql.join(names.map((name) => sql.ref(name)))})
      select ${sql.join(values)} from ${asTable(prepared)} as given
      where not ${isOpen(sql.ref('given'))}
      order by batch_row
      on conflict do nothing
      returning id, tenant, batch_row
    ), kept as (
      insert into secrets (shipment_id, name, sealed)
      select shipment_id, name, sealed
      from jsonb_to_recordset(${`[${secrets.join(',')}]`}::jsonb) as secret (shipment_id text, name text, sealed text)
      join opened on opened.id = shipment_id
    ), told as (
      insert into history (shipment_id, at, event, detail)
      select id, ${first.createdAt}::timestamptz, 'shipment.requested',
        ${JSON.stringify({ trigger: first.trigger })}::jsonb
      from opened order by batch_row
    ), messages as (
      insert into outbox (subject_id, step, tenant, priority)
      select id, step, tenant, ${priorityOf(first)}::smallint
      from opened, unnest(${nextSteps(first.plan)}::text[]) as step order by batch_row
    )
    select batch_row from opened`.execute(tx);
  const done = new Set(opened.map(({ batch_row }) => batch_row));
  return rows.filter(({ row }) => !done.has(row));
}

async function findObstacles(tx: Tx, prepared: PreparedRows): Promise<ReadonlyMap<number, RowObstacle>> {
  const { rows: found } = await sql<{ batch_row: number; obstacle: RowObstacle }>`
    select batch_row, obstacle from (
      select batch_row, case
        when exists (
          select from shipments as earlier
          where earlier.batch_id = given.batch_id and earlier.batch_person = given.batch_person
        ) then 'duplicate_row'
        when ${isOpen(sql.ref('given'))} then 'already_open'
      end as obstacle
      from ${asTable(prepared)} as given
    ) as looked where obstacle is not null`.execute(tx);
  return new Map(found.map(({ batch_row, obstacle }) => [batch_row, obstacle]));
}
