import { createHook } from 'node:async_hooks';

import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { readDeliveredEvents } from '../events/read-delivered-event.ts';
import { recordEvents } from '../events/record-events.ts';
import { eraseDeliveries } from '../retention/erase-event-bodies.ts';
import { sealedContext } from '../sealed-columns.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { withOutcomes, type StatementOutcome } from '../testing/statement-outcomes.ts';
import { acceptDeliveries, arrivedDelivery, mostRecordedAtOnce } from './accept-deliveries.ts';
import { retryPutOff, type PutOff } from './put-off-delivery.ts';
import { tenantsWithDeliveries, unpackNext } from './unpack-delivery.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const many = mostRecordedAtOnce + 4;
const eventOf = (label: string, eventType = 'group.user_membership.add') => ({
  uuid: eventUuid(label),
  eventType,
  published: '2030-01-01T00:00:00.123Z',
  target: [{ type: 'User', id: '00u1', alternateId: 'canary@example.com' }],
});
const eventsOf = (count: number, label = 'u') =>
  Array.from({ length: count }, (_, index) => eventOf(`${label}-${index}`));
const arrived = (events: readonly unknown[]) =>
  arrivedDelivery({ envelopeEventId: null, events }, JSON.stringify({ data: { events } }));
const deliver = (events: readonly unknown[], tenant = 'acme') => acceptDeliveries(ledger, tenant, [arrived(events)]);

const recorded = () => ledger.db.selectFrom('inbound_events').selectAll().orderBy('uuid').execute();
const messages = () => ledger.db.selectFrom('outbox').selectAll().execute();
const kept = () => ledger.db.selectFrom('inbound_deliveries').selectAll().orderBy('id').execute();
const counts = () => ledger.db.selectFrom('event_counts').select(['delivered', 'last_delivery_at']).execute();
const dueNow = () => sql`update inbound_deliveries set due_at = now()`.execute(ledger.db);

async function unpackAll(): Promise<void> {
  while ((await unpackNext(ledger, 'acme')) !== null);
}

describe('a delivery with many events', () => {
  test('is kept as one sealed row, and its events are recorded as those of a small one', async () => {
    const few = eventsOf(mostRecordedAtOnce, 'few');
    expect(await deliver(few)).toEqual([{ kept: 0, recorded: few.length, setAside: 0, reasons: [] }]);
    const [direct] = await recorded();
    expect(await deliver(eventsOf(many))).toEqual([{ kept: many, recorded: 0, setAside: 0, reasons: [] }]);
    const [row] = await kept();
    expect(row?.body).toMatch(/^[a-z0-9]+\.[\w-]+$/);
    expect(await recorded()).toHaveLength(few.length);
    opened.clock.now = new Date(opened.clock.now.getTime() + 60_000);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ events: many, recorded: many, setAside: 0 });
    expect(await kept()).toEqual([]);
    const unpacked = (await recorded()).find(({ uuid }) => uuid === eventUuid('u-0'));
    const { id: _id, uuid: _uuid, body: _body, ...same } = direct ?? {};
    expect(unpacked).toMatchObject(same);
    expect(await messages()).toHaveLength(few.length + many);
    const delivered = (await counts()).reduce((sum, one) => sum + Number(one.delivered), 0);
    expect(delivered).toBe(few.length + many);
    expect((await counts()).every(({ last_delivery_at: at }) => at?.getTime() === row?.received_at.getTime())).toBe(
      true,
    );
  });

  test('is kept in one row with the others of its moment', async () => {
    const deliveries = [1, 2, 3].map((label) => arrived(eventsOf(4, `of ${label}`)));
    expect((await acceptDeliveries(ledger, 'acme', deliveries)).map((one) => one.kept)).toEqual([4, 4, 4]);
    expect(await kept()).toHaveLength(1);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ envelopeEventIds: [null, null, null], recorded: 12 });
  });

  test('and five hundred of them is recorded by one transaction', async () => {
    await deliver(eventsOf(500));
    await unpackAll();
    const { rows } = await sql<{ transactions: number }>`
      select count(distinct xmin::text)::int as transactions from inbound_events`.execute(ledger.db);
    expect(rows).toEqual([{ transactions: 1 }]);
    expect(await messages()).toHaveLength(500);
  });

  test('that comes again is counted as redelivered, before its first row is unpacked and after', async () => {
    await deliver(eventsOf(many));
    await deliver(eventsOf(many));
    await unpackAll();
    await deliver(eventsOf(many));
    await Promise.all([unpackAll(), unpackAll()]);
    expect((await recorded()).map(({ redeliveries }) => redeliveries)).toEqual(Array.from({ length: many }, () => 2));
    expect(await messages()).toHaveLength(many);
  });

  test('sets aside what cannot be read, with its reason', async () => {
    await deliver([...eventsOf(many), { no: 'uuid' }, null]);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many + 2, setAside: 2 });
    expect((await recorded()).filter(({ state }) => state === 'set_aside')).toMatchObject([
      { reason: expect.stringContaining('unreadable') },
      { reason: expect.stringContaining('unreadable') },
    ]);
  });

  test('waits behind one with a more urgent event, and the deliveries of no other tenant', async () => {
    await deliver(eventsOf(many, 'first'));
    await deliver([...eventsOf(many, 'second'), eventOf('urgent', 'system.mfa.preregister.initiate')]);
    await deliver(eventsOf(many, 'other'), 'globex');
    expect(await tenantsWithDeliveries(ledger)).toEqual(['acme', 'globex']);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many + 1 });
    expect(await unpackNext(ledger, 'globex')).toMatchObject({ recorded: many });
    expect(await unpackNext(ledger, 'globex')).toBeNull();
    expect(await tenantsWithDeliveries(ledger)).toEqual(['acme']);
  });
});

