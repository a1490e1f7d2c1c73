import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Selectable } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { listShipments } from '../shipments/list-shipments.ts';
import { move } from '../shipments/move.ts';
import { readHistory } from '../shipments/read-history.ts';
import { readShipment } from '../shipments/read-shipment.ts';
import type { ShipmentsTable } from '../shipments/shipments-table.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { ask, bring, change, hold, look, open, steps } from '../testing/sample-shipments.ts';
import { erasePersonalData } from './erase-personal-data.ts';
import { cutOffs } from './policy.ts';

afterAll(closeTestLedgers);

const dayMs = 24 * 3_600_000;

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger({ maxConnections: 10 });
  ledger = opened.ledger;
});

const retentions = {
  acme: { personalDataDays: 10, eventBodyDays: 1, auditDays: 365 },
  globex: { personalDataDays: 20, eventBodyDays: 1, auditDays: 365 },
};
const pass = (days: number): void => void (opened.clock.now = new Date(opened.clock.now.getTime() + days * dayMs));
const eraseBehind = (after: string, limit: number, through = ledger) =>
  erasePersonalData(through, cutOffs(retentions, 'personalDataDays', opened.clock.now), { after, limit });
const erase = async (limit = 100, through = ledger) => (await eraseBehind('', limit, through)).length;
const rowOf = (id: string): Promise<Selectable<ShipmentsTable>> =>
  ledger.db.selectFrom('shipments').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const secretsOf = (id: string) =>
  ledger.db.selectFrom('secrets').select('name').where('shipment_id', '=', id).execute();

/** A shipment that ended with everything that it may hold. */
async function complete(tenant = 'acme', userId: string | null = '00u-1'): Promise<string> {
  const { id } = await open(ledger, {
    tenant,
    userId,
    login: `Canary.${tenant}@example.com`,
    note: 'canary note',
    overrides: { city: 'canary city' },
  });
  await bring(ledger, id, 'sending');
  const pinMail = { sentTo: 'c…@example.com', sentAt: ledger.now() };
  const parcelDetails = { trackingNumber: '1Z-CANARY', trackingUrl: 'https://track.example/1Z-CANARY' };
  await change(ledger, id, { ...steps.sent, pinMail, parcelDetails });
  expect((await change(ledger, id, steps.delivered)).shipment.plan.order).toBe('closed');
  return id;
}

