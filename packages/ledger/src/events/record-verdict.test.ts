import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { Verdict } from '@keycourier/journey/ports/ledger';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { aRequest, ask, bring, change, hold, look, open } from '../testing/sample-shipments.ts';
import { withOutcomes } from '../testing/statement-outcomes.ts';
import { recordDelivery } from './record-delivery.ts';
import { recordVerdict } from './record-verdict.ts';

afterAll(closeTestLedgers);

const pin: PinPolicy = { recipient: 'both', channel: 'smtp', release: 'on_receipt' };

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger({ maxConnections: 20 });
  ledger = opened.ledger;
});
// A notification that is still sent would count as a message of the next test.
afterEach(() => ledger.notifier.flush());

let events = 0;

async function record(): Promise<string> {
  events += 1;
  const uuid = eventUuid(events);
  await recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: null,
    events: [{ uuid, eventType: 't', published: null, body: {}, setAside: null }],
  });
  const row = await ledger.db
    .selectFrom('inbound_events')
    .select('id')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow();
  return row.id;
}

const decide = (id: string, verdict: Verdict, through = ledger) =>
  recordVerdict(through, { eventId: id, verdict, pinPolicyOf: () => pin });
const keyRequest = (userId: string, trigger: 'group-add' | 'mfa-initiated' = 'mfa-initiated'): Verdict => {
  const { tenant, purpose, login, product, groupId } = aRequest({ login: `${userId}@example.com` });
  return { verdict: 'key_request', request: { tenant, trigger, purpose, userId, login, product, groupId } };
};
const eventOf = (id: string) =>
  ledger.db.selectFrom('inbound_events').selectAll().where('id', '=', id).executeTakeFirst();
const messagesOf = (id: string) =>
  ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id).orderBy('step').execute();
const shipments = () => ledger.db.selectFrom('shipments').select(['id', 'okta_user_id']).execute();

describe('an event', () => {
  test('that asks for a key creates a shipment under the policy of the tenant, and is processed', async () => {
    const id = await record();
    const recorded = await decide(id, keyRequest('00u1'));
    expect(recorded).toEqual({ outcome: 'created', shipmentId: expect.stringMatching(/^shp_/) });
    const shipmentId = recorded.outcome === 'created' ? recorded.shipmentId : '';
    expect(await look(ledger, shipmentId)).toMatchObject({
      pinPolicy: pin,
      user: { id: '00u1' },
      trigger: 'mfa-initiated',
    });
    expect(await eventOf(id)).toMatchObject({
      state: 'accepted',
      shipment_id: shipmentId,
      processed_at: opened.clock.now,
    });
    expect(await messagesOf(id)).toEqual([]);
    expect(await messagesOf(shipmentId)).toEqual([{ step: 'check-profile' }]);
  });

  test('is decided once, however often and by however many at once', async () => {
    const id = await record();
    const other = opened.openAnother();
    const recorded = await Promise.all(
      Array.from({ length: 20 }, (_, index) => decide(id, keyRequest('00u1'), index % 2 === 0 ? ledger : other)),
    );
    expect(await shipments()).toHaveLength(1);
    const [first] = recorded;
    for (const one of recorded) expect(one).toEqual(first);
    const before = await eventOf(id);
    expect(await decide(id, { verdict: 'ignored', reason: 'too late' })).toEqual(first);
    expect(await eventOf(id)).toEqual(before);
  });

  test('that asks for a key is decided in one message, and once where it is lost', async () => {
    const undisturbed = await record();
    const texts: string[] = [];
    const log = (_: number, text: string, before: readonly string[]) => {
      texts.push(...before, text);
      return 'sent' as const;
    };
    const messages = await withOutcomes(log, () => decide(undisturbed, keyRequest('00u0')));
    expect(texts.filter((text) => /^(begin|commit)/i.test(text))).toEqual([]);
    for (const outcome of ['lost_before', 'lost_after'] as const)
      for (let at = 1; at <= messages; at += 1) {
        const id = await record();
        const request = keyRequest(`00u-${id}`);
        const fail = (number: number) => (number === at ? outcome : 'sent');
        await withOutcomes(fail, () => decide(id, request).catch((error: unknown) => error));
        expect(await decide(id, request)).toMatchObject({ outcome: 'created' });
        expect((await shipments()).filter((one) => one.okta_user_id === `00u-${id}`)).toHaveLength(1);
        expect(await messagesOf(id)).toEqual([]);
      }
    expect([messages, texts.length]).toEqual([1, 3]);
  });

  test('that is ignored keeps its reason', async () => {
    const id = await record();
    const ignored = { outcome: 'ignored', reason: 'flow off' };
    expect(await decide(id, { verdict: 'ignored', reason: 'flow off' })).toEqual(ignored);
    expect(await decide(id, keyRequest('00u1'))).toEqual(ignored);
    expect(await eventOf(id)).toMatchObject({ state: 'ignored', reason: 'flow off' });
    expect(await shipments()).toEqual([]);
    expect(await messagesOf(id)).toEqual([]);
  });

  test('for a person with an open shipment or an active key is ignored, with the shipment in its reason', async () => {
    const { id: shipmentId } = await open(ledger, { userId: '00u1', login: null });
    const [one, two] = [await record(), await record()];
    expect(await decide(one, keyRequest('00u1'))).toEqual({
      outcome: 'ignored',
      reason: `already_open (${shipmentId})`,
    });
    await bring(ledger, shipmentId, 'delivered');
    expect(await decide(two, keyRequest('00u1', 'group-add'))).toEqual({
      outcome: 'ignored',
      reason: `has_active_key (${shipmentId})`,
    });
  });

  test('of many for one person at once creates one shipment, whichever trigger fires', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, record));
    const recorded = await Promise.all(
      ids.map((id, index) => decide(id, keyRequest('00u1', index % 2 === 0 ? 'group-add' : 'mfa-initiated'))),
    );
    expect(recorded.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(await shipments()).toHaveLength(1);
  });

  test('by id and requests by login alone at once create one shipment', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, record));
    const [recorded, others] = await Promise.all([
      Promise.all(ids.map((id) => decide(id, keyRequest('00u7')))),
      Promise.all(ids.map(() => ask(ledger, { login: '00u7@example.com', userId: null }))),
    ]);
    const created = [...recorded, ...others].filter(({ outcome }) => outcome === 'created');
    expect(created).toHaveLength(1);
    expect(await shipments()).toHaveLength(1);
  });

  test('that is not there throws', async () => {
    await expect(decide('evt_none', keyRequest('00u1'))).rejects.toMatchObject({ code: 'event_missing' });
  });
});

