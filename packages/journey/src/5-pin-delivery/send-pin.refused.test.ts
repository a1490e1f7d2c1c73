import { describe, expect, test } from '@jest/globals';

import { recheck } from '../requests/recheck.ts';
import { openHouse, type House } from '../testing/harness.ts';
import { checkedProfile, sampleTenant, sourced, type SampleShipment } from '../testing/samples.ts';
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

describe('a mail that is refused', () => {
  test('is for a person, with the PIN sealed again', async () => {
    const house = releasedHouse();
    house.fail('mail.sendPinMail', 'refused');
    await expect(house.pass('send-pin')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'mail_refused' },
    });
    expect(house.shipment()).toMatchObject({
      plan: { pin: 'sealed' },
      hold: { problems: [{ field: 'mail', code: 'http_400' }] },
      pin: { sentTo: null },
    });
    expect(house.shipment().secrets.pinCopy).toBeDefined();
  });

  test('goes to the address that Okta has by then, once an operator vouches for it', async () => {
    const house = releasedHouse();
    house.fail('mail.sendPinMail', 'refused');
    await house.pass('send-pin');
    house.org.users = house.org.users.map((user) => ({ ...user, profile: sourced({ email: 'right@work.example' }) }));
    house.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await expect(house.pass('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    house.ledger.move('shp_1', ({ hold }) => ({
      change: { hold: null, liftedHold: hold, releaseOverridden: true },
      note: { event: 'pin.release_overridden' },
    }));
    await house.pass('release-pin');
    await house.pass('send-pin');
    expect(house.mails.map(({ to }) => to)).toEqual(['right@work.example']);
  });

  test.each<[string, SampleShipment['secrets']]>([
    ['the copy is gone', { profile: checkedProfile() }],
    ['the profile is gone', { pinCopy: { jwe: 'pin copy' } }],
    ['there is no address', { pinCopy: { jwe: 'pin copy' }, profile: { ...checkedProfile(), email: '' } }],
  ])('before it leaves, because %s, is never recorded as sent', async (_, secrets) => {
    const house = releasedHouse({}, { secrets: { login: 'x', ...secrets } });
    await expect(house.pass('send-pin')).resolves.toMatchObject({
      held: { code: 'mail_refused', problems: [{ field: 'pinCopy', code: 'gone' }] },
    });
    expect(house.mails).toEqual([]);
    expect(house.shipment().plan.pin).toBe('sealed');
  });
});
