import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { inSavepoint } from '../directory/savepoint.ts';
import type { DeliveredEvent } from '../events/event-keys.ts';
import { readDeliveredEvents, setAside } from '../events/read-delivered-event.ts';
import { sealDelivery } from '../events/record-delivery.ts';
import {
  countInserted,
  insertEvents,
  insertUncounted,
  type InsertedDeliveries,
  type SealedDelivery,
} from '../events/record-events.ts';
import { prepared } from '../prepared.ts';
import { unsealTexts } from './accept-deliveries.ts';
import { isOfContent, putOff, type KeptRow, type PutOff } from './put-off-delivery.ts';

/** What one row of kept deliveries held. */
export interface UnpackedDeliveries {
  envelopeEventIds: readonly (string | null)[];
  events: number;
  recorded: number;
  setAside: number;
  reasons: readonly string[];
}

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

/**
 * Records the events of a tenant's next delivery, the most urgent first, and deletes it, in one transaction: what is known by
 * its uuid changes nothing, as ever. A failure is thrown, after the delivery was put off and `onPutOff` called; not where
 * that failed too. Several processes may unpack at once.
 * @returns null where the tenant has none that is due
 */
export async function unpackNext(
  ledger: Ledger,
  tenant: string,
  onPutOff: (delivery: PutOff) => void = () => undefined,
): Promise<UnpackedDeliveries | null> {
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
    if (seen.row !== null) await putOff(ledger, { tenant, row: seen.row, error }).then(onPutOff, () => undefined);
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
    ...sumOf(recorded),
    reasons: deliveries.flatMap(({ events }) => events.flatMap((event) => event.setAside ?? [])),
  };
}

const sumOf = (all: readonly Pick<Counts, 'recorded' | 'setAside'>[]): Pick<Counts, 'recorded' | 'setAside'> => ({
  recorded: all.reduce((sum, one) => sum + one.recorded, 0),
  setAside: all.reduce((sum, one) => sum + one.setAside, 0),
});

/** An event and what it was sealed as, alone. */
interface OneEvent {
  envelopeEventId: string | null;
  event: DeliveredEvent;
  sealed: SealedDelivery;
}

/**
 * What cannot be recorded is set aside alone, and without its body where that is what the database refuses. In the order of
 * their uuids, and counted at the end, as deliveries that are recorded together are: they could deadlock otherwise.
 */
async function recordOneByOne(scope: Scope, deliveries: readonly ReadDelivery[]): Promise<Counts> {
  const all = await eachSealed(scope, deliveries);
  const whole = await recordEach(scope, all);
  const aside = await recordEach(
    scope,
    await eachSealed(
      scope,
      asideOf(whole.refused, ({ body }) => body),
    ),
  );
  const bare = await eachSealed(
    scope,
    asideOf(aside.refused, () => null),
  );
  const inserted = [...whole.inserted, ...aside.inserted];
  for (const one of bare) inserted.push(await insertOne(scope, one));
  await countInserted(scope.tx, { tenant: scope.tenant, at: scope.at, inserted });
  return {
    ...sumOf(inserted.flatMap(({ recorded }) => recorded)),
    reasons: [
      ...all.map(({ event }) => event),
      ...asideOf(whole.refused, () => null).flatMap(({ events }) => events),
    ].flatMap((event) => event.setAside ?? []),
  };
}

/** Known by a hash of the event as it came, whether or not its body is kept. */
const asideOf = (refused: readonly OneEvent[], bodyOf: (event: DeliveredEvent) => unknown): ReadDelivery[] =>
  refused.map(({ envelopeEventId, event }) => ({
    envelopeEventId,
    events: [{ ...setAside(event.body, 'the database refused it'), body: bodyOf(event) }],
  }));

async function eachSealed({ ledger, tenant }: Scope, deliveries: readonly ReadDelivery[]): Promise<OneEvent[]> {
  const all: OneEvent[] = [];
  for (const { envelopeEventId, events } of deliveries)
    for (const event of events) {
      const sealed = await sealDelivery(ledger, { tenant, envelopeEventId, events: [event] });
      all.push({ envelopeEventId, event, sealed });
    }
  const uuidOf = ({ sealed }: OneEvent): string => sealed.events[0]?.storedUuid ?? '';
  return all.toSorted((one, other) => Number(uuidOf(one) > uuidOf(other)) - Number(uuidOf(one) < uuidOf(other)));
}

async function recordEach(
  scope: Scope,
  all: readonly OneEvent[],
): Promise<{ inserted: InsertedDeliveries[]; refused: OneEvent[] }> {
  const inserted: InsertedDeliveries[] = [];
  const refused: OneEvent[] = [];
  for (const one of all)
    try {
      inserted.push(await inSavepoint(scope.tx, () => insertOne(scope, one)));
    } catch (error) {
      if (!isOfContent(error)) throw error;
      refused.push(one);
    }
  return { inserted, refused };
}

const insertOne = ({ ledger, tx, tenant, at }: Scope, { sealed }: OneEvent): Promise<InsertedDeliveries> =>
  insertUncounted(ledger, tx, { tenant, source: 'hook', deliveries: [sealed], at });