describe('a changed profile', () => {
  const changed = (userId: string, login: string | null = null): Verdict => ({ verdict: 'recheck', userId, login });

  test('sends shipments that are held for it back to the check, at the last position', async () => {
    const [held, other] = [await open(ledger, { userId: '00u1', login: null }), await open(ledger)];
    await hold(ledger, held.id, 'profile_problems');
    const id = await record();
    const rechecked = { outcome: 'rechecked', shipmentIds: [held.id] };
    expect(await decide(id, changed('00u1'))).toEqual(rechecked);
    expect(await look(ledger, held.id)).toMatchObject({ hold: null, plan: { profileChecked: false } });
    expect(await messagesOf(held.id)).toEqual([{ step: 'check-profile' }]);
    const positions = await ledger.db.selectFrom('shipments').select('id').orderBy('position').execute();
    expect(positions).toEqual([{ id: other.id }, { id: held.id }]);
    expect(await eventOf(id)).toMatchObject({ state: 'accepted' });
  });

  test('waits for a check of a user that is known by that login alone, who may be this person', async () => {
    const requested = await open(ledger, { login: 'Ada@example.com' });
    const id = await record();
    expect(await decide(id, changed('00u9', 'ada@EXAMPLE.com'))).toEqual({ outcome: 'check_under_way' });
    expect(await eventOf(id)).toMatchObject({ state: 'received' });
    await change(ledger, requested.id, { user: { id: '00u9' } });
    await hold(ledger, requested.id);
    expect(await decide(id, changed('00u9', 'ada@EXAMPLE.com'))).toEqual({
      outcome: 'rechecked',
      shipmentIds: [requested.id],
    });
    const other = await record();
    expect(await decide(other, changed('00u8', 'another@example.com'))).toMatchObject({ outcome: 'ignored' });
  });

  test('is ignored where nothing waits for it', async () => {
    const [fine, parcelLost] = [
      await open(ledger, { userId: '00u1', login: null }),
      await open(ledger, { userId: '00u2', login: null }),
    ];
    await bring(ledger, parcelLost.id, 'placed');
    await hold(ledger, parcelLost.id, 'parcel_lost');
    for (const userId of ['00u2', '00u3'])
      expect(await decide(await record(), changed(userId))).toMatchObject({ outcome: 'ignored' });
    expect(await look(ledger, fine.id)).toMatchObject({ updatedAt: fine.updatedAt });
    expect(await look(ledger, parcelLost.id)).toMatchObject({ hold: { code: 'parcel_lost' } });
  });

  test('waits for a check that is under way, and stays received until then', async () => {
    await open(ledger, { userId: '00u1', login: null });
    const id = await record();
    expect(await decide(id, changed('00u1'))).toEqual({ outcome: 'check_under_way' });
    expect(await eventOf(id)).toMatchObject({ state: 'received' });
  });

  test('of a person with two on hold never deadlocks with what moves those at the same moment', async () => {
    const purposes = ['primary', 'backup'] as const;
    for (let round = 0; round < 10; round += 1) {
      const userId = `00u-${round}`;
      const ids: string[] = [];
      for (const purpose of purposes) {
        const { id } = await open(ledger, { userId, login: null, purpose });
        await bring(ledger, id, 'ready');
        await hold(ledger, id, 'order_refused');
        ids.push(id);
      }
      const [one, two] = await Promise.all([record(), record()]);
      await Promise.all([
        decide(one, changed(userId)),
        decide(two, changed(userId)),
        ...ids.map((id) => change(ledger, id, { hold: null })),
        ...ids.toReversed().map((id) => change(ledger, id, { order: 'cancelled' })),
      ]);
      for (const id of ids) expect(await look(ledger, id)).toMatchObject({ plan: { order: 'cancelled' } });
    }
  });
});

