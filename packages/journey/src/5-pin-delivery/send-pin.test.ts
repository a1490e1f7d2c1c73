import { describe, expect, test } from '@jest/globals';

import { createHarness, type Harness } from '../testing/harness.ts';
import {
  checkedProfile,
  profileValues,
  sampleHold,
  sampleTenant,
  sourced,
  type SampleShipment,
} from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

function releasedHarness(pin: Partial<typeof sampleTenant.pin> = {}, shipment: SampleShipment = {}): Harness {
  const plan = { ...stages.active.plan, pin: 'released' } as const;
  const harness = createHarness({
    tenant: { pin: { ...sampleTenant.pin, ...pin } },
    shipment: { ...stages.active, plan, ...shipment },
  });
  harness.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'active', createdAt: null });
  return harness;
}

describe('a PIN', () => {
  test('is recorded as sending before the mail is sent, and as sent when the mail server has it', async () => {
    const harness = releasedHarness();
    await expect(harness.run('send-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(harness.calls).toEqual(['move pin.sending', 'mail.sendPinMail', 'move pin.sent']);
    expect(harness.mails).toEqual([
      {
        to: profileValues.email,
        firstName: 'Zuzana',
        messageId: '<pin-1.shp_1@keycourier>',
        purpose: 'primary',
        orderId: 'order-1',
        serial: '1234',
        pinCopy: { jwe: 'pin copy order-1', signingKeys: [{ kid: 'signing-1' }], mayBeUnsigned: false },
      },
    ]);
    expect(harness.shipment()).toMatchObject({
      plan: { pin: 'sent' },
      pin: { sentTo: 'z…@work.example', sentAt: harness.shipment().updatedAt },
    });
  });

  test('is deleted in the move that records it as sent', async () => {
    const harness = releasedHarness();
    await harness.run('send-pin');
    const copies = harness.ledger.history.map(({ event, after }) => [event, after.secrets.pinCopy !== undefined]);
    expect(copies).toEqual([
      ['pin.sending', true],
      ['pin.sent', false],
    ]);
  });

  test('for both goes to each address, in a mail of its own', async () => {
    const harness = releasedHarness({ recipient: 'both' });
    await harness.run('send-pin');
    expect(harness.mails.map(({ to, messageId }) => [to, messageId])).toEqual([
      [profileValues.secondEmail, '<pin-1.shp_1@keycourier>'],
      [profileValues.email, '<pin-2.shp_1@keycourier>'],
    ]);
    expect(harness.shipment().pin.sentTo).toBe('z…@home.example, z…@work.example');
  });

  test('of a new user goes to the secondary address', async () => {
    const secrets = { ...stages.active.secrets, profile: { ...checkedProfile(), isNewUser: true } };
    const harness = releasedHarness({}, { secrets });
    await harness.run('send-pin');
    expect(harness.mails.map(({ to }) => to)).toEqual([profileValues.secondEmail]);
  });

  test('closes the shipment when the key is delivered already', async () => {
    const plan = { ...stages.active.plan, pin: 'released', parcel: 'delivered' } as const;
    const harness = releasedHarness({}, { plan });
    await harness.run('send-pin');
    expect(harness.shipment().plan).toMatchObject({ order: 'closed', pin: 'sent' });
  });
});

describe('a mail whose acceptance is not confirmed', () => {
  test.each(['no_response_after', 'no_response_before', 'unreachable'] as const)(
    '(%s) is repeated to the same address with the same Message-ID',
    async (fault) => {
      const harness = releasedHarness();
      harness.fail('mail.sendPinMail', fault, fault);
      for (let time = 0; time < 2; time += 1) {
        await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
        expect(harness.shipment().plan.pin).toBe('sending');
      }
      harness.org.users = harness.org.users.map((user) => ({
        ...user,
        profile: sourced({ email: 'moved@work.example' }),
      }));
      await harness.run('send-pin');
      expect(harness.shipment().plan.pin).toBe('sent');
      expect(new Set(harness.mails.map(({ to, messageId }) => `${to} ${messageId}`))).toEqual(
        new Set(['zuzana@work.example <pin-1.shp_1@keycourier>']),
      );
      expect(harness.calls.filter((call) => call === 'move pin.sending')).toHaveLength(1);
    },
  );

  test('of two is repeated with the other, each under its own Message-ID', async () => {
    const harness = releasedHarness({ recipient: 'both' });
    harness.log.faultOf = (name) =>
      name === 'mail.sendPinMail' && harness.mails.length === 1 ? 'no_response_after' : null;
    await harness.run('send-pin');
    await harness.run('send-pin');
    expect(harness.mails.map(({ to, messageId }) => `${to} ${messageId}`)).toEqual([
      'zuzana@home.example <pin-1.shp_1@keycourier>',
      'zuzana@work.example <pin-2.shp_1@keycourier>',
      'zuzana@home.example <pin-1.shp_1@keycourier>',
      'zuzana@work.example <pin-2.shp_1@keycourier>',
    ]);
  });
});

describe('a mail is not sent', () => {
  test.each(['released', 'sending'] as const)('when the shipment was held just before (%s)', async (pin) => {
    const harness = releasedHarness({}, { plan: { ...stages.active.plan, pin } });
    let moves = 0;
    harness.log.faultOf = (name) => {
      if (name === 'ledger.move' && moves++ === 0)
        harness.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
      return null;
    };
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be sent' },
    });
    expect(harness.mails).toEqual([]);
  });

  test.each(['refused', null] as const)(
    'twice: a second attempt that ends later changes nothing (%s)',
    async (fault) => {
      const harness = releasedHarness();
      if (fault !== null) harness.fail('mail.sendPinMail', fault);
      harness.log.onEffect = () =>
        harness.ledger.move('shp_1', () => ({
          change: { pin: 'sent', secrets: { pinCopy: null } },
          note: { event: 'pin.sent' },
        }));
      await harness.run('send-pin');
      expect(harness.shipment()).toMatchObject({ plan: { pin: 'sent' }, hold: null });
      expect(harness.ledger.violations).toEqual([]);
    },
  );
});

describe('channel okta', () => {
  test('lets Okta mail the PIN, to an address that it does not report', async () => {
    const { login, profile } = stages.active.secrets;
    const harness = releasedHarness({ channel: 'okta' }, { secrets: { login, profile } });
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(harness.calls).toEqual(['move pin.sending', 'okta.sendPin', 'move pin.sent']);
    expect(harness.org.pinMails).toEqual(['fwf0']);
    expect(harness.mails).toEqual([]);
    expect(harness.shipment().pin).toEqual({ sentTo: null, sentAt: harness.shipment().updatedAt });
  });

  test('is held when Okta refuses', async () => {
    const harness = releasedHarness({ channel: 'okta' });
    harness.fail('okta.sendPin', 'refused');
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      held: { code: 'mail_refused', problems: [{ field: 'okta', code: 'http_400' }] },
    });
  });
});
