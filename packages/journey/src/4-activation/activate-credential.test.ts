import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness } from '../testing/harness.ts';
import { sampleHold, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const inHand = { parcel: 'delivered' } as const;

/** A programmed key with its pending enrollment; the PIN waits for the receipt, so that no other step is next. */
function programmedHarness(shipment: SampleShipment = {}): Harness {
  const pin = { ...sampleTenant.pin, release: 'on_receipt' as const };
  const plan = { ...stages.programmed.plan, ...inHand };
  const harness = createHarness({ tenant: { pin }, shipment: { ...stages.programmed, plan, ...shipment } });
  const enrollment = { id: 'fwf0', keyId: 'key0', userId: '00u1', createdAt: startOfTime };
  harness.org.enrollments.push({ ...enrollment, status: 'pending' });
  return harness;
}

/** As a version stored it that kept no signing keys. */
const older = {
  secrets: {
    ...stages.programmed.secrets,
    responseEnvelopes: { ...stages.programmed.secrets.responseEnvelopes, signingKeys: undefined },
  },
};

describe('an activation', () => {
  test('commits the intent before the call, with the provider’s envelopes and signing keys', async () => {
    const harness = programmedHarness();
    const requests: unknown[] = [];
    const { activate } = harness.context.identity;
    harness.context.identity.activate = (tenant, request) => {
      requests.push(request);
      return activate(tenant, request);
    };
    await expect(harness.run('activate-credential')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.calls).toEqual(['move activation.intended', 'okta.activate', 'move credential.activated']);
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
    expect(harness.shipment().plan.credential).toBe('active');
  });

  test('deletes the response envelopes, and keeps the copy of the PIN', async () => {
    const harness = programmedHarness();
    await harness.run('activate-credential');
    expect(harness.shipment().secrets.responseEnvelopes).toBeUndefined();
    expect(harness.shipment().secrets.pinCopy).toBeDefined();
  });

  test('that Okta refuses is held, and continues when it is retried', async () => {
    const harness = programmedHarness();
    harness.fail('okta.activate', 'refused');
    await expect(harness.run('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'activation_refused' },
    });
    expect(harness.shipment()).toMatchObject({
      plan: { credential: 'pending' },
      hold: { problems: [{ field: 'okta', code: 'http_400' }] },
    });
    expect(harness.shipment().secrets.responseEnvelopes).toBeDefined();
    harness.ledger.move('shp_1', () => ({ change: { hold: null }, note: { event: 'shipment.rechecked' } }));
    await harness.run('activate-credential');
    expect(harness.shipment()).toMatchObject({ plan: { credential: 'active' }, hold: null });
  });

  test('that is refused because the credential is active is done', async () => {
    const harness = programmedHarness();
    for (const enrollment of harness.org.enrollments) enrollment.status = 'active';
    await expect(harness.run('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.shipment().plan.credential).toBe('active');
    expect(harness.calls.slice(-3)).toEqual(['okta.activate', 'okta.listEnrollments', 'move credential.activated']);
  });

  test('whose response names other enrollments counts only when the list confirms it', async () => {
    const harness = programmedHarness();
    harness.org.answersForeignIds = true;
    await harness.run('activate-credential');
    expect(harness.shipment().plan.credential).toBe('active');
    expect(harness.calls).toContain('okta.listEnrollments');
  });

  test('of another enrollment than ours is held, and not repeated for ever', async () => {
    const harness = programmedHarness();
    harness.context.identity.activate = () => Promise.resolve({ enrollmentIds: ['foreign'] });
    await expect(harness.run('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'activation_refused' },
    });
    expect(harness.shipment()).toMatchObject({
      plan: { credential: 'pending' },
      hold: { problems: [{ field: 'authenticatorEnrollmentIds', code: 'outcome_unknown' }] },
    });
  });

  test('for a user whom Okta has deleted is held', async () => {
    const harness = programmedHarness();
    harness.org.users = [];
    await expect(harness.run('activate-credential')).resolves.toMatchObject({
      held: { code: 'activation_refused', problems: [{ code: 'http_404' }] },
    });
  });

  test('without envelopes is held', async () => {
    const { login, profile } = stages.programmed.secrets;
    const harness = programmedHarness({ secrets: { login, profile } });
    await expect(harness.run('activate-credential')).resolves.toMatchObject({
      held: { code: 'activation_refused', problems: [{ code: 'gone' }] },
    });
    expect(harness.calls).not.toContain('okta.activate');
  });

  test('has the keys that were published when the envelopes arrived, or else those that are published now', async () => {
    const kept = { kid: 'retired-since' };
    const responseEnvelopes = { ...stages.programmed.secrets.responseEnvelopes, signingKeys: [kept] };
    for (const [shipment, signingKeys] of [
      [{ secrets: { ...stages.programmed.secrets, responseEnvelopes } }, [kept]],
      [older, [{ kid: 'signing-1' }]],
    ] as const) {
      const harness = programmedHarness(shipment);
      const { activate } = harness.context.identity;
      let sent: unknown;
      harness.context.identity.activate = (tenant, request) => {
        sent = request.signingKeys;
        return activate(tenant, request);
      };
      await harness.run('activate-credential');
      expect(sent).toEqual(signingKeys);
    }
  });

  test('is not called when the shipment was held just before', async () => {
    const harness = programmedHarness(older);
    harness.log.onEffect = (name) => {
      if (name === 'provider.signingKeys')
        harness.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
    };
    await expect(harness.run('activate-credential')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be activated' },
    });
    expect(harness.calls).not.toContain('okta.activate');
  });

  test('that had its effect counts though the shipment was held during the call', async () => {
    const harness = programmedHarness();
    harness.log.onEffect = (name) => {
      if (name === 'okta.activate')
        harness.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
    };
    await harness.run('activate-credential');
    expect(harness.shipment()).toMatchObject({ plan: { credential: 'active' }, hold: { code: 'parcel_lost' } });
  });
});

describe('after a lost response', () => {
  test('the list is read first: an active credential is not activated again', async () => {
    const harness = programmedHarness();
    harness.fail('okta.activate', 'no_response_after');
    await expect(harness.run('activate-credential')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment().plan.credential).toBe('pending');
    harness.calls.splice(0);
    await expect(harness.run('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.calls).toEqual(['okta.listEnrollments', 'move credential.activated']);
  });

  test('a pending credential is activated', async () => {
    const harness = programmedHarness();
    harness.fail('okta.activate', 'no_response_before');
    await harness.run('activate-credential');
    harness.calls.splice(0);
    await harness.run('activate-credential');
    expect(harness.calls).toEqual([
      'okta.listEnrollments',
      'move activation.intended',
      'okta.activate',
      'move credential.activated',
    ]);
  });

  test('an active enrollment of another key is not taken for ours', async () => {
    const harness = programmedHarness();
    harness.org.enrollments.push({
      id: 'fwf9',
      keyId: 'key9',
      userId: '00u1',
      status: 'active',
      createdAt: startOfTime,
    });
    harness.fail('okta.activate', 'no_response_before', 'refused');
    await harness.run('activate-credential');
    await harness.run('activate-credential');
    expect(harness.shipment()).toMatchObject({ plan: { credential: 'pending' }, hold: { code: 'activation_refused' } });
  });
});

test.each(['no_response_before', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
  'a transient failure (%s) of any call only delays it',
  async (fault) => {
    for (const name of ['provider.signingKeys', 'okta.activate', 'okta.listEnrollments']) {
      const harness = programmedHarness({ ...older, intents: { activate: { at: startOfTime.toISOString() } } });
      harness.fail(name, fault);
      await expect(harness.run('activate-credential')).resolves.toMatchObject({
        result: { outcome: 'later' },
        held: null,
      });
      harness.ledger.pausedUntilMs = 0;
      await expect(harness.run('activate-credential')).resolves.toMatchObject({ result: { outcome: 'done' } });
    }
  },
);