describe('a shipment that ended', () => {
  test('keeps its data for the time of its tenant, to the day', async () => {
    const id = await complete();
    const before = await readShipment(ledger, 'acme', id);
    pass(10);
    expect(await erase()).toBe(0);
    expect(await readShipment(ledger, 'acme', id)).toEqual(before);
    pass(0.01);
    expect(await erase()).toBe(1);
    expect(await secretsOf(id)).toEqual([]);
    expect(await rowOf(id)).toMatchObject({
      note: null,
      login_index: null,
      pin_sent_to: null,
      tracking_number: null,
      person: 'okta:00u-1',
    });
    expect(await erase()).toBe(0);
  });

  test('reads as before but for what was erased, with one entry in its history', async () => {
    const id = await complete();
    const before = await readShipment(ledger, 'acme', id);
    pass(11);
    await erase();
    const after = {
      ...before,
      note: null,
      secrets: {},
      parcel: { ...before?.parcel, trackingNumber: null, trackingUrl: null },
      pin: { sentTo: null, sentAt: before?.pin.sentAt },
    };
    expect(await readShipment(ledger, 'acme', id)).toEqual(after);
    expect(await look(ledger, id)).toEqual(after);
    const query = { tenant: 'acme', dryRun: false, limit: 10 };
    expect((await listShipments(ledger, query)).items).toEqual([after]);
    expect((await listShipments(ledger, { ...query, user: '00u-1' })).items).toEqual([after]);
    expect((await listShipments(ledger, { ...query, user: 'canary.acme@example.com' })).items).toEqual([]);
    const erasures = (await readHistory(ledger, id)).filter(
      (claim) => claim.kind === 'change' && claim.event === 'personal_data.erased',
    );
    expect(erasures).toEqual([{ kind: 'change', event: 'personal_data.erased', at: opened.clock.now, detail: {} }]);
  });

  test('says who has which key while that works, and no longer', async () => {
    const id = await complete();
    const ids = ['okta_user_id', 'serial', 'firmware', 'enrollment_id', 'credential_key_id', 'person'] as const;
    const readIds = async () => {
      const row = await rowOf(id);
      return ids.map((column) => row[column]);
    };
    const credentialDetails = { serial: '31415926', firmware: '5.7.4' };
    const note = { event: 'test.moved', detail: { enrollmentId: 'enr-1', other: 1 } };
    await move(ledger, id, () => ({ change: { credentialDetails }, note }));
    const before = await readIds();
    expect(before.every((value) => value !== null)).toBe(true);
    const idsOfHistory = async (): Promise<string> => JSON.stringify(await readHistory(ledger, id));
    pass(11);
    await erase();
    expect(await readIds()).toEqual(before);
    expect(await idsOfHistory()).toMatch(/enrollmentId/);
    await change(ledger, id, { credential: 'revoked' });
    expect(await erase()).toBe(0);
    pass(11);
    expect(await erase()).toBe(1);
    expect(await readIds()).toEqual([null, null, null, null, null, `erased:${id}`]);
    expect(await idsOfHistory()).not.toMatch(/enrollmentId|userId/);
    expect(await idsOfHistory()).toMatch(/"other":1/);
    expect(await readShipment(ledger, 'acme', id)).toMatchObject({
      user: { id: null },
      plan: { credential: 'revoked' },
    });
    pass(11);
    expect(await erase()).toBe(0);
  });

  test('still finds the key of its owner', async () => {
    const id = await complete();
    pass(11);
    await erase();
    const again = { userId: '00u-1', login: 'canary.acme@example.com', trigger: 'group-add' } as const;
    expect(await ask(ledger, again)).toEqual({ outcome: 'has_active_key', shipmentId: id });
  });

  test.each(['cancelled', 'failed'] as const)(
    'as %s, known by login alone, loses the hash of the login',
    async (order) => {
      const { id } = await open(ledger, { note: 'canary' });
      await change(ledger, id, { order });
      expect((await rowOf(id)).person).toMatch(/^login:/);
      pass(11);
      expect(await erase()).toBe(1);
      expect(await rowOf(id)).toMatchObject({ person: `erased:${id}`, login_index: null, note: null });
      expect(await readShipment(ledger, 'acme', id)).toMatchObject({ note: null, secrets: {}, plan: { order } });
    },
  );

  test('is erased at the time of its own tenant, or at the standard one where the tenant is not configured', async () => {
    const ids = [await complete('acme'), await complete('globex'), await complete('gone')];
    const erasedAfter = async (days: number): Promise<(string | undefined)[]> => {
      pass(days);
      await erase();
      const left = await Promise.all(ids.map(secretsOf));
      return ids.filter((_, index) => left[index]?.length === 0);
    };
    expect(await erasedAfter(11)).toEqual(ids.slice(0, 1));
    expect(await erasedAfter(10)).toEqual(ids.slice(0, 2));
    expect(await erasedAfter(68)).toEqual(ids.slice(0, 2));
    expect(await erasedAfter(2)).toEqual(ids);
  });
});

