import { sql } from 'kysely';
import pg from 'pg';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { inSavepoint } from '../directory/savepoint.ts';
import type { DeliveredEvent } from '../events/event-keys.ts';
import { readDeliveredEvents, setAside } from '../events/read-delivered-event.ts';
import { sealDelivery } from '../events/record-delivery.ts';
import { insertEvents } from '../events/record-events.ts';
import { prepared } from '../prepared.ts';
import { unsealTexts } from './accept-deliveries.ts';

/** What one row of kept deliveries held. */
export interface UnpackedDeliveries {
  envelopeEventIds: readonly (string | null)[];
  events: number;
  recorded: number;
  setAside: number;
  reasons: readonly string[];
}

/** The first failure, maybe a lost connection, is followed at once; each further one doubles the wait, up to 9 minutes. */
const maxFailures = 10;
const waitAfter = (failures: number): number => (failures < 2 ? 0 : 2 ** failures);

/** What fails again is recorded event by event. */
const failuresTogether = 2;

/** The tenants that have deliveries to unpack. Jumps from one to the next: thousands may wait for one. */
export async function tenantsWithDeliveries(ledger: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ tenant: string }>`${prepared}
    with recursive waiting (tenant) as (
      (select tenant from inbound_deliveries order by tenant limit 1)
      union all
      select next.tenant from waiting, lateral (
        select tenant from inbound_deliveries where tenant > waiting.tenant order by tenant limit 1
      ) as next
    )
    select tenant from waiting`.execute(ledger.db);
  return rows.map(({ tenant }) => tenant);
}

interface KeptRow {
  priority: number;
  id: string;
  receivedAt: Date;
  body: string;
  failures: number;
}

/**
 * Records the events of a tenant's next delivery, the most urgent first, and deletes it, in one transaction: what is known by
 * its uuid changes nothing, as ever. A failure puts the delivery off and is thrown; after `maxFailures` it is set aside, and
 * an event that says so is recorded in its place. Several processes may unpack at once.
 * @returns null where the tenant has none that is due
 */
export async function unpackNext(ledger: Ledger, tenant: string): Promise<UnpackedDeliveries | null> {
  const seen: { row: KeptRow | null } = { row: null };
  try {
    const unpacked = await ledger.db.transaction().execute(async (tx) => {
      seen.row = await takeNext(tx, tenant);
      return seen.row === null ? null : recordKept(ledger, tx, { tenant, row: seen.row });
    });
    if (unpacked !== null && unpacked.recorded > unpacked.setAside) ledger.notifier.notify();
    return unpacked;
  } catch (error) {
    // Where the database is away, this fails too, and the delivery stays as it was.
    if (seen.row !== null) await putOff(ledger, { tenant, row: seen.row, error }).catch(() => undefined);
    throw error;
  }
}

async function takeNext(tx: Tx, tenant: string): Promise<KeptRow | null> {
  const { rows } = await sql<KeptRow>`${prepared}
    delete from inbound_deliveries where (tenant, priority, id) = (
      select tenant, priority, id from inbound_deliveries where tenant = ${tenant} and due_at <= statement_timestamp()
      order by priority, id limit 1 for update skip locked
    )
    returning priority, id, received_at as "receivedAt", body, failures`.execute(tx);
  return rows[0] ?? null;
}

async function recordKept(
  ledger: Ledger,
  tx: Tx,
  { tenant, row }: { tenant: string; row: KeptRow },
): Promise<UnpackedDeliveries> {
  const envelopes = await unsealTexts(ledger, row);
  const read: ReadDelivery[] = [];
  for (const { envelopeEventId, events } of envelopes)
    read.push({ envelopeEventId, events: await readDeliveredEvents(events) });
  const scope = { ledger, tx, tenant, at: row.receivedAt };
  const recorded =
    row.failures < failuresTogether ? await recordTogether(scope, read) : await recordOneByOne(scope, read);
  return {
    envelopeEventIds: envelopes.map(({ envelopeEventId }) => envelopeEventId),
    events: envelopes.reduce((sum, { events }) => sum + events.length, 0),
    ...recorded,
  };
}

interface ReadDelivery {
  envelopeEventId: string | null;
  events: readonly DeliveredEvent[];
}

interface Scope {
  ledger: Ledger;
  tx: Tx;
  tenant: string;
  at: Date;
}

type Counts = Pick<UnpackedDeliveries, 'recorded' | 'setAside' | 'reasons'>;

async function recordTogether({ ledger, tx, tenant, at }: Scope, deliveries: readonly ReadDelivery[]): Promise<Counts> {
  const sealed = [];
  for (const delivery of deliveries) sealed.push(await sealDelivery(ledger, { tenant, ...delivery }));
  const recorded = await insertEvents(ledger, tx, { tenant, source: 'hook', deliveries: sealed, at });
  return {
    recorded: recorded.reduce((sum, one) => sum + one.recorded, 0),
    setAside: recorded.reduce((sum, one) => sum + one.setAside, 0),
    reasons: deliveries.flatMap(({ events }) => events.flatMap((event) => event.setAside ?? [])),
  };
}

/** What cannot be recorded is set aside alone. */
async function recordOneByOne(scope: Scope, deliveries: readonly ReadDelivery[]): Promise<Counts> {
  const all: Counts[] = [];
  for (const { envelopeEventId, events } of deliveries)
    for (const event of events) {
      const record = (one: DeliveredEvent) => recordTogether(scope, [{ envelopeEventId, events: [one] }]);
      all.push(
        await inSavepoint(scope.tx, () => record(event)).catch((error: unknown) => {
          if (!isOfContent(error)) throw error;
          return record(setAside(event.body, 'the database refused it'));
        }),
      );
    }
  return {
    recorded: all.reduce((sum, one) => sum + one.recorded, 0),
    setAside: all.reduce((sum, one) => sum + one.setAside, 0),
    reasons: all.flatMap(({ reasons }) => reasons),
  };
}

/** Classes of SQLSTATE: a value that cannot be, a constraint, a limit. */
const ofContent: ReadonlySet<string> = new Set(['22', '23', '54']);

const isOfContent = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code !== undefined && ofContent.has(error.code.slice(0, 2));

/** Others of the tenant go on meanwhile. */
async function putOff(
  ledger: Ledger,
  { tenant, row, error }: { tenant: string; row: KeptRow; error: unknown },
): Promise<void> {
  const failures = row.failures + 1;
  const isLast = failures >= maxFailures;
  await ledger.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('inbound_deliveries')
      .set({
        failures,
        due_at: isLast
          ? sql<Date>`'infinity'`
          : sql<Date>`statement_timestamp() + ${waitAfter(failures)} * interval '1 s'`,
      })
      .where('tenant', '=', tenant)
      .where('priority', '=', row.priority)
      .where('id', '=', row.id)
      .where('failures', '=', row.failures)
      .executeTakeFirst();
    if (!isLast || numUpdatedRows === 0n) return;
    const reason = `a delivery could not be unpacked: ${codeOf(error)}`;
    const events = [{ ...setAside(row.id, reason), body: null }];
    await recordTogether({ ledger, tx, tenant, at: row.receivedAt }, [{ envelopeEventId: null, events }]);
  });
}

const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown';
};
