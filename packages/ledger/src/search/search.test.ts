import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { createApiKey } from '../api-keys/api-keys.ts';
import { insertBatch, newBatchId } from '../batches/batches.ts';
import type { Ledger } from '../connect-ledger.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { recordVerdict } from '../events/record-verdict.ts';
import { erasePersonalData } from '../retention/erase-personal-data.ts';
import { cutOffs } from '../retention/policy.ts';
import { countShipments, listShipments } from '../shipments/list-shipments.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { change, open, profile } from '../testing/sample-shipments.ts';
import { classifyQuery } from './classify-query.ts';
import { backfillNames, dropNames } from './name-prefixes.ts';
import { wordsOf } from './name-tokens.ts';
import { search } from './search.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
let isSearchable = true;
beforeEach(async () => {
  isSearchable = true;
  opened = await connectTestLedger({ areNamesSearchable: () => isSearchable });
  ledger = opened.ledger;
});

const uuid = '8f14e45f-ceea-467f-9b1d-4e0c1c1b2d3a';

describe('a text that is searched for', () => {
  test.each([
    [' shp_01HX ', ['shipment shp_01hx']],
    ['bat_01hx', ['batch bat_01hx']],
    ['evt_01hx', ['event evt_01hx']],
    [uuid, [`event_uuid ${uuid}`]],
    ['00u1a2b3c4D5E6f7G8h9', ['okta_user 00u1a2b3c4D5E6f7G8h9']],
    ['Noor@Example.com', ['login Noor@Example.com']],
    ['12345678', ['serial 12345678', 'tracking_number 12345678', 'login 12345678']],
    ['9400 1000 0000 0000 0000 00', ['tracking_number 9400100000000000000000']],
    [
      '1z999aa10123456784',
      ['tracking_number 1Z999AA10123456784', 'login 1z999aa10123456784', 'name 1z999aa10123456784'],
    ],
    ['noor', ['login noor', 'name noor']],
    ["Noor   O'Hara-Özil", ["name Noor O'Hara-Özil"]],
    ['', []],
    ['  ', []],
    ['x'.repeat(255), []],
    ['--- ---', []],
  ])('%p may be %j', (text, readings) => {
    expect(classifyQuery(text).map(({ kind, value }) => `${kind} ${value}`)).toEqual(readings);
  });

  test('has words without case, accents and punctuation', () => {
    expect(wordsOf("  ÉLODIE d'Arc-Müller, Élodie ")).toEqual(['elodie', 'd', 'arc', 'muller']);
    expect(wordsOf('王小明 Łukasz 3rd')).toEqual(['王小明', 'łukasz', '3rd']);
  });
});

/** A shipment of a person whose profile was checked. */
async function checked(firstName: string, lastName: string, tenant = 'acme'): Promise<string> {
  const { id } = await open(ledger, { tenant });
  const named = { ...profile, firstName, lastName };
  await change(ledger, id, { order: 'ready', profileChecked: true, secrets: { profile: named } });
  return id;
}
const named = async (name: string, tenant = 'acme') =>
  (await listShipments(ledger, { tenant, dryRun: false, limit: 10, name })).items.map(({ id }) => id);

describe('a name', () => {
  test('is found by the beginning of each word, in any order, case and accent, of the tenant alone', async () => {
    const noor = await checked('Noor', 'Haddad-Öztürk');
    const other = await checked('Noora', 'Li');
    await checked('Noor', 'Haddad', 'globex');
    expect(await named('noo')).toEqual([other, noor]);
    expect(await named('OZT noor')).toEqual([noor]);
    expect(await named('noora li')).toEqual([other]);
    expect(await named('Haddadian')).toEqual([]);
    for (const none of ['no', 'ddad', 'noor smith', 'l', '---']) expect(await named(none)).toEqual([]);
    expect(await named('noo', 'initech')).toEqual([]);
  });

  test('is found also before its profile is right, and no longer once it is another', async () => {
    const { id } = await open(ledger);
    const sourced = (firstName: string) => ({
      profile: { firstName: { value: firstName, source: 'okta' as const } },
      isNewUser: false,
      enabledCountries: null,
    });
    const held = { code: 'profile_problems' as const, problems: [], since: opened.clock.now };
    await change(ledger, id, { hold: held, secrets: { sourced: sourced('Noor') } });
    expect(await named('noor')).toEqual([id]);
    await change(ledger, id, { secrets: { sourced: sourced('Vera') } });
    expect([await named('noor'), await named('vera')]).toEqual([[], [id]]);
  });

  test('is in the database as keyed hashes alone, and erased with the person', async () => {
    const id = await checked('Noor', 'Haddad');
    const stored = async () =>
      (await sql<{ row: string }>`select name_prefixes::text as row from name_prefixes`.execute(ledger.db)).rows;
    const rows = await stored();
    expect(rows).toHaveLength(6);
    // The random letters of the shipment's id may be such a word.
    expect(rows.map(({ row }) => row.replace(id, '')).join()).not.toMatch(/noo|had/i);
    await change(ledger, id, { order: 'cancelled' });
    opened.clock.now = new Date(opened.clock.now.getTime() + 1_000 * 24 * 3_600_000);
    await erasePersonalData(ledger, cutOffs({}, 'personalDataDays', opened.clock.now), { after: '', limit: 10 });
    expect(await stored()).toEqual([]);
  });

  test('that was stored before names were searchable is found after the back-fill, which ends', async () => {
    isSearchable = false;
    const ids = [await checked('Noor', 'Haddad'), await checked('Noor', 'Azar'), await checked('Vera', 'Li')];
    expect(await named('noor')).toEqual([]);
    isSearchable = true;
    const more: boolean[] = [];
    for (let calls = 0; calls < 4; calls += 1) more.push(await backfillNames(ledger, 'acme', 2));
    expect(more).toEqual([true, false, false, false]);
    expect(await named('noor')).toEqual([ids[1], ids[0]]);
  });

  test('is found after the back-fill though another cannot be read', async () => {
    isSearchable = false;
    const [readable, unreadable] = [await checked('Noor', 'Haddad'), await checked('Noor', 'Azar')];
    await sql`update secrets set sealed = 'k0.' || repeat('A', 60) where shipment_id = ${unreadable}`.execute(
      ledger.db,
    );
    isSearchable = true;
    expect(await backfillNames(ledger, 'acme', 10)).toBe(false);
    const { rows } = await sql`select distinct shipment_id from name_prefixes`.execute(ledger.db);
    expect(rows).toEqual([{ shipment_id: readable }]);
  });

  test('can be searched for no longer once that is switched off, and again once it is on', async () => {
    const id = await checked('Noor', 'Haddad');
    await backfillNames(ledger, 'acme', 10);
    expect([await dropNames(ledger, 'acme', 4), await dropNames(ledger, 'acme', 4)]).toEqual([4, 2]);
    expect(await named('noor')).toEqual([]);
    await backfillNames(ledger, 'acme', 10);
    expect(await named('noor')).toEqual([id]);
  });
});

