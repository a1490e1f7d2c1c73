import { describe, expect, test } from '@jest/globals';

import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { checkedProfile, sampleTenant, sourced, type SampleShipment } from '../testing/samples.ts';
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

describe('a mail that is refused', () => {
  test('is held, with the PIN sealed again', async () => {
    const harness = releasedHarness();
    harness.fail('mail.sendPinMail', 'refused');
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'mail_refused' },
    });
    expect(harness.shipment()).toMatchObject({
      plan: { pin: 'sealed' },
      hold: { problems: [{ field: 'mail', code: 'http_400' }] },
      pin: { sentTo: null },
    });
    expect(harness.shipment().secrets.pinCopy).toBeDefined();
  });

  test('goes to the address that Okta has by then, once an operator confirms it', async () => {
    const harness = releasedHarness();
    harness.fail('mail.sendPinMail', 'refused');
    await harness.run('send-pin');
    harness.org.users = harness.org.users.map((user) => ({
      ...user,
      profile: sourced({ email: 'right@work.example' }),
    }));
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await expect(harness.run('release-pin')).resolves.toMatchObject({ held: { code: 'pin_address_changed' } });
    harness.ledger.move('shp_1', ({ hold }) => ({
      change: { hold: null, liftedHold: hold, releaseOverridden: true },
      note: { event: 'pin.release_overridden' },
    }));
    await harness.run('release-pin');
    await harness.run('send-pin');
    expect(harness.mails.map(({ to }) => to)).toEqual(['right@work.example']);
  });

  test.each<[string, SampleShipment['secrets'], string, string]>([
    ['the copy is gone', { profile: checkedProfile() }, 'pin_copy_refused', 'pinCopy'],
    ['the profile is gone', { pinCopy: { jwe: 'pin copy' } }, 'mail_refused', 'to'],
    [
      'there is no address',
      { pinCopy: { jwe: 'pin copy' }, profile: { ...checkedProfile(), email: '' } },
      'mail_refused',
      'to',
    ],
  ])('before it leaves, because %s, is never recorded as sent', async (_, secrets, code, field) => {
    const harness = releasedHarness({}, { secrets: { login: 'x', ...secrets } });
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      held: { code, problems: [{ field, code: 'gone' }] },
    });
    expect(harness.mails).toEqual([]);
    expect(harness.shipment().plan.pin).toBe('sealed');
  });
});