describe('a leaver', () => {
  const leaver = (userId: string, fields: Partial<Extract<Verdict, { verdict: 'leaver' }>> = {}): Verdict => ({
    verdict: 'leaver',
    userId,
    groupId: null,
    cancels: true,
    revokes: true,
    ...fields,
  });

  test('has what is under way cancelled, and the credentials of keys that will come revoked', async () => {
    const [requested, enrolled, backup, old] = [
      await open(ledger, { userId: '00u1', login: null }),
      await open(ledger, { userId: '00u2', login: null }),
      await open(ledger, { userId: '00u1', login: null, purpose: 'backup' }),
      await open(ledger, { userId: '00u3', login: null }),
    ];
    await bring(ledger, enrolled.id, 'enrolled');
    await bring(ledger, backup.id, 'active');
    await bring(ledger, old.id, 'delivered');
    expect(await decide(await record(), leaver('00u1'))).toEqual({
      outcome: 'offboarded',
      shipmentIds: [requested.id, backup.id].sort(),
    });
    expect((await look(ledger, requested.id)).plan).toMatchObject({ order: 'cancelled' });
    expect((await look(ledger, backup.id)).plan).toMatchObject({ order: 'placed', revokeRequested: true });
    expect(await messagesOf(backup.id)).toEqual([{ step: 'revoke-credential' }, { step: 'track-parcel' }]);
    await decide(await record(), leaver('00u2'));
    expect((await look(ledger, enrolled.id)).plan).toMatchObject({ order: 'cancelled', credential: 'pending' });
    expect(await messagesOf(enrolled.id)).toEqual([{ step: 'delete-enrollment' }]);
    await decide(await record(), leaver('00u3'));
    expect((await look(ledger, old.id)).plan).toMatchObject({ order: 'closed', revokeRequested: true });
    expect(await messagesOf(old.id)).toEqual([{ step: 'revoke-credential' }]);
  });

  test('of a group keeps shipments of other groups and of none', async () => {
    const [ofGroup, ofAnother] = [
      await open(ledger, { userId: '00u1', login: null, trigger: 'group-add', groupId: '00g1' }),
      await open(ledger, { userId: '00u1', login: null, purpose: 'backup' }),
    ];
    expect(await decide(await record(), leaver('00u1', { groupId: '00g1', revokes: false }))).toEqual({
      outcome: 'offboarded',
      shipmentIds: [ofGroup.id],
    });
    expect((await look(ledger, ofAnother.id)).plan.order).toBe('requested');
  });

  test('twice is offboarded once', async () => {
    const { id } = await open(ledger, { userId: '00u1', login: null });
    await bring(ledger, id, 'active');
    await decide(await record(), leaver('00u1'));
    expect(await decide(await record(), leaver('00u1'))).toEqual({
      outcome: 'ignored',
      reason: 'no shipment of this user can be cancelled or revoked',
    });
    expect((await look(ledger, id)).plan.revokeRequested).toBe(true);
  });
});
