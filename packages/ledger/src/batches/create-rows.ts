import { sql } from 'kysely';

import type { Tx } from '../connect-ledger.ts';
import { asTable, insertShipments } from '../shipments/insert-shipments.ts';
import { isAlreadyOpen, lookedUpBy } from '../shipments/person.ts';
import type { PreparedRows } from './prepare-rows.ts';

/** Why a row has no shipment: an earlier row of its batch, or an open shipment of the person's. */
export type RowObstacle = 'duplicate_row' | 'already_open';

/**
 * Creates the shipments of a batch's rows, some hundreds at a time and in their order, inside the batch's transaction; its
 * caller holds the lock of {@link lockBatches}. A dry run has the obstacles that the real batch would have.
 * @returns the obstacles of the rows that have no shipment, by row
 */
export async function createRows(tx: Tx, prepared: PreparedRows | null): Promise<ReadonlyMap<number, RowObstacle>> {
  if (prepared === null) return new Map();
  const left = await insertRows(tx, prepared);
  if (left.length === 0) return new Map();
  const obstacles = await findObstacles(tx, { ...prepared, rows: left });
  // An obstacle may have ended since: then the row is inserted after all.
  const free = left.filter(({ row }) => !obstacles.has(row));
  const still = free.length === 0 ? [] : await insertRows(tx, { ...prepared, rows: free });
  return new Map([...obstacles, ...still.map(({ row }) => [row, 'already_open'] as const)]);
}

/** @returns the rows that were not inserted */
async function insertRows(tx: Tx, prepared: PreparedRows): Promise<PreparedRows['rows']> {
  const inserted = await insertShipments(tx, prepared, { unless: isAlreadyOpen });
  return prepared.rows.filter(({ id }) => !inserted.has(id));
}

async function findObstacles(tx: Tx, prepared: PreparedRows): Promise<ReadonlyMap<number, RowObstacle>> {
  const { rows: found } = await sql<{ batch_row: number; obstacle: RowObstacle }>`
    select batch_row, obstacle from (
      select batch_row, case
        when exists (
          select from ${lookedUpBy(sql`batch_person = new.batch_person`)} as earlier
          where earlier.batch_id = new.batch_id
        ) then 'duplicate_row'
        when ${isAlreadyOpen} then 'already_open'
      end as obstacle
      from ${asTable(prepared)} as new
    ) as looked_up where obstacle is not null`.execute(tx);
  return new Map(found.map(({ batch_row, obstacle }) => [batch_row, obstacle]));
}
