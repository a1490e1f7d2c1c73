import type { Org } from '../context.ts';
import { inTransaction } from '../store/database.ts';

/** Held until the commit by every writer of the log, so that events become visible in the order of their position. */
export const lockLog = "select pg_advisory_xact_lock(hashtext('log_event'))";

/**
 * Gives the events that arrive late their place at the end of the log, once they are due. Their `published` is then older
 * than that of events before them.
 */
export async function admitLateEvents(org: Org): Promise<void> {
  const due = await org.db.query(
    'select from log_event where position is null and arrives <= clock_timestamp() limit 1',
  );
  if (due.rowCount === 0) return;
  await inTransaction(org.db, async (tx) => {
    await tx.query(lockLog);
    await tx.query(
      `update log_event set position = numbered.position, persisted = clock_timestamp()
       from (select seq, nextval(pg_get_serial_sequence('log_event', 'seq')) as position
         from (select seq from log_event where position is null and arrives <= clock_timestamp() order by seq) as due
       ) as numbered
       where log_event.seq = numbered.seq`,
    );
  });
}
