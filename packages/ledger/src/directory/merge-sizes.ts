import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** More owners than this are left to the next call. */
const maxOwners = 100;

/**
 * Merges the differences that writes have left in `directory_sizes` into a row for each owner, so that the size of a list
 * is the sum of few rows. Any number of processes may do it while others write: rows that are locked are skipped.
 * @returns how many rows fewer there are, below `limit`; zero means that nothing is left that no other process has in hand
 */
export async function mergeSizes({ db }: Pick<Ledger, 'db'>, limit: number): Promise<number> {
  const { rows } = await sql<{ fewer: string }>`
    with several as (
      select tenant, owner from directory_sizes group by tenant, owner having count(*) > 1 limit ${maxOwners}
    ), merged as (
      select id from directory_sizes join several using (tenant, owner)
      order by tenant, owner, id limit ${limit} for update of directory_sizes skip locked
    ), gone as (
      delete from directory_sizes using merged where directory_sizes.id = merged.id returning tenant, owner, users
    ), sums as (
      insert into directory_sizes (tenant, owner, users)
      select tenant, owner, sum(users) from gone group by tenant, owner returning id
    )
    select (select count(*) from gone) - (select count(*) from sums) as fewer`.execute(db);
  return Number(rows[0]?.fewer ?? 0);
}
