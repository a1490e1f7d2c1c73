import { sql } from 'kysely';

import { isVisible, type Scope } from './scope.ts';
import { lockForChange } from './users/lock-person.ts';

/**
 * Locks what a request of many operations is going to change, in the order that all writes have (groups before people, each
 * by id): such requests follow each other, in any order of their operations. Ids that name nothing visible lock nothing.
 */
export async function lockInOrder({ db, origin }: Scope, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const table of ['directory_groups', 'people'] as const)
    await sql`
      select from ${sql.table(table)} where id = any(${[...ids]}::text[]) and ${isVisible(origin, table)}
      order by id ${lockForChange}`.execute(db);
}
