import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import { createApiKey, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { secondHandMessages } from '@keycourier/messages/refusals';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { activated, advance, held, placed, requestFor } from '../testing/shipments.ts';

let api: RunningApi;
let stranger: string;
/** Another key than the one that requests the shipments. */
let second: { id: string; key: string };
beforeAll(async () => {
  api = await runApi();
  second = await api.keyFor('globex');
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const messagesOf = async (id: string): Promise<string[]> =>
  (await api.ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id).execute()).map(
    ({ step }) => step,
  );

describe('an action', () => {
  const act = (id: string, action: string, key = second.key) =>
    api.call('POST', `/v1/shipments/${id}/${action}`, { key });

  test('retry lifts a hold, and the history names the API key', async () => {
    const id = await requestFor(api, 'retried@globex.example');
    await advance(api, id, held);
    expect(await act(id, 'retry')).toMatchObject({ status: 200, body: { id, status: 'requested', hold: null } });
    const { body } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(body['items']).toContainEqual({
      event: 'shipment.rechecked',
      at: expect.any(String),
      detail: expect.objectContaining({ because: 'operator', by: expect.stringMatching(/^key_/) }),
    });
  });

  test('retry of one that is held for a person who is not in the hub pushes the person again', async () => {
    const id = await requestFor(api, 'not.in.hub@globex.example');
    const { db } = api.ledger;
    await db.updateTable('shipments').set({ okta_user_id: '00uNotInHub' }).where('id', '=', id).execute();
    await db.insertInto('mirrors').values({ id: 'mir_1', tenant: 'globex', okta_user_id: '00uNotInHub' }).execute();
    await advance(api, id, { hold: { code: 'hub_person_missing', problems: [], since: new Date() } });
    await act(id, 'retry');
    expect(await messagesOf('mir_1')).toEqual(['push-person']);
  });

  test('retry of a shipment that has ended is refused', async () => {
    const id = await requestFor(api, 'ended@globex.example');
    await advance(api, id, { order: 'cancelled' });
    expect(await act(id, 'retry')).toMatchObject({
      status: 409,
      body: { code: 'shipment_ended', detail: expect.stringMatching(/new shipment/) },
    });
  });

  test('retry of a failed shipment is refused with the other open one, if any', async () => {
    const login = 'twice@globex.example';
    const id = await requestFor(api, login);
    await advance(api, id, { order: 'failed', failure: { code: 'user_not_found', problems: [] } });
    const other = await requestFor(api, login);
    expect(await act(id, 'retry')).toMatchObject({ status: 409, body: { code: 'duplicate', shipmentId: other } });
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({ body: { status: 'failed' } });
  });

  test('release-pin is refused before the credential is active, and after the PIN was released', async () => {
    const id = await requestFor(api, 'released@globex.example');
    await advance(api, id, ...placed);
    expect(await act(id, 'release-pin')).toMatchObject({ status: 409, body: { code: 'credential_not_active' } });
    await advance(api, id, ...activated.slice(placed.length), held);
    expect(await act(id, 'release-pin')).toMatchObject({ status: 409, body: { code: 'shipment_held' } });
    await advance(api, id, { hold: null });
    expect(await act(id, 'release-pin')).toMatchObject({ status: 200, body: { pin: { state: 'sealed' } } });
    await advance(api, id, { pin: 'released' });
    expect(await act(id, 'release-pin')).toMatchObject({ status: 409, body: { code: 'pin_not_waiting' } });
  });

  test('confirm-receipt is refused before the key has shipped, and a second time', async () => {
    const id = await requestFor(api, 'confirmed@globex.example');
    expect(await act(id, 'confirm-receipt')).toMatchObject({ status: 409, body: { code: 'not_shipped_yet' } });
    await advance(api, id, ...activated);
    expect(await act(id, 'confirm-receipt')).toMatchObject({
      status: 200,
      body: { actions: ['retry', 'release-pin'] },
    });
    expect(await act(id, 'confirm-receipt')).toMatchObject({ status: 409, body: { code: 'already_confirmed' } });
  });

  test('cancel ends a shipment before its order, and repeating it changes nothing', async () => {
    const id = await requestFor(api, 'cancelled@globex.example');
    await advance(api, id, held);
    expect(await act(id, 'cancel')).toMatchObject({
      status: 200,
      body: { id, status: 'cancelled', hold: null, actions: [] },
    });
    const { body: history } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(await act(id, 'cancel')).toMatchObject({ status: 200, body: { id, status: 'cancelled' } });
    expect((await api.call('GET', `/v1/shipments/${id}/events`)).body).toEqual(history);
    expect(history['items']).toContainEqual({
      event: 'cancel.requested',
      at: expect.any(String),
      detail: expect.objectContaining({ by: expect.stringMatching(/^key_/), order: 'requested → cancelled' }),
    });
  });

  test('cancel of an order that the provider has not locked cancels the order', async () => {
    const id = await requestFor(api, 'taken-back@globex.example');
    await advance(api, id, ...placed);
    expect(await act(id, 'cancel')).toMatchObject({ status: 200, body: { order: { state: 'cancelling' } } });
    expect(await messagesOf(id)).toContain('cancel-order');
    expect(await act(id, 'cancel')).toMatchObject({ status: 200, body: { order: { state: 'cancelling' } } });
  });

  test('cancel of a locked order is refused with the remaining options', async () => {
    const id = await requestFor(api, 'locked@globex.example');
    await advance(api, id, ...placed, { orderDetails: { providerState: 12, isLocked: true } });
    expect(await act(id, 'cancel')).toMatchObject({
      status: 409,
      body: { code: 'order_locked', detail: expect.stringMatching(/shipped.*deactivate the user.*revoke/) },
    });
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({ body: { order: { state: 'placed' } } });
  });

  test('cancel of a shipment that has ended otherwise is refused', async () => {
    const id = await requestFor(api, 'failed@globex.example');
    await advance(api, id, { order: 'failed', failure: { code: 'user_not_found', problems: [] } });
    expect(await act(id, 'cancel')).toMatchObject({ status: 409, body: { code: 'shipment_ended' } });
  });

  test('cancel ten times at once leaves the history of one cancel', async () => {
    const id = await requestFor(api, 'ten-cancels@globex.example');
    const answers = await Promise.all(Array.from({ length: 10 }, () => act(id, 'cancel')));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    const { text } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(text.match(/cancel\.requested/g)).toHaveLength(1);
  });

  describe('resend-pin', () => {
    const sent = [...activated, { pin: 'released' }, { pin: 'sending' }, { pin: 'sent' }] as const;
    const withPin = async (login: string, channel: 'okta' | 'smtp', ...changes: Parameters<typeof advance>[2][]) => {
      const id = await requestFor(api, login);
      await api.ledger.db.updateTable('shipments').set({ pin_channel: channel }).where('id', '=', id).execute();
      await advance(api, id, ...changes);
      return id;
    };

    test('has Okta mail it again', async () => {
      const id = await withPin('resent@globex.example', 'okta', ...sent);
      expect(await act(id, 'resend-pin')).toMatchObject({ status: 200, body: { pin: { state: 'sealed' } } });
      expect(await messagesOf(id)).toContain('release-pin');
    });

    test('of a PIN that we mailed is refused: no copy is left', async () => {
      const id = await withPin('forgotten@globex.example', 'smtp', ...sent);
      expect(await act(id, 'resend-pin')).toMatchObject({
        status: 409,
        body: { code: 'pin_forgotten', detail: expect.stringMatching(/FIDO reset.*destroys.*another shipment/) },
      });
    });

    test('is refused before the PIN was sent', async () => {
      const id = await withPin('unsent@globex.example', 'okta', ...activated);
      expect(await act(id, 'resend-pin')).toMatchObject({ status: 409, body: { code: 'pin_not_sent' } });
    });

    test('is refused before there is a credential', async () => {
      const id = await withPin('early@globex.example', 'okta', ...placed);
      expect(await act(id, 'resend-pin')).toMatchObject({ status: 409, body: { code: 'credential_not_active' } });
    });
  });

  describe('about a PIN', () => {
    const refusal = {
      status: 403,
      body: { code: 'second_hand_needed', detail: secondHandMessages.own_request, because: 'own_request' },
    };
    const waiting = async ({
      on = api,
      release,
    }: {
      on?: RunningApi;
      release: PinPolicy['release'];
    }): Promise<string> => {
      const id = await requestFor(on, `${release}-${Math.random()}@globex.example`);
      const { db } = on.ledger;
      await db.updateTable('shipments').set({ pin_release: release }).where('id', '=', id).execute();
      await advance(on, id, ...activated);
      return id;
    };
    const byRequester = (on: RunningApi, id: string, action: string) =>
      on.call('POST', `/v1/shipments/${id}/${action}`);

    test.each<[string, PinPolicy['release']]>([
      ['release-pin', 'on_activation'],
      ['release-pin', 'on_receipt'],
      ['resend-pin', 'on_activation'],
      ['confirm-receipt', 'on_receipt'],
      ['confirm-receipt', 'on_delivery'],
    ])(
      '%s with the policy %s needs another person than requested it, and the attempt is recorded',
      async (action, release) => {
        const id = await waiting({ release });
        const refused = await byRequester(api, id, action);
        expect(refused).toMatchObject(refusal);
        const { body } = await api.call('GET', `/v1/audit?subject=${id}`);
        const detail = { refused: 'own_request', action: `shipment.${action.replace('-', '_')}` };
        const requestId = refused.headers.get('request-id');
        expect(body['items']).toMatchObject([{ action: 'shipment.pin_refused', detail, requestId }]);
        expect((await act(id, action)).body['code']).not.toBe('second_hand_needed');
      },
    );

    test('is refused to a key of an unknown owner, and of a shipment that such a key requested, until they are named', async () => {
      const [one, other] = [await waiting({ release: 'on_receipt' }), await waiting({ release: 'on_receipt' })];
      const old = await createApiKey(api.ledger, { tenant: 'globex', name: 'old', scopes });
      await api.ledger.db.updateTable('shipments').set({ requested_by: old.id }).where('id', '=', other).execute();
      expect(await act(one, 'release-pin', old.key)).toMatchObject({ status: 403, body: { because: 'unknown_owner' } });
      expect(await act(other, 'release-pin')).toMatchObject({ status: 403, body: { because: 'unknown_requester' } });
      await api.call('PATCH', `/v1/keys/${old.id}`, { body: { owner: 'ada@globex.example' } });
      expect(await act(one, 'release-pin', old.key)).toMatchObject({ status: 200 });
      expect(await act(other, 'release-pin')).toMatchObject({ status: 200 });
    });

    test('confirm-receipt needs no other key where the PIN waits for nothing', async () => {
      const id = await waiting({ release: 'on_activation' });
      expect(await byRequester(api, id, 'confirm-receipt')).toMatchObject({ status: 200 });
    });

    test('needs no other key in a local stack, which has one for everything', async () => {
      const local = await runApi({ mode: 'local' });
      try {
        const id = await waiting({ on: local, release: 'on_receipt' });
        expect(await byRequester(local, id, 'release-pin')).toMatchObject({ status: 200 });
      } finally {
        await local.stop();
      }
    });
  });

  test.each(['retry', 'cancel', 'release-pin', 'resend-pin', 'confirm-receipt', 'corrections'])(
    "%s of another tenant's shipment is answered 404",
    async (action) => {
      const id = await requestFor(api, `of-globex-${action}@globex.example`);
      const body = action === 'corrections' ? { decision: 'accept' } : {};
      const path = `/v1/shipments/${id}/${action}`;
      expect(await api.call('POST', path, { body, key: stranger })).toMatchObject({ status: 404 });
      expect((await api.call('GET', `/v1/shipments/${id}/events`)).body['items']).toHaveLength(1);
    },
  );

  test('that does not exist is answered 404, and a body that means something 400', async () => {
    const id = await requestFor(api, 'other@globex.example');
    expect(await act(id, 'explode')).toMatchObject({ status: 404 });
    expect(await api.call('POST', `/v1/shipments/${id}/retry`, { body: {} })).toMatchObject({ status: 200 });
    expect(await api.call('POST', `/v1/shipments/${id}/retry`, { body: { force: true } })).toMatchObject({
      status: 400,
      body: { problems: [{ field: 'force', code: 'unknown_field' }] },
    });
  });

  test('ten times at once leaves the history of one confirmation', async () => {
    const id = await requestFor(api, 'ten@globex.example');
    await advance(api, id, ...activated);
    const answers = await Promise.all(Array.from({ length: 10 }, () => act(id, 'confirm-receipt')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });
});
