import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { postponeMessage } from '../outbox/sync-outbox.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { countStatements } from '../testing/statement-outcomes.ts';
import type { DeliveredEvent } from './event-keys.ts';
import { readEvent } from './read-event.ts';
import { recordDeliveries, recordDelivery, sealDelivery } from './record-delivery.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger({ maxConnections: 20 });
  ledger = opened.ledger;
});
// A notification that is still sent would count as a message of the next test.
afterEach(() => ledger.notifier.flush());

const event = (label: string, fields: Partial<DeliveredEvent> = {}): DeliveredEvent => ({
  uuid: eventUuid(label),
  eventType: 'group.user_membership.add',
  published: new Date('2030-01-01T00:00:00.123Z'),
  body: { label, target: [{ alternateId: 'canary@example.com' }] },
  setAside: null,
  ...fields,
});

const deliver = (events: readonly DeliveredEvent[], tenant = 'acme', into = ledger) =>
  recordDelivery(into, { tenant, envelopeEventId: 'env', events });

const recorded = () => ledger.db.selectFrom('inbound_events').selectAll().orderBy('id').execute();
const withoutCount = async () => (await recorded()).map(({ redeliveries: _count, redelivered_at: _at, ...row }) => row);
const messages = () => ledger.db.selectFrom('outbox').selectAll().orderBy('dispatch_id').execute();