test('a filter is counted, up to a limit', async () => {
  await checked('Noor', 'Haddad');
  await checked('Noor', 'Azar');
  const query = { tenant: 'acme', dryRun: false, name: 'noor' };
  expect(await countShipments(ledger, query, 10)).toBe(2);
  expect(await countShipments(ledger, query, 1)).toBe(1);
  expect(await countShipments(ledger, { ...query, statuses: ['held'] }, 10)).toBe(0);
});

describe('search', () => {
  const found = async (text: string, tenant = 'acme') => {
    const { shipments, events, batchId } = await search(ledger, tenant, text);
    return {
      shipments: shipments.map(({ id }) => id),
      events: events.map(({ outcome, reason }) => [outcome, reason]),
      batchId,
    };
  };
  const none = { shipments: [], events: [], batchId: null };

  test('finds the dry runs of a batch of them by its id', async () => {
    const batchId = newBatchId();
    const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
    await ledger.db
      .transaction()
      .execute((tx) => insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId, dryRun: true }));
    const { id } = await open(ledger, { batchId, batchRow: 1, dryRun: true });
    expect((await search(ledger, 'acme', batchId)).shipments.map((shipment) => shipment.id)).toEqual([id]);
  });

  test('finds a shipment by each thing that identifies it, and in no other tenant', async () => {
    const batchId = newBatchId();
    const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
    await ledger.db
      .transaction()
      .execute((tx) => insertBatch(ledger, tx, { id: batchId, tenant: 'acme', apiKeyId, dryRun: false }));
    const { id } = await open(ledger, {
      userId: '00u1a2b3c4D5E6f7G8h9',
      login: 'Noor@example.com',
      batchId,
      batchRow: 1,
    });
    await change(ledger, id, {
      order: 'ready',
      profileChecked: true,
      secrets: { profile },
      credentialDetails: { serial: '12345678' },
      parcelDetails: { trackingNumber: '1Z999AA10123456784' },
    });
    const texts = [
      id,
      '00u1a2b3c4D5E6f7G8h9',
      'noor@EXAMPLE.com',
      '12345678',
      '1z999aa10123456784',
      'noor had',
      batchId,
    ];
    for (const text of texts) {
      expect({ text, ...(await found(text)) }).toMatchObject({ text, shipments: [id] });
      expect(await found(text, 'globex')).toEqual(none);
    }
    expect(await found(batchId)).toMatchObject({ batchId });
    expect(await found('no.one@example.com')).toEqual(none);
  });

  test('finds what did not happen: the events of a person that were ignored or came twice, with the reason', async () => {
    const event = (name: string, id: string) => ({
      uuid: eventUuid(name),
      eventType: 'group.user_membership.add',
      published: null,
      setAside: null,
      body: {
        uuid: eventUuid(name),
        eventType: 'group.user_membership.add',
        target: [{ id, type: 'User', alternateId: 'noor@example.com' }],
      },
    });
    const deliver = (name: string) =>
      recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event(name, '00u1a2b3c4D5E6f7G8h9')] });
    await deliver('one');
    await deliver('one');
    const { id: eventId } = await ledger.db.selectFrom('inbound_events').select('id').executeTakeFirstOrThrow();
    await recordVerdict(ledger, {
      eventId,
      verdict: { verdict: 'ignored', reason: 'flow off' },
      pinPolicyOf: () => ({ recipient: 'auto', channel: 'smtp', release: 'on_activation' }),
    });
    for (const text of ['noor@example.com', '00u1a2b3c4D5E6f7G8h9', eventUuid('one'), eventId]) {
      const { events, shipments } = await search(ledger, 'acme', text);
      expect(events).toMatchObject([{ outcome: 'ignored', reason: 'flow off', redeliveries: 1 }]);
      expect(shipments).toEqual([]);
      expect(await found(text, 'globex')).toEqual(none);
    }
  });
});
