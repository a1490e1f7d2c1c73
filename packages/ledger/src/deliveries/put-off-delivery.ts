import { sql } from 'kysely';
import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { setAside } from '../events/read-delivered-event.ts';
import { sealDelivery } from '../events/record-delivery.ts';
import { insertEvents } from '../events/record-events.ts';

/** A row of kept deliveries that is being unpacked. */
export interface KeptRow {
  priority: number;
  id: string;
  receivedAt: Date;
  body: string;
  failures: number;
}

/** A kept delivery that could not be unpacked. */
export interface PutOff {
  id: string;
  failures: number;
  /** It has failed so often that an event says so. */
  isReported: boolean;
  /** It is its content that fails: it is not unpacked any more. */
  isSetAside: boolean;
}

/** After a quarter of an hour. From then on an event says so, and a delivery is deleted at the end of its retention. */
export const maxFailures = 10;

const longestWait = 3_600;

/** In seconds. The first failure, maybe a lost connection, is followed at once; each further one doubles the wait. */
const waitAfter = (failures: number): number => (failures < 2 ? 0 : Math.min(2 ** failures, longestWait));

/** Classes of SQLSTATE: a value that cannot be, a constraint, a limit. */
const ofContent: ReadonlySet<string> = new Set(['22', '23', '54']);

/** Whether what is recorded is the cause, and not a key, the database or this version: it will fail again. */
export const isOfContent = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? error.code !== undefined && ofContent.has(error.code.slice(0, 2))
    : error instanceof LedgerError && error.code === 'bad_row';

/** Puts a delivery off that could not be unpacked: others of the tenant go on meanwhile. */
export async function putOff(
  ledger: Ledger,
  { tenant, row, error }: { tenant: string; row: KeptRow; error: unknown },
): Promise<PutOff> {
  const failures = row.failures + 1;
  const isReported = failures >= maxFailures;
  const isSetAside = isReported && isOfContent(error);
  await ledger.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('inbound_deliveries')
      .set({
        failures,
        due_at: isSetAside
          ? sql<Date>`'infinity'`
          : sql<Date>`statement_timestamp() + ${waitAfter(failures)} * interval '1 s'`,
      })
      .where('tenant', '=', tenant)
      .where('priority', '=', row.priority)
      .where('id', '=', row.id)
      .where('failures', '=', row.failures)
      .executeTakeFirst();
    if (failures !== maxFailures || numUpdatedRows === 0n) return;
    const reason = `a delivery could not be unpacked: ${codeOf(error)}`;
    const events = [{ ...setAside(row.id, reason), body: null }];
    const sealed = await sealDelivery(ledger, { tenant, envelopeEventId: null, events });
    await insertEvents(ledger, tx, { tenant, source: 'hook', deliveries: [sealed], at: row.receivedAt });
  });
  return { id: row.id, failures, isReported, isSetAside };
}

const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown';
};

/** A worker that starts may have the key, or the version, that was missing. */
export async function retryPutOff({ db }: Pick<Ledger, 'db'>): Promise<void> {
  await sql`
    update inbound_deliveries set due_at = now() where (tenant, priority, id) in (
      select tenant, priority, id from inbound_deliveries
      where failures > 0 and due_at > now() and due_at < 'infinity' for update skip locked)`.execute(db);
}

/** The age of each tenant's oldest delivery that is not unpacked, in seconds. */
export async function oldestKept({ db }: Pick<Ledger, 'db'>): Promise<readonly { tenant: string; seconds: number }[]> {
  const { rows } = await sql<{ tenant: string; seconds: number }>`
    select tenant, greatest(0, extract(epoch from now() - min(received_at)))::float8 as seconds
    from inbound_deliveries group by tenant`.execute(db);
  return rows;
}
