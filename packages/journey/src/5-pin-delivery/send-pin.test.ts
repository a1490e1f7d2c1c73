import { describe, expect, test } from '@jest/globals';

import { openHouse, type House } from '../testing/harness.ts';
import {
  checkedProfile,
  profileValues,
  sampleHold,
  sampleTenant,
  sourced,
  type SampleShipment,
} from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

function releasedHouse(pin: Partial<typeof sampleTenant.pin> = {}, shipment: SampleShipment = {}): House {
  const plan = { ...stages.active.plan, pin: 'released' } as const;
  const house = openHouse({
    tenant: { pin: { ...sampleTenant.pin, ...pin } },
    shipment: { ...stages.active, plan, ...shipment },
  });
  house.org.enrollments.push({ id: 'fwf0', keyId: 'key0', userId: '00u1', status: 'ACTIVE', createdAt: null });
  return house;
}

describe('a PIN', () => {
  test('is on its way before the mail leaves, and sent when the mail server has it', async () => {
    const house = releasedHouse();
    await expect(house.pass('send-pin')).resolves.toEqual({ result: { outcome: 'done' }, held: null });
    expect(house.calls).toEqual(['move pin.sending', 'mail.sendPinMail', 'move pin.sent']);
    expect(house.mails).toEqual([
      {
        to: profileValues.email,
        firstName: 'Zuzana',
        messageId: '<pin-1.shp_1@keycourier>',
        pinCopyJwe: 'pin copy order-1',
        serial: '1234',
      },
    ]);
    expect(house.shipment()).toMatchObject({
      plan: { pin: 'sent' },
      pin: { sentTo: 'z…@work.example', sentAt: house.shipment().updatedAt },
    });
  });

  test('is forgotten in the very move that records it as sent', async () => {
    const house = releasedHouse();
    await house.pass('send-pin');
    const copies = house.ledger.history.map(({ event, after }) => [event, after.secrets.pinCopy !== undefined]);
    expect(copies).toEqual([
      ['pin.sending', true],
      ['pin.sent', false],
    ]);
  });

  test('for both goes to each address, in a mail of its own', async () => {
    const house = releasedHouse({ recipient: 'both' });
    await house.pass('send-pin');
    expect(house.mails.map(({ to, messageId }) => [to, messageId])).toEqual([
      [profileValues.secondEmail, '<pin-1.shp_1@keycourier>'],
      [profileValues.email, '<pin-2.shp_1@keycourier>'],
    ]);
    expect(house.shipment().pin.sentTo).toBe('z…@home.example, z…@work.example');
  });

  test('of a new user goes to the secondary address', async () => {
    const secrets = { ...stages.active.secrets, profile: { ...checkedProfile(), isNewUser: true } };
    const house = releasedHouse({}, { secrets });
    await house.pass('send-pin');
    expect(house.mails.map(({ to }) => to)).toEqual([profileValues.secondEmail]);
  });

  test('closes the shipment when the key is there already', async () => {
    const plan = { ...stages.active.plan, pin: 'released', parcel: 'delivered' } as const;
    const house = releasedHouse({}, { plan });
    await house.pass('send-pin');
    expect(house.shipment().plan).toMatchObject({ order: 'closed', pin: 'sent' });
  });
});

describe('a mail whose acceptance is not confirmed', () => {
  test.each(['lost_after', 'lost_before', 'unreachable'] as const)(
    '(%s) is repeated to the same address with the same Message-ID',
    async (fate) => {
      const house = releasedHouse();
      house.fail('mail.sendPinMail', fate, fate);
      for (let time = 0; time < 2; time += 1) {
        await expect(house.pass('send-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
        expect(house.shipment().plan.pin).toBe('sending');
      }
      house.org.users = house.org.users.map((user) => ({ ...user, profile: sourced({ email: 'moved@work.example' }) }));
      await house.pass('send-pin');
      expect(house.shipment().plan.pin).toBe('sent');
      expect(new Set(house.mails.map(({ to, messageId }) => `${to} ${messageId}`))).toEqual(
        new Set(['zuzana@work.example <pin-1.shp_1@keycourier>']),
      );
      expect(house.calls.filter((call) => call === 'move pin.sending')).toHaveLength(1);
    },
  );

  test('of two is repeated with the other, each under its own Message-ID', async () => {
    const house = releasedHouse({ recipient: 'both' });
    house.line.fateOf = (name) => (name === 'mail.sendPinMail' && house.mails.length === 1 ? 'lost_after' : null);
    await house.pass('send-pin');
    await house.pass('send-pin');
    expect(house.mails.map(({ to, messageId }) => `${to} ${messageId}`)).toEqual([
      'zuzana@home.example <pin-1.shp_1@keycourier>',
      'zuzana@work.example <pin-2.shp_1@keycourier>',
      'zuzana@home.example <pin-1.shp_1@keycourier>',
      'zuzana@work.example <pin-2.shp_1@keycourier>',
    ]);
  });
});

describe('a mail is not sent', () => {
  test.each(['released', 'sending'] as const)('when the shipment was held just before (%s)', async (pin) => {
    const house = releasedHouse({}, { plan: { ...stages.active.plan, pin } });
    let asked = 0;
    house.line.fateOf = (name) => {
      if (name === 'ledger.move' && asked++ === 0)
        house.ledger.move('shp_1', () => ({
          change: { hold: sampleHold('parcel_lost') },
          note: { event: 'shipment.held' },
        }));
      return null;
    };
    await expect(house.pass('send-pin')).resolves.toMatchObject({
      result: { outcome: 'done', why: 'no longer to be sent' },
    });
    expect(house.mails).toEqual([]);
  });

  test.each(['refused', null] as const)('twice: a second visit that ends later changes nothing (%s)', async (fate) => {
    const house = releasedHouse();
    if (fate !== null) house.fail('mail.sendPinMail', fate);
    house.line.onEffect = () =>
      house.ledger.move('shp_1', () => ({
        change: { pin: 'sent', secrets: { pinCopy: null } },
        note: { event: 'pin.sent' },
      }));
    await house.pass('send-pin');
    expect(house.shipment()).toMatchObject({ plan: { pin: 'sent' }, hold: null });
    expect(house.ledger.violations).toEqual([]);
  });
});

describe('channel okta', () => {
  test('lets Okta mail the PIN, and never knows where to', async () => {
    const { login, profile } = stages.active.secrets;
    const house = releasedHouse({ channel: 'okta' }, { secrets: { login, profile } });
    await expect(house.pass('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' } });
    expect(house.calls).toEqual(['move pin.sending', 'okta.sendPin', 'move pin.sent']);
    expect(house.org.pinMails).toEqual(['fwf0']);
    expect(house.mails).toEqual([]);
    expect(house.shipment().pin).toEqual({ sentTo: null, sentAt: house.shipment().updatedAt });
  });

  test('is held when Okta refuses', async () => {
    const house = releasedHouse({ channel: 'okta' });
    house.fail('okta.sendPin', 'refused');
    await expect(house.pass('send-pin')).resolves.toMatchObject({
      held: { code: 'mail_refused', problems: [{ field: 'okta', code: 'http_400' }] },
    });
  });
});
