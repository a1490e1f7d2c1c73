import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { sql } from 'kysely';

import { envelope, groupAdd } from '../testing/deliveries.ts';
import { globexSecret, runReceiver, secret, unpackAll, type RunningReceiver } from '../testing/running-receiver.ts';

let receiver: RunningReceiver;
beforeAll(async () => {
  receiver = await runReceiver();
});
afterAll(() => receiver.stop());
afterEach(async () => {
  await sql`truncate inbound_events, inbound_deliveries, outbox`.execute(receiver.ledger.db);
});

const recorded = async () => {
  await unpackAll(receiver.ledger);
  return receiver.ledger.db.selectFrom('inbound_events').selectAll().orderBy('id').execute();
};
const messages = () => receiver.ledger.db.selectFrom('outbox').selectAll().execute();

describe('a delivery', () => {
  test('is answered 204 without a body once its events are committed', async () => {
    const answer = await receiver.deliver(envelope([groupAdd(eventUuid('u-1')), groupAdd(eventUuid('u-2'))]));
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe('');
    expect((await recorded()).toSorted((one, other) => one.uuid.localeCompare(other.uuid))).toMatchObject(
      ['u-1', 'u-2']
        .map(eventUuid)
        .toSorted()
        .map((uuid) => ({ uuid, tenant: 'acme', state: 'received', event_type: 'group.user_membership.add' })),
    );
    expect(await messages()).toHaveLength(2);
  });

  test('delivered again changes nothing, but is counted', async () => {
    const body = envelope([groupAdd(eventUuid('u-1')), null, { no: 'uuid' }]);
    expect((await receiver.deliver(body)).status).toBe(204);
    const before = await recorded();
    expect((await receiver.deliver(body)).status).toBe(204);
    const at = expect.any(Date);
    expect(await recorded()).toEqual(before.map((row) => ({ ...row, redeliveries: 1, redelivered_at: at })));
  });

  test('delivered ten times at once is recorded once', async () => {
    const body = envelope(Array.from({ length: 20 }, (_, index) => groupAdd(`u-${index}`)));
    const answers = await Promise.all(Array.from({ length: 10 }, () => receiver.deliver(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 204));
    expect(await recorded()).toHaveLength(20);
    expect(await messages()).toHaveLength(20);
  });

  test('that overlaps another in the opposite order is recorded, and so is the other', async () => {
    const events = Array.from({ length: 200 }, (_, index) => groupAdd(`u-${index}`));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        receiver.deliver(envelope(index % 2 === 0 ? events : events.toReversed())),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 204));
    expect(await recorded()).toHaveLength(200);
  });

  test('of 501 events is refused with 413, one of 500 is one transaction', async () => {
    const events = Array.from({ length: 501 }, (_, index) => ({ uuid: `u-${index}`, eventType: 'e' }));
    const refused = await receiver.deliver(envelope(events));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ detail: 'A delivery must not exceed 500 events.' });
    expect(await recorded()).toEqual([]);
    expect((await receiver.deliver(envelope(events.slice(0, 500)))).status).toBe(204);
    expect(await recorded()).toHaveLength(500);
    const { rows } = await sql<{ events: string; transactions: string }>`
      select count(*) as events, count(distinct xmin::text) as transactions from inbound_events`.execute(
      receiver.ledger.db,
    );
    expect(rows).toEqual([{ events: '500', transactions: '1' }]);
  });

  test('that names an event twice records it once', async () => {
    expect((await receiver.deliver(envelope([groupAdd(eventUuid('u-1')), groupAdd(eventUuid('u-1'))]))).status).toBe(
      204,
    );
    expect(await recorded()).toHaveLength(1);
  });

  test('of two tenants with the same uuid is two events', async () => {
    await receiver.deliver(envelope([groupAdd(eventUuid('u-1'))]));
    await receiver.deliver(envelope([groupAdd(eventUuid('u-1'))]), { tenant: 'globex', secret: globexSecret });
    expect(await recorded()).toMatchObject([{ tenant: 'acme' }, { tenant: 'globex' }]);
  });

  test('without events is answered 204', async () => {
    expect((await receiver.deliver(envelope([]))).status).toBe(204);
    expect(await recorded()).toEqual([]);
  });

  test('that is a preview with null targets is recorded', async () => {
    const preview = groupAdd(eventUuid('u-1'), {
      actor: null,
      target: null,
      debugContext: null,
      outcome: { result: 'Success' },
    });
    expect((await receiver.deliver(envelope([preview]))).status).toBe(204);
    expect(await recorded()).toMatchObject([{ uuid: eventUuid('u-1'), state: 'received' }]);
  });

  test('may have any content type', async () => {
    const answer = await fetch(`${receiver.url}/okta/hooks/acme`, {
      method: 'POST',
      headers: { authorization: secret, 'content-type': 'text/plain' },
      body: JSON.stringify(envelope([groupAdd(eventUuid('u-1'))])),
    });
    expect(answer.status).toBe(204);
    expect(await recorded()).toHaveLength(1);
  });

  test.each(['', '{"canary":', '[]', '{"data":{"events":"canary"}}'])(
    'that is malformed is refused without an echo: %p',
    async (body) => {
      const answer = await receiver.deliver(body);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.text()).not.toContain('canary');
    },
  );

  test('is recorded, its unreadable events set aside and the reason logged', async () => {
    const log = receiver.logged.length;
    const bad = { eventType: 'x', target: [{ displayName: 'Canary Person' }] };
    expect((await receiver.deliver(envelope([bad, groupAdd(eventUuid('u-1'))]))).status).toBe(204);
    const rows = await recorded();
    expect(rows).toMatchObject([
      { state: 'set_aside', reason: expect.stringMatching(/uuid/), uuid: expect.stringMatching(/^hmac:/) },
      { uuid: eventUuid('u-1'), state: 'received' },
    ]);
    expect(await messages()).toMatchObject([{ subject_id: rows[1]?.id }]);
    expect(receiver.logged.slice(log).join('')).toContain(rows[0]?.reason ?? 'missing');
  });

  test('over 5 MiB is refused with 413, one of exactly 5 MiB is recorded', async () => {
    const empty = JSON.stringify({ ...envelope([groupAdd(eventUuid('u-1'))]), padding: '' });
    const padded = (bytes: number): string =>
      empty.replace('"padding":""', `"padding":"${'x'.repeat(bytes - empty.length)}"`);
    expect((await receiver.deliver(padded(5 * 1024 * 1024))).status).toBe(204);
    const answer = await receiver.deliver(padded(5 * 1024 * 1024 + 1));
    expect(answer.status).toBe(413);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('of many MiB is answered 413 even on a connection that is closed afterwards', async () => {
    for (let time = 0; time < 3; time += 1) {
      const answer = await fetch(`${receiver.url}/okta/hooks/acme`, {
        method: 'POST',
        headers: { authorization: secret, connection: 'close' },
        body: ' '.repeat(20 * 1024 * 1024),
      });
      expect(answer.status).toBe(413);
    }
  });

  test('never appears in the log', () => {
    expect(receiver.logged.length).toBeGreaterThan(0);
    expect(receiver.logged.join('')).not.toMatch(/canary|Canary|secret-of/);
  });
});