/** How often zlib called back, which it does for what a thread of the pool has done, and not from its synchronous functions. */
async function zlibCallbacksOf(work: () => Promise<unknown>): Promise<number> {
  const handles = new Set<number>();
  let callbacks = 0;
  const hook = createHook({
    init: (id, type) => void (type === 'ZLIB' && handles.add(id)),
    before: (id) => void (callbacks += handles.has(id) ? 1 : 0),
  }).enable();
  await work().finally(() => hook.disable());
  return callbacks;
}

test('a delivery is compressed and read again without holding up the event loop', async () => {
  expect(await zlibCallbacksOf(() => deliver(eventsOf(many)))).toBeGreaterThan(0);
  expect(await zlibCallbacksOf(unpackAll)).toBeGreaterThan(0);
});

describe('events that are read from the log at the same time', () => {
  const read = async (events: readonly unknown[]) =>
    recordEvents(ledger, ledger.db, {
      tenant: 'acme',
      source: 'catch_up',
      events: await readDeliveredEvents(events),
    });

  test('are recorded once, and known as delivered', async () => {
    const events = eventsOf(100);
    for (const part of [events.slice(0, 60), events.slice(40), events.toReversed()]) await deliver(part);
    await Promise.all([unpackAll(), read(events.toReversed()), unpackAll(), read(events)]);
    const rows = await recorded();
    expect(rows).toHaveLength(100);
    expect(rows.filter(({ source, delivered_at: at }) => source === 'catch_up' && at === null)).toEqual([]);
    expect(await messages()).toHaveLength(100);
  });
});