describe('a delivery', () => {
  test('is recorded with a message for each event, in the order of the delivery', async () => {
    const uuids = ['u-3', 'u-1', 'u-2'];
    expect(await deliver(uuids.map((uuid) => event(uuid)))).toEqual({ recorded: 3, setAside: 0 });
    const rows = await recorded();
    expect(rows.map(({ uuid }) => uuid)).toEqual(uuids.map(eventUuid));
    expect(rows[0]).toMatchObject({
      tenant: 'acme',
      event_type: 'group.user_membership.add',
      envelope_event_id: 'env',
      published: new Date('2030-01-01T00:00:00.123Z'),
      received_at: opened.clock.now,
      state: 'received',
      reason: null,
    });
    expect(rows[0]?.body).not.toContain('canary');
    expect((await messages()).map(({ subject_id: id, step, tenant }) => ({ id, step, tenant }))).toEqual(
      rows.map(({ id }) => ({ id, step: 'accept-event', tenant: 'acme' })),
    );
    expect(await publishDue(ledger, { knownSteps, limit: 10 }, async () => undefined)).toMatchObject({ published: 3 });
    expect(await readEvent(ledger, rows[0]?.id ?? '')).toEqual({
      id: rows[0]?.id,
      tenant: 'acme',
      body: event('u-3').body,
      state: 'received',
      source: 'hook',
      failures: 0,
      flowsOff: [],
    });
    await postponeMessage(
      ledger,
      { subjectId: rows[0]?.id ?? '', step: 'accept-event' },
      { afterMs: 60_000, failure: { waitsFor: 'okta', isCounted: true } },
    );
    expect(await readEvent(ledger, rows[0]?.id ?? '')).toMatchObject({ failures: 1 });
  });

  test('of a type that only the directory writes is decided about as any other', async () => {
    await deliver([{ ...event('u-1'), eventType: 'scim.group.members_added' }]);
    expect(await messages()).toMatchObject([{ step: 'accept-event' }]);
  });

  test('of nothing records nothing', async () => {
    expect(await deliver([])).toEqual({ recorded: 0, setAside: 0 });
  });

  test('that comes again changes nothing, but is counted', async () => {
    await deliver([event('u-1'), event('u-2')]);
    const before = [await withoutCount(), await messages()];
    expect(await deliver([event('u-2', { body: 'changed' }), event('u-1')])).toEqual({ recorded: 0, setAside: 0 });
    expect([await withoutCount(), await messages()]).toEqual(before);
    expect(await recorded()).toMatchObject([
      { redeliveries: 1, redelivered_at: opened.clock.now },
      { redeliveries: 1, redelivered_at: opened.clock.now },
    ]);
  });

  test('that contains an event twice records it once', async () => {
    expect(await deliver([event('u-1'), event('u-2'), event('u-1', { body: 'again' })])).toEqual({
      recorded: 2,
      setAside: 0,
    });
    expect((await recorded()).map(({ uuid }) => uuid)).toEqual(['u-1', 'u-2'].map(eventUuid));
    expect(await messages()).toHaveLength(2);
  });

  test('records what is new in it, beside what is known', async () => {
    await deliver([event('u-1')]);
    expect(await deliver([event('u-1'), event('u-2')])).toEqual({ recorded: 1, setAside: 0 });
  });

  test('of another tenant may have the same uuids', async () => {
    await deliver([event('u-1')]);
    expect(await deliver([event('u-1')], 'globex')).toEqual({ recorded: 1, setAside: 0 });
  });

  test('keeps a bad event with its reason, and without a message', async () => {
    const events = [event('u-1', { setAside: 'it cannot be read' }), event('u-2')];
    expect(await deliver(events)).toEqual({ recorded: 2, setAside: 1 });
    expect(await deliver(events)).toEqual({ recorded: 0, setAside: 0 });
    const [bad] = await recorded();
    expect(bad).toMatchObject({ state: 'set_aside', reason: 'it cannot be read' });
    expect(await readEvent(ledger, bad?.id ?? '')).toBeNull();
    expect(await messages()).toHaveLength(1);
  });

  test('of ten thousand events is recorded like any other', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => event(`u-${index}`, { body: index, published: null }));
    expect(await deliver(many)).toEqual({ recorded: 10_000, setAside: 0 });
    expect(await deliver(many)).toEqual({ recorded: 0, setAside: 0 });
  });

  test('is recorded whole or not at all', async () => {
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$`.execute(
      ledger.db,
    );
    await sql`create trigger fail before insert on outbox for each row execute function fail()`.execute(ledger.db);
    await expect(deliver([event('u-1')])).rejects.toThrow('the disk is full');
    expect(await recorded()).toEqual([]);
  });
});

describe('deliveries that are recorded together', () => {
  const together = async (...deliveries: readonly (readonly DeliveredEvent[])[]) => {
    const sealed = await Promise.all(
      deliveries.map((events, index) =>
        sealDelivery(ledger, { tenant: 'acme', envelopeEventId: `env-${index}`, events }),
      ),
    );
    return recordDeliveries(ledger, 'acme', sealed);
  };

  test('are one message, with one notification, and each has its own result', async () => {
    const bad = event('u-4', { setAside: 'it cannot be read' });
    const count = await countStatements(async () => {
      const results = await together([event('u-2')], [], [event('u-1'), event('u-3')], [bad]);
      expect(results).toEqual([
        { recorded: 1, setAside: 0 },
        { recorded: 0, setAside: 0 },
        { recorded: 2, setAside: 0 },
        { recorded: 1, setAside: 1 },
      ]);
      await ledger.notifier.flush();
    });
    expect(count).toBe(1);
    expect((await recorded()).map(({ uuid, envelope_event_id: envelope }) => [uuid, envelope])).toEqual([
      [eventUuid('u-2'), 'env-0'],
      [eventUuid('u-1'), 'env-2'],
      [eventUuid('u-3'), 'env-2'],
      [eventUuid('u-4'), 'env-3'],
    ]);
  });

  test('and hold the same event record it once, the first of them, and count the others', async () => {
    const twice = [event('u-1'), event('u-1', { body: 'again' }), event('u-2')];
    expect(await together([event('u-1')], twice, [event('u-2'), event('u-1')])).toEqual([
      { recorded: 1, setAside: 0 },
      { recorded: 1, setAside: 0 },
      { recorded: 0, setAside: 0 },
    ]);
    const again = (await recorded()).map(({ uuid, redeliveries, envelope_event_id: envelope }) => [
      uuid,
      redeliveries,
      envelope,
    ]);
    expect(again).toEqual([
      [eventUuid('u-1'), 2, 'env-0'],
      [eventUuid('u-2'), 1, 'env-1'],
    ]);
  });

  test('are recorded all or none', async () => {
    await sql`create function refuse() returns trigger language plpgsql as $$ begin
      if new.uuid = ${sql.lit(eventUuid('bad'))} then raise 'no'; end if; return new; end $$`.execute(ledger.db);
    await sql`create trigger refuse before insert on inbound_events for each row execute function refuse()`.execute(
      ledger.db,
    );
    await expect(together([event('u-1')], [event('bad')])).rejects.toThrow('no');
    expect(await recorded()).toEqual([]);
  });
});

describe('deliveries at the same moment', () => {
  test('of the same events record each once', async () => {
    const events = Array.from({ length: 20 }, (_, index) => event(`u-${index}`));
    const other = opened.openAnother();
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => deliver(events, 'acme', index % 2 === 0 ? ledger : other)),
    );
    expect(counts.reduce((sum, count) => sum + count.recorded, 0)).toBe(20);
    expect(await messages()).toHaveLength(20);
  });

  test('that name the same events in another order wait for each other and never deadlock', async () => {
    const events = Array.from({ length: 300 }, (_, index) => event(`u-${index}`));
    for (let round = 0; round < 5; round += 1) {
      const fresh = events.map((one) => ({ ...one, uuid: eventUuid(`${round}-${one.uuid}`) }));
      const counts = await Promise.all([
        deliver(fresh),
        deliver(fresh.toReversed()),
        deliver(fresh),
        deliver(fresh.toReversed()),
      ]);
      expect(counts.filter(({ recorded: count }) => count === 0)).toHaveLength(3);
      expect(counts).toContainEqual({ recorded: 300, setAside: 0 });
    }
  });
});
