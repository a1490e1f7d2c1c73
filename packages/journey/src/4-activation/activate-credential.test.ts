import { describe, expect, test } from '@jest/globals';

import { openHouse, type House } from '../testing/harness.ts';
import { sampleHold, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const inHand = { parcel: 'delivered' } as const;

/** A house with a programmed key and its pending enrollment; the PIN waits for the receipt, so that nothing else is owed. */
function programmedHouse(shipment: SampleShipment = {}): House {
  const pin = { ...sampleTenant.pin, release: 'on_receipt' as const };
  const plan = { ...stages.programmed.plan, ...inHand };
  const house = openHouse({ tenant: { pin }, shipment: { ...stages.programmed, plan, ...shipment } });
  const enrollment = { id: 'fwf0', keyId: 'key0', userId: '00u1', createdAt: startOfTime };
  house.org.enrollments.push({ ...enrollment, status: 'FULFILLMENT_PENDING' });
  return house;
}

describe('an activation', () => {
  test('is intended, and only then made, with the provider’s envelopes and signing keys', async () => {
    const house = programmedHouse();
    const requests: unknown[] = [];
    const { activate } = house.context.okta;
    house.context.okta.activate = (tenant, request) => {
      requests.push(request);
      return activate(tenant, request);
    };
    await expect(house.pass('activate-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.calls).toEqual([
      'provider.signingKeys',
      'move activation.intended',
      'okta.activate',
      'move credential.activated',
    ]);
    expect(requests).toEqual([
      {
        userId: '00u1',
        enrollmentId: 'fwf0',
        serial: '1234',
        version: '5.7.4',
        pinResponseJwe: 'pin response key0',
        credResponseJwe: 'credential response key0',
        signingKeys: [{ kid: 'signing-1' }],
      },
    ]);
    expect(house.shipment().plan.credential).toBe('active');
  });

  test('takes the response envelopes with it, and leaves the copy of the PIN', async () => {
    const house = programmedHouse();
    await house.pass('activate-credential');
    expect(house.shipment().secrets.responseEnvelopes).toBeUndefined();
    expect(house.shipment().secrets.pinCopy).toBeDefined();
  });

  test('that Okta refuses is held, and goes on when it is retried', async () => {
    const house = programmedHouse();
    house.fail('okta.activate', 'refused');
    await expect(house.pass('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'activation_refused' },
    });
    expect(house.shipment()).toMatchObject({
      plan: { credential: 'pending' },
      hold: { problems: [{ field: 'okta', code: 'http_400' }] },
    });
    expect(house.shipment().secrets.responseEnvelopes).toBeDefined();
    house.ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
    await house.pass('activate-credential');
    expect(house.shipment()).toMatchObject({ plan: { credential: 'active' }, hold: null });
  });

  test('that is refused though the credential is active is done', async () => {
    const house = programmedHouse();
    for (const enrollment of house.org.enrollments) enrollment.status = 'ACTIVE';
    await expect(house.pass('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.shipment().plan.credential).toBe('active');
    expect(house.calls.slice(-3)).toEqual(['okta.activate', 'okta.listEnrollments', 'move credential.activated']);
  });

  test('whose answer names other enrollments counts only when the list says so', async () => {
    const house = programmedHouse();
    house.org.answersForeignIds = true;
    await house.pass('activate-credential');
    expect(house.shipment().plan.credential).toBe('active');
    expect(house.calls).toContain('okta.listEnrollments');
  });

  test('of another enrollment than ours is for a person, and not repeated for ever', async () => {
    const house = programmedHouse();
    house.context.okta.activate = () => Promise.resolve({ enrollmentIds: ['foreign'] });
    await expect(house.pass('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'activation_refused' },
    });
    expect(house.shipment()).toMatchObject({
      plan: { credential: 'pending' },
      hold: { problems: [{ field: 'authenticatorEnrollmentIds', code: 'lost' }] },
    });
  });

  test('for somebody whom Okta has deleted is held', async () => {
    const house = programmedHouse();
    house.org.users = [];
    await expect(house.pass('activate-credential')).resolves.toMatchObject({
      held: { code: 'activation_refused', problems: [{ code: 'http_404' }] },
    });
  });

  test('without envelopes is held', async () => {
    const { login, profile } = stages.programmed.secrets;
    const house = programmedHouse({ secrets: { login, profile } });
    await expect(house.pass('activate-credential')).resolves.toMatchObject({
      held: { code: 'activation_refused', problems: [{ code: 'gone' }] },
    });
    expect(house.calls).not.toContain('okta.activate');
  });

  test('is not made when the shipment was held just before', async () => {
    const house = programmedHouse();
    house.line.onEffect = (name) => {
      if (name === 'provider.signingKeys')
        house.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
    };
    await expect(house.pass('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be activated' },
    });
    expect(house.calls).not.toContain('okta.activate');
  });

  test('that happened counts though the shipment was held while it was made', async () => {
    const house = programmedHouse();
    house.line.onEffect = (name) => {
      if (name === 'okta.activate')
        house.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
    };
    await house.pass('activate-credential');
    expect(house.shipment()).toMatchObject({ plan: { credential: 'active' }, hold: { code: 'parcel_lost' } });
  });
});

describe('after a lost answer', () => {
  test('the list is asked first: what is active is not activated again', async () => {
    const house = programmedHouse();
    house.fail('okta.activate', 'lost_after');
    await expect(house.pass('activate-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(house.shipment().plan.credential).toBe('pending');
    house.calls.splice(0);
    await expect(house.pass('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.calls).toEqual(['okta.listEnrollments', 'move credential.activated']);
  });

  test('what is not active is activated', async () => {
    const house = programmedHouse();
    house.fail('okta.activate', 'lost_before');
    await house.pass('activate-credential');
    house.calls.splice(0);
    await house.pass('activate-credential');
    expect(house.calls).toEqual([
      'okta.listEnrollments',
      'provider.signingKeys',
      'move activation.intended',
      'okta.activate',
      'move credential.activated',
    ]);
  });

  test('somebody else’s active enrollment is not taken for ours', async () => {
    const house = programmedHouse();
    house.org.enrollments.push({ id: 'fwf9', keyId: 'key9', userId: '00u1', status: 'ACTIVE', createdAt: startOfTime });
    house.fail('okta.activate', 'lost_before', 'refused');
    await house.pass('activate-credential');
    await house.pass('activate-credential');
    expect(house.shipment()).toMatchObject({ plan: { credential: 'pending' }, hold: { code: 'activation_refused' } });
  });
});

test.each(['lost_before', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
  'a passing failure (%s) of any call only delays it',
  async (fate) => {
    for (const name of ['provider.signingKeys', 'okta.activate', 'okta.listEnrollments']) {
      const house = programmedHouse({ intents: { activate: { at: startOfTime.toISOString() } } });
      house.fail(name, fate);
      await expect(house.pass('activate-credential')).resolves.toMatchObject({
        result: { outcome: 'later' },
        held: null,
      });
      house.ledger.pausedUntilMs = 0;
      await expect(house.pass('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    }
  },
);