test.each(['lost_before', 'lost_after'] as const)(
  'a connection that is lost at any statement (%s) leaves a delivery whole, or recorded',
  async (outcome: StatementOutcome) => {
    await deliver(eventsOf(many, 'first'));
    const statements = await withOutcomes(() => 'sent', unpackAll);
    for (let number = 1; number <= statements; number += 1) {
      const label = `${outcome}-${number}`;
      await deliver(eventsOf(many, label));
      await ledger.deliveryNotifier.flush();
      await withOutcomes(
        (current) => (current === number ? outcome : 'sent'),
        () => unpackNext(ledger, 'acme').catch(() => null),
      );
      await ledger.notifier.flush();
      const uuids = new Set(eventsOf(many, label).map(({ uuid }) => uuid));
      const before = (await recorded()).filter(({ uuid }) => uuids.has(uuid)).length;
      expect([
        [0, 1],
        [many, 0],
      ]).toContainEqual([before, (await kept()).length]);
      await dueNow();
      await unpackAll();
      const rows = (await recorded()).filter(({ uuid }) => uuids.has(uuid));
      expect(rows.map(({ redeliveries }) => redeliveries)).toEqual(Array.from({ length: many }, () => 0));
      expect(await kept()).toEqual([]);
    }
    expect(statements).toBeGreaterThanOrEqual(4);
    expect((await messages()).length).toBe((await recorded()).length);
  },
);

