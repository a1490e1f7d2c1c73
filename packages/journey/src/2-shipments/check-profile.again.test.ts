import { describe, expect, test } from '@jest/globals';

import { createHarness } from '../testing/harness.ts';
import { checkedProfile, sampleHold, sourced } from '../testing/samples.ts';

const enrolled = { order: 'enrolled', credential: 'pending' } as const;

describe('an order that was refused and whose profile then changed', () => {
  const refused = {
    liftedHold: sampleHold('order_refused', { problems: [{ field: 'country_code_2', code: 'not_enabled' }] }),
    secrets: { login: 'x', profile: checkedProfile() },
    plan: enrolled,
  };

  test('is held again when the label would be the same', async () => {
    const { run, shipment } = createHarness({
      shipment: refused,
      user: { profile: sourced({ secondEmail: 'another@home.example' }) },
    });
    await expect(run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'stop', why: 'held: order_refused' },
    });
    expect(shipment()).toMatchObject({ hold: refused.liftedHold, liftedHold: null, plan: { profileChecked: false } });
  });

  test('continues with another label', async () => {
    const { run, shipment } = createHarness({ shipment: refused, user: { profile: sourced({ countryCode: 'CA' }) } });
    await run('check-profile');
    expect(shipment()).toMatchObject({
      hold: null,
      liftedHold: null,
      plan: { profileChecked: true },
      secrets: { profile: { countryCode: 'CA' } },
    });
  });

  test('continues with the same label when another hold was lifted', async () => {
    const { run, shipment } = createHarness({ shipment: { ...refused, liftedHold: sampleHold('profile_problems') } });
    await run('check-profile');
    expect(shipment()).toMatchObject({ hold: null, liftedHold: null, plan: { profileChecked: true } });
  });

  test('forgets the lifted hold when there is another problem now', async () => {
    const { run, shipment } = createHarness({ shipment: refused, user: { status: 'suspended' } });
    await run('check-profile');
    expect(shipment()).toMatchObject({ hold: { code: 'user_not_active' }, liftedHold: null });
  });
});
