import { readFileSync } from 'node:fs';

import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { listEvents } from './list-events.ts';
import { protectEvents } from './protect-events.ts';
import { readDeliveredEvent } from './read-delivered-event.ts';
import { recordDelivery } from './record-delivery.ts';

afterAll(closeTestLedgers);

const trials = z
  .array(
    z.strictObject({
      n: z.string(),
      uuid: z.string(),
      eventType: z.string(),
      kept: z.array(z.enum(['uuid', 'eventType'])),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/trials/event-ids.json', import.meta.url), 'utf8')));

let ledger: Ledger;
beforeEach(async () => {
  ({ ledger } = await connectTestLedger());
});

const user = { id: '00u-canary', type: 'User', alternateId: 'Canary@Example.com' };
const eventWith = ({ uuid, eventType }: { uuid: string; eventType: string }) => ({ uuid, eventType, target: [user] });
const deliver = (events: readonly unknown[], tenant = 'acme') =>
  recordDelivery(ledger, { tenant, envelopeEventId: null, events: events.map(readDeliveredEvent) });
const stored = () => ledger.db.selectFrom('inbound_events').selectAll().orderBy('id').execute();
const find = async (uuid: string) => (await listEvents(ledger, { tenant: 'acme', uuid, limit: 10 })).items;

/** As a version before 0006 stored an event. */
async function storeAsBefore(id: string, event: { uuid: string; eventType: string }): Promise<void> {
  const body = ledger.sealing.seal(JSON.stringify(eventWith(event)), `inbound_events.body:${id}`);
  await sql`insert into inbound_events (id, tenant, uuid, event_type, body, state)
    values (${id}, 'acme', ${event.uuid}, ${event.eventType}, ${body}, 'received')`.execute(ledger.db);
}

describe.each(trials)('an event whose ids are $n', (trial) => {
  const expectProtected = async (): Promise<void> => {
    const [row, ...others] = await stored();
    expect(others).toEqual([]);
    expect(row?.is_protected).toBe(true);
    expect(row?.uuid).toEqual(trial.kept.includes('uuid') ? trial.uuid : expect.stringMatching(/^hmac:[\w-]{43}$/));
    expect(row?.event_type).toEqual(
      trial.kept.includes('eventType') ? trial.eventType : expect.stringMatching(/^hmac:[\w-]{43}$/),
    );
    expect(JSON.stringify(row).toLowerCase()).not.toContain('canary');
  };

  test('keeps only what Okta wrote, and is known when it comes again', async () => {
    expect(await deliver([eventWith(trial)])).toEqual({ recorded: 1, setAside: 0 });
    expect(await deliver([eventWith(trial)])).toEqual({ recorded: 0, setAside: 0 });
    expect(await find(trial.uuid)).toHaveLength(1);
    await expectProtected();
  });

  test('is known after an upgrade, before and after it is stored anew', async () => {
    await storeAsBefore('evt_before', trial);
    expect(await deliver([eventWith(trial)])).toEqual({ recorded: 0, setAside: 0 });
    expect(await find(trial.uuid)).toHaveLength(1);
    expect(await protectEvents(ledger, 10)).toBe(1);
    expect(await protectEvents(ledger, 10)).toBe(0);
    expect(await deliver([eventWith(trial)])).toEqual({ recorded: 0, setAside: 0 });
    await expectProtected();
    expect((await listEvents(ledger, { tenant: 'acme', user: 'canary@example.com', limit: 10 })).items).toHaveLength(1);
    expect((await listEvents(ledger, { tenant: 'acme', user: '00u-canary', limit: 10 })).items).toHaveLength(1);
  });
});

describe('keyed hashes', () => {
  test('are another for each tenant and each kind of text', async () => {
    const event = eventWith({ uuid: 'guessable', eventType: 'guessable' });
    await deliver([event]);
    await deliver([event], 'globex');
    const rows = await stored();
    expect(new Set(rows.flatMap((row) => [row.uuid, row.event_type])).size).toBe(4);
    expect(new Set(rows.map((row) => row.user_index)).size).toBe(2);
  });

  test('take the place of hashes of unreadable events, which are known after an upgrade too', async () => {
    const unreadable = { target: 'no list' };
    const { uuid } = readDeliveredEvent(unreadable);
    await storeAsBefore('evt_before', { uuid, eventType: 'unreadable' });
    expect(await deliver([unreadable])).toEqual({ recorded: 0, setAside: 0 });
    await protectEvents(ledger, 10);
    expect(await deliver([unreadable])).toEqual({ recorded: 0, setAside: 0 });
    expect((await stored()).map((row) => row.uuid)).toEqual([expect.stringMatching(/^hmac:/)]);
  });
});

test('several processes store events anew at once, each event once', async () => {
  for (let index = 0; index < 30; index += 1)
    await storeAsBefore(`evt_${String(index).padStart(2, '0')}`, { uuid: `u-${index}`, eventType: 't' });
  const counts = await Promise.all(Array.from({ length: 5 }, () => protectEvents(ledger, 7)));
  let rest = 1;
  while (rest > 0) {
    rest = await protectEvents(ledger, 7);
    counts.push(rest);
  }
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect((await stored()).every((row) => row.uuid.startsWith('hmac:') && row.is_protected)).toBe(true);
});