describe('a delivery that cannot be unpacked', () => {
  const attempts = async (count: number): Promise<void> => {
    for (let attempt = 0; attempt < count; attempt += 1) {
      await unpackNext(ledger, 'acme').catch(() => null);
      await sql`update inbound_deliveries set due_at = now() where due_at < 'infinity'`.execute(ledger.db);
    }
  };

  test('since one event is refused by the database sets aside that one alone', async () => {
    await sql`create function refuse() returns trigger language plpgsql as $$ begin
      if new.uuid = ${sql.lit(eventUuid('u-3'))} then raise check_violation; end if; return new; end $$`.execute(
      ledger.db,
    );
    await sql`create trigger refuse before insert on inbound_events for each row execute function refuse()`.execute(
      ledger.db,
    );
    await deliver(eventsOf(many));
    await attempts(2);
    expect(await recorded()).toEqual([]);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many, setAside: 1 });
    expect((await recorded()).filter(({ state }) => state === 'set_aside')).toMatchObject([
      { reason: 'the database refused it' },
    ]);
    expect(await messages()).toHaveLength(many - 1);
  });

  /** Its body is no list of deliveries, though the key is right. */
  const spoil = async (): Promise<void> => {
    const [row] = await kept();
    const body = ledger.sealing.seal(Buffer.from('no delivery'), sealedContext.deliveries(row?.id ?? ''));
    await sql`update inbound_deliveries set body = ${body}`.execute(ledger.db);
  };
  const asides = async () => (await recorded()).filter(({ state }) => state === 'set_aside');
  const before = (at: Date | undefined, ms: number) => ({
    ofTenants: [],
    ofOthers: new Date((at?.getTime() ?? 0) + ms),
  });

  test('lets others go first, is set aside with a reason in the end, and is deleted with the bodies of events', async () => {
    await deliver(eventsOf(many, 'bad'));
    await spoil();
    await deliver(eventsOf(many));
    await unpackNext(ledger, 'acme').catch(() => null);
    const { rows: times } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(ledger.db);
    await expect(unpackNext(ledger, 'acme')).rejects.toMatchObject({ code: 'bad_row' });
    const [bad] = await kept();
    expect((bad?.due_at.getTime() ?? 0) - (times[0]?.at.getTime() ?? Infinity)).toBeGreaterThanOrEqual(4_000);
    // These four seconds may pass before the next one is taken.
    await sql`update inbound_deliveries set due_at = now() + interval '1 hour' where failures > 0`.execute(ledger.db);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many });
    await dueNow();
    await attempts(20);
    expect(await kept()).toMatchObject([{ failures: 10 }]);
    await retryPutOff(ledger);
    expect(await unpackNext(ledger, 'acme')).toBeNull();
    expect(await asides()).toMatchObject([
      { event_type: 'unreadable', reason: 'a delivery could not be unpacked: bad_row', body: expect.any(String) },
    ]);
    const [row] = await kept();
    expect(await eraseDeliveries(ledger, before(row?.received_at, 0), 10)).toBe(0);
    expect(await eraseDeliveries(ledger, before(row?.received_at, 1), 10)).toBe(1);
    expect(await kept()).toEqual([]);
  });

  test('for another reason than its content is tried each hour, says so once, and is recorded when it can be', async () => {
    await deliver(eventsOf(many));
    const [{ body } = { body: '' }] = await kept();
    await sql`update inbound_deliveries set body = overlay(body placing 'AAAAAAAA' from 60)`.execute(ledger.db);
    await attempts(14);
    expect(await kept()).toMatchObject([{ failures: 14 }]);
    expect(await asides()).toMatchObject([
      { reason: 'a delivery could not be unpacked: cannot_unseal', redeliveries: 0 },
    ]);
    const seen: PutOff[] = [];
    await unpackNext(ledger, 'acme', (one) => void seen.push(one)).catch(() => null);
    expect(seen).toMatchObject([{ failures: 15, isReported: true, isSetAside: false }]);
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from due_at - now())::float8 as seconds from inbound_deliveries`.execute(ledger.db);
    expect(rows[0]?.seconds).toBeGreaterThan(3_000);
    expect(rows[0]?.seconds).toBeLessThanOrEqual(3_600);
    await sql`update inbound_deliveries set body = ${body}`.execute(ledger.db);
    expect(await unpackNext(ledger, 'acme')).toBeNull();
    await retryPutOff(ledger);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many, setAside: 0 });
  });

  test('before the end of its retention is deleted then, for any reason', async () => {
    await deliver(eventsOf(many));
    await sql`update inbound_deliveries set body = overlay(body placing 'AAAAAAAA' from 60)`.execute(ledger.db);
    await attempts(10);
    const [row] = await kept();
    expect(await eraseDeliveries(ledger, before(row?.received_at, 0), 10)).toBe(0);
    expect(await eraseDeliveries(ledger, before(row?.received_at, 1), 10)).toBe(1);
  });

  test('at once records its events in the order of their uuids, and counts them once', async () => {
    const events = eventsOf(many).map((one, nth) => ({ ...one, published: `2030-01-01T00:00:${10 + nth}.000Z` }));
    await deliver([...events, eventOf('u-0')]);
    await sql`update inbound_deliveries set failures = 2`.execute(ledger.db);
    const statements: string[] = [];
    const unpack = async (): Promise<void> => {
      expect(await unpackNext(ledger, 'acme')).toMatchObject({ recorded: many, setAside: 0 });
    };
    await withOutcomes((_, text) => {
      statements.push(text);
      return 'sent';
    }, unpack);
    expect((await counts()).reduce((sum, one) => sum + Number(one.delivered), 0)).toBe(many);
    expect(statements.filter((text) => text.includes('into event_counts'))).toHaveLength(1);
    const { rows } = await sql<{
      uuid: string;
    }>`select uuid from inbound_events where redeliveries = 0 order by ctid`.execute(ledger.db);
    const uuids = rows.map(({ uuid }) => uuid);
    expect(uuids).toEqual(uuids.toSorted());
    expect((await recorded()).filter(({ redeliveries }) => redeliveries > 0)).toMatchObject([
      { uuid: eventUuid('u-0'), redeliveries: 1 },
    ]);
  });

  test('since the database refuses an event and its body sets it aside without', async () => {
    await sql`alter table inbound_events add constraint small check (length(body) < 1000)`.execute(ledger.db);
    await deliver([...eventsOf(many), { ...eventOf('large'), more: 'x'.repeat(2_000) }]);
    await attempts(2);
    expect(await unpackNext(ledger, 'acme')).toMatchObject({
      recorded: many + 1,
      setAside: 1,
      reasons: ['the database refused it'],
    });
    expect(await asides()).toMatchObject([{ reason: 'the database refused it' }]);
  });

  test('and was put off stays within its retention while it can still be unpacked', async () => {
    await deliver(eventsOf(many));
    expect(await eraseDeliveries(ledger, { ofTenants: [], ofOthers: new Date(4_102_444_800_000) }, 10)).toBe(0);
    await unpackAll();
    expect(await recorded()).toHaveLength(many);
  });
});
