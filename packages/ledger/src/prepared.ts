import { preparedMark } from '@keycourier/runtime/postgres-pool';
import { sql } from 'kysely';

/**
 * In front of a statement that requests repeat: Postgres parses and plans it once for each connection. It names its columns,
 * since a migration that adds one would change what `*` is; its text has few variants, since each one is kept; and one plan
 * has to do for all values, so none of its joins depends on how long a list is, or how many rows a value has.
 */
export const prepared = sql.raw(preparedMark);
