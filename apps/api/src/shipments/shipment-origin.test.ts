import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyVerdict } from '@keycourier/journey/ports/ledger';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { z } from 'zod';

import { nfc, runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let requester: { id: string; key: string };
beforeAll(async () => {
  api = await runApi();
  requester = await api.keyFor('globex', ['write', 'read']);
});
afterAll(() => api.stop());

const show = async (id: unknown): Promise<unknown> => (await api.call('GET', `/v1/shipments/${String(id)}`)).body;
const listed = async (user: string): Promise<unknown> =>
  (await api.call('GET', `/v1/shipments?user=${encodeURIComponent(user)}`)).body['items'];

const keyOf = (userId: string, purpose: 'primary' | 'backup'): KeyVerdict => ({
  verdict: 'key_request',
  request: {
    tenant: 'globex',
    trigger: 'mfa-initiated',
    purpose,
    userId,
    login: `${userId}@globex.example`,
    product: nfc,
    groupId: null,
  },
});

/** Has an event ask for keys. @returns their shipments */
async function eventAsksFor(uuid: string, keys: readonly [KeyVerdict, ...KeyVerdict[]]): Promise<string[]> {
  const one = { uuid, eventType: 'system.mfa.preregister.initiate', published: null, body: {}, setAside: null };
  await recordDelivery(api.ledger, { tenant: 'globex', envelopeEventId: null, events: [one] });
  const { id: eventId } = await api.ledger.db
    .selectFrom('inbound_events')
    .select('id')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow();
  await recordVerdict(api.ledger, {
    eventId,
    verdict: { verdict: 'several_keys', keys },
    pinPolicyOf: () => ({ recipient: 'auto', channel: 'smtp', release: 'on_activation' }),
  });
  const rows = await api.ledger.db
    .selectFrom('inbound_events')
    .select('shipment_id')
    .where((is) => is.or([is('id', '=', eventId), is('first_key_id', '=', eventId)]))
    .orderBy('id')
    .execute();
  return rows.flatMap(({ shipment_id: shipmentId }) => shipmentId ?? []);
}

describe('a shipment shows which key it is, its note, and who asked for it', () => {
  test('by the API', async () => {
    const { body } = await api.call('POST', '/v1/shipments', {
      key: requester.key,
      body: { login: 'one@globex.example', note: 'Starts on Monday', purpose: 'backup' },
    });
    const origin = {
      trigger: 'api',
      purpose: 'backup',
      product: nfc,
      note: 'Starts on Monday',
      requestedBy: { apiKey: { id: requester.id, name: expect.stringMatching(/./) }, event: null },
      batch: null,
    };
    expect(body).toMatchObject(origin);
    expect(await show(body['id'])).toMatchObject(origin);
    expect(await listed('one@globex.example')).toMatchObject([origin]);
    const retried = await api.call('POST', `/v1/shipments/${String(body['id'])}/retry`);
    expect(retried.body).toMatchObject(origin);
  });

  test('by a row of a batch', async () => {
    const rows = [{ login: 'first@globex.example' }, { login: 'second@globex.example', note: 'new laptop' }];
    const batch = await api.call('POST', '/v1/batches', { key: requester.key, body: { rows } });
    expect(await listed('second@globex.example')).toMatchObject([
      {
        trigger: 'batch',
        product: nfc,
        note: 'new laptop',
        requestedBy: { apiKey: { id: requester.id }, event: null },
        batch: { id: batch.body['id'], row: 2 },
      },
    ]);
  });

  test('by an event, also where it asked for two keys', async () => {
    const uuid = eventUuid(1);
    const shipments = await eventAsksFor(uuid, [keyOf('00uEvent', 'primary'), keyOf('00uEvent', 'backup')]);
    expect(shipments).toHaveLength(2);
    const events = z
      .array(z.looseObject({ id: z.string(), uuid: z.string(), shipmentId: z.string().nullable() }))
      .parse((await api.call('GET', `/v1/events?uuid=${uuid}`)).body['items']);
    for (const id of shipments) {
      const event = events.find(({ shipmentId }) => shipmentId === id);
      expect(await show(id)).toMatchObject({
        trigger: 'mfa-initiated',
        note: null,
        product: nfc,
        requestedBy: { apiKey: null, event: { id: event?.id, uuid } },
        batch: null,
      });
    }
  });
});