describe('five hundred events', () => {
  const delivery = envelope(Array.from({ length: 500 }, (_, index) => groupAdd(`u-${index}`)));

  test('are committed together', async () => {
    expect((await receiver.deliver(delivery)).status).toBe(204);
    expect(await recorded()).toHaveLength(500);
    expect(await messages()).toHaveLength(500);
  });

  test('are refused with 503 where they cannot be committed, and a retry commits them', async () => {
    const { db } = receiver.ledger;
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(db);
    await sql`create trigger fail before insert on inbound_deliveries for each row execute function fail()`.execute(db);
    expect((await receiver.deliver(delivery)).status).toBe(503);
    expect(await recorded()).toEqual([]);
    await sql`drop trigger fail on inbound_deliveries`.execute(db);
    expect((await receiver.deliver(delivery)).status).toBe(204);
    expect(await recorded()).toHaveLength(500);
  });

  test('are recorded as events while the worker of an earlier version has no table for deliveries', async () => {
    const { db } = receiver.ledger;
    await sql`alter table inbound_deliveries rename to elsewhere`.execute(db);
    expect((await receiver.deliver(delivery)).status).toBe(204);
    await sql`alter table elsewhere rename to inbound_deliveries`.execute(db);
    expect(await messages()).toHaveLength(500);
  });
});
