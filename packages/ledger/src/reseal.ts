import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from './connect-ledger.ts';
import { LedgerError } from './errors.ts';
import { sealedColumns, type SealedColumn } from './sealed-columns.ts';
import type { Sealing } from './sealing.ts';

interface StoredValue {
  key: readonly string[];
  value: string;
}

/**
 * Seals again, with the active key, what is sealed with another one: a chunk of one column, in the order of its primary
 * key. Rows that are locked are left for the next run; any number of processes may do it.
 * @returns where to go on, or null at the end of the column
 */
async function resealSome(
  ledger: Ledger,
  column: SealedColumn,
  { after, limit }: { after: readonly string[] | null; limit: number },
): Promise<{ last: readonly string[]; resealed: number; unreadable: number } | null> {
  return ledger.db.transaction().execute(async (tx) => {
    const found = await lockStored(tx, column, { after, limit, activeKey: ledger.sealing.activeKey });
    const last = found.at(-1)?.key;
    if (last === undefined) return null;
    const { sealing } = ledger;
    const fresh = found.flatMap(({ key, value }) => {
      const context = column.contextOf(...key);
      const bytes = unsealIfPossible(sealing, value, context);
      return bytes === null ? [] : [{ key, value: sealing.seal(bytes, context) }];
    });
    for (const one of fresh)
      await sql`
        update ${sql.table(column.table)} set ${sql.id(column.column)} = ${one.value}
        where (${keyOf(column)}) = ${valuesOf(one.key)}`.execute(tx);
    return { last, resealed: fresh.length, unreadable: found.length - fresh.length };
  });
}

/** One value whose key is gone must not keep all others at their former keys. */
function unsealIfPossible(sealing: Sealing, value: string, context: string): Buffer | null {
  try {
    return sealing.unsealBytes(value, context);
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'cannot_unseal') return null;
    throw error;
  }
}

/** The columns of the primary key, and values of them, to compare as rows: so that its index gives the order. */
const keyOf = ({ key }: SealedColumn): RawBuilder<unknown> => sql.join(key.map((name) => sql.id(name)));
const valuesOf = (key: readonly string[]): RawBuilder<unknown> => sql`(${sql.join([...key])})`;

async function lockStored(
  tx: Tx,
  column: SealedColumn,
  { after, limit, activeKey }: { after: readonly string[] | null; limit: number; activeKey: string },
): Promise<readonly StoredValue[]> {
  const { rows } = await sql<StoredValue>`
    select array[${sql.join(column.key.map((name) => sql`${sql.id(name)}::text`))}] as key, ${sql.id(column.column)} as value
    from ${sql.table(column.table)}
    where ${isSealedOtherwise(column, activeKey)}
      ${after === null ? sql`` : sql`and (${keyOf(column)}) > ${valuesOf(after)}`}
    order by ${keyOf(column)} limit ${limit} for update skip locked`.execute(tx);
  return rows;
}

const isSealedOtherwise = ({ column }: SealedColumn, activeKey: string): RawBuilder<boolean> =>
  sql<boolean>`(${sql.id(column)} is not null and not starts_with(${sql.id(column)}, ${`${activeKey}.`}))`;

/**
 * Seals again all that another key than the active one sealed. @returns how many values
 * @throws LedgerError `cannot_unseal` where some could not be unsealed, after all others
 */
export async function resealAll(
  ledger: Ledger,
  { chunk, isStopped = () => false }: { chunk: number; isStopped?: () => boolean },
): Promise<number> {
  let [resealed, unreadable] = [0, 0];
  for (const column of sealedColumns)
    for (let after: readonly string[] | null = null; !isStopped();) {
      const done = await resealSome(ledger, column, { after, limit: chunk });
      if (done === null) break;
      after = done.last;
      resealed += done.resealed;
      unreadable += done.unreadable;
    }
  if (unreadable > 0)
    throw new LedgerError(
      'cannot_unseal',
      `${unreadable} values could not be unsealed, and ${resealed} were sealed again`,
    );
  return resealed;
}

/** How many values each sealing key has sealed, by the key's name, over the whole database. */
export async function countSealed({ db }: Pick<Ledger, 'db'>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { table, column } of sealedColumns) {
    const { rows } = await sql<{ name: string; count: string }>`
      select split_part(${sql.id(column)}, '.', 1) as name, count(*) as count from ${sql.table(table)}
      where ${sql.id(column)} is not null group by 1`.execute(db);
    for (const { name, count } of rows) counts[name] = (counts[name] ?? 0) + Number(count);
  }
  return counts;
}