describe('a shipment that goes on', () => {
  test('open or held, is never touched, however old', async () => {
    const requested = await open(ledger, { note: 'canary' });
    const placed = await open(ledger);
    await bring(ledger, placed.id, 'placed');
    const held = await open(ledger);
    await hold(ledger, held.id);
    const ids = [requested, placed, held].map(({ id }) => id);
    const before = await Promise.all(ids.map((id) => look(ledger, id)));
    pass(1_000);
    expect(await erase()).toBe(0);
    expect(await Promise.all(ids.map((id) => look(ledger, id)))).toEqual(before);
  });

  test('with a next step is left alone until that is done', async () => {
    const { id } = await open(ledger);
    await change(ledger, id, { order: 'cancelled' });
    await ledger.db
      .insertInto('outbox')
      .values({ subject_id: id, step: 'activate-credential', tenant: 'acme', published_at: null })
      .execute();
    pass(11);
    expect(await erase()).toBe(0);
    await ledger.db.deleteFrom('outbox').where('subject_id', '=', id).execute();
    expect(await erase()).toBe(1);
  });

  test('again after a retry counts from its next end', async () => {
    const { id } = await open(ledger);
    await change(ledger, id, { order: 'failed', failure: { code: 'user_not_found', problems: [] } });
    pass(9);
    await change(ledger, id, { order: 'requested', failure: null });
    pass(9);
    expect(await erase()).toBe(0);
    await change(ledger, id, { order: 'cancelled' });
    pass(11);
    expect(await erase()).toBe(1);
  });
});

test('a dry run ends with its check, with any result, and not before', async () => {
  const [shippable, held, waiting] = [
    await open(ledger, { dryRun: true }),
    await open(ledger, { dryRun: true }),
    await open(ledger, { dryRun: true }),
  ];
  await change(ledger, shippable.id, steps.ready);
  await hold(ledger, held.id);
  pass(11);
  expect(await erase()).toBe(2);
  expect([await secretsOf(shippable.id), await secretsOf(held.id)]).toEqual([[], []]);
  expect(await secretsOf(waiting.id)).not.toEqual([]);
});

describe('erasing', () => {
  test('takes a chunk at a time', async () => {
    for (const userId of ['a', 'b', 'c', 'd', 'e']) await complete('acme', userId);
    pass(11);
    expect([await erase(2), await erase(2), await erase(2), await erase(2)]).toEqual([2, 2, 1, 0]);
  });

  test('takes those behind an id, in order', async () => {
    const ids: string[] = [];
    for (const userId of ['a', 'b', 'c']) ids.push(await complete('acme', userId));
    const [first = '', ...others] = ids.toSorted();
    pass(11);
    expect(await eraseBehind(first, 100)).toEqual(others);
    expect(await eraseBehind('', 100)).toEqual([first]);
  });

  test('by many processes at the same moment, again and again, is in the history once for each', async () => {
    const processes = [ledger, ...Array.from({ length: 7 }, () => opened.openAnother({ maxConnections: 1 }))];
    let erased = 0;
    for (let round = 0; round < 12; round += 1) {
      for (const name of ['a', 'b', 'c', 'd']) await complete('acme', `${name}${round}`);
      pass(11);
      const counts = await Promise.all(processes.map((one) => erase(100, one)));
      erased += counts.reduce((sum, count) => sum + count, 0);
    }
    expect(erased).toBe(48);
    const erasures = ledger.db.selectFrom('history').select('id').where('event', '=', 'personal_data.erased').execute();
    expect(await erasures).toHaveLength(48);
  });

  test('by several processes at once does each once, and skips what is locked', async () => {
    for (const userId of ['a', 'b', 'c', 'd', 'e', 'f']) await complete('acme', userId);
    const locked = await complete('acme', 'g');
    pass(11);
    const holder = await ledger.db.startTransaction().execute();
    await holder.selectFrom('shipments').select('id').where('id', '=', locked).forUpdate().execute();
    const another = opened.openAnother();
    const counts = await Promise.all([erase(), erase(100, another), erase(), erase(100, another)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
    expect(await secretsOf(locked)).not.toEqual([]);
    await holder.rollback().execute();
    expect(await erase()).toBe(1);
    const erasures = ledger.db.selectFrom('history').select('id').where('event', '=', 'personal_data.erased').execute();
    expect(await erasures).toHaveLength(7);
  });
});
