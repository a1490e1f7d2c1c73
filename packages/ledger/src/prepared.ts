import { preparedMark } from '@keycourier/runtime/postgres-prepared';
import { sql, type RawBuilder } from 'kysely';

/**
 * In front of a statement that requests repeat: Postgres parses and plans it once for each connection. It names its columns,
 * since a migration that adds one would change what `*` is; its text has few variants, since each one is kept; and one plan
 * has to do for all values, so none of its joins depends on how long a list is, or how many rows a value has.
 */
export const prepared = sql.raw(preparedMark);

/**
 * A list in a prepared statement, the first one of an `unnest` or, cast to `text[]`, that of an `any`: Postgres estimates it alike for each
 * length. Else a short one looks cheaper than any list does, and once the tables are analyzed it plans the statement anew each time, which
 * takes as long as all that a short one does. `list` may be an array's literal.
 */
export const ofAnyLength = (list: readonly string[] | string): RawBuilder<unknown> => sql`(select ${list}::text[])`;
