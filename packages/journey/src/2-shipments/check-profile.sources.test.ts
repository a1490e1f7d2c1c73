import { describe, expect, test } from '@jest/globals';

import type { CheckAddress } from '../ports/address.ts';
import { correct } from '../requests/correct-address.ts';
import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { checkSampleAddress, profileValues, sourced } from '../testing/samples.ts';

const sources = { address: ['hris', 'okta'] } as const;
const abroad = { streetAddress: '2 Harbour Lane', city: 'Galway', zipCode: 'H91', countryCode: 'IE' };

describe('a profile from an HRIS', () => {
  const harness = (settings: HarnessSettings = {}): Harness => createHarness({ tenant: { sources }, ...settings });

  test('is the address of the parcel', async () => {
    const { run, hris, shipment, org } = harness();
    hris.person = { ...abroad, email: 'a@hris.example' };
    await run('check-profile');
    expect(shipment().secrets.profile).toMatchObject({
      streetLine1: '2 Harbour Lane',
      countryCode: 'IE',
      email: profileValues.email,
    });
    expect(org.users[0]?.profile).toEqual(sourced());
  });

  test.each([null, {}, { streetAddress: '' }])('without values (%j) leaves Okta’s', async (person) => {
    const { run, hris, shipment } = harness();
    hris.person = person;
    await run('check-profile');
    expect(shipment().secrets.profile?.streetLine1).toBe(profileValues.streetAddress);
  });

  test.each([
    'unreachable',
    'no_response_before',
    'no_response_after',
    'late_effect',
    'rate_limited',
    'unauthorized',
    'refused',
    'not_found',
  ] as const)('that does not answer (%s) delays the check, fails nothing and pauses no tenant', async (fault) => {
    const { run, fail, ledger, shipment, alarms } = harness();
    const before = shipment();
    fail('hris.readPerson', fault, fault);
    for (let time = 0; time < 2; time += 1)
      await expect(run('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
    expect(shipment()).toEqual(before);
    expect(ledger.pausedUntilMs).toBe(0);
    const isAlarmed = fault === 'unauthorized' || fault === 'refused' || fault === 'not_found';
    expect(alarms.map(({ code }) => code)).toEqual(isAlarmed ? ['unexpected_refusal', 'unexpected_refusal'] : []);
    await run('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });

  test('is not called for a user who gets no key anyway', async () => {
    const { run, calls } = harness({ user: { status: 'suspended' } });
    await run('check-profile');
    expect(calls).not.toContain('hris.readPerson');
  });
});

describe('the provider’s validation before the order', () => {
  test.each(['deliverable', 'unknown'] as const)('%s: the shipment continues', async (opinion) => {
    const { run, provider, shipment } = createHarness();
    provider.opinion = opinion;
    await run('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });

  test('undeliverable: the shipment is held, and nothing is ordered', async () => {
    const { run, provider, shipment } = createHarness();
    provider.opinion = 'undeliverable';
    await expect(run('check-profile')).resolves.toMatchObject({ held: { code: 'profile_problems' } });
    expect(shipment()).toMatchObject({
      plan: { order: 'requested', profileChecked: false },
      hold: { problems: [{ field: 'streetAddress', code: 'undeliverable' }] },
    });
    expect(shipment().secrets.profile).toBeUndefined();
    expect(shipment().secrets.suggestion).toBeUndefined();
  });

  test.each([null, ['US', 'CA']])(
    'the address is checked against the countries it ships to (%j)',
    async (countries) => {
      const settings: unknown[] = [];
      const checkAddress: CheckAddress = (profile, about) => {
        settings.push(about);
        return checkSampleAddress(profile, about);
      };
      const { run, provider } = createHarness({ checkAddress, user: { status: 'new' } });
      provider.enabledCountries = countries;
      await run('check-profile');
      expect(settings).toEqual([{ isNewUser: true, enabledCountries: countries }]);
    },
  );

  test('is not called for an address that has problems already', async () => {
    const { run, calls } = createHarness({ user: { profile: sourced({ city: null }) } });
    await run('check-profile');
    expect(calls).not.toContain('provider.validateAddress');
  });

  test.each(['provider.validateAddress', 'provider.enabledCountries'])('may fail for a while (%s)', async (call) => {
    const { run, fail, shipment } = createHarness();
    fail(call, 'no_response_before', 'rate_limited');
    await run('check-profile');
    await expect(run('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(shipment()).toMatchObject({ plan: { order: 'requested' }, hold: null });
    await run('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });
});

describe('a held profile', () => {
  /** A check that suggests a lossy change, and accepts the address once it was made. */
  const correcting: CheckAddress = (profile, about) =>
    profile.city?.value === 'A very long city'
      ? { outcome: 'problems', problems: [{ field: 'city', code: 'too_long' }], suggestion: { city: 'A city' } }
      : checkSampleAddress(profile, about);
  const tooLong = { profile: sourced({ city: 'A very long city' }) };

  function accept({ ledger }: Harness): void {
    ledger.move('shp_1', (shipment) => {
      const result = correct(shipment, { decision: 'accept' }, correcting);
      return result.outcome === 'granted' ? result.decision : null;
    });
  }

  test('keeps a suggestion for an operator, and never applies it automatically', async () => {
    const harness = createHarness({ checkAddress: correcting, user: tooLong });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({
      hold: { code: 'profile_problems', problems: [{ field: 'city', code: 'too_long' }] },
      secrets: { suggestion: { values: { city: 'A city' } } },
    });
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await harness.run('check-profile');
    expect(harness.shipment().hold?.code).toBe('profile_problems');
  });

  test('continues with the suggestion that was accepted', async () => {
    const harness = createHarness({ checkAddress: correcting, user: tooLong });
    await harness.run('check-profile');
    accept(harness);
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({
      plan: { order: 'ready' },
      hold: null,
      secrets: { profile: { city: 'A city' } },
    });
    expect(harness.shipment().secrets.suggestion).toBeUndefined();
  });

  test('does not apply it when the address in the source changed before it was accepted', async () => {
    const harness = createHarness({ checkAddress: correcting, user: tooLong });
    await harness.run('check-profile');
    harness.org.users = harness.org.users.map((user) => ({ ...user, profile: sourced({ city: 'Bend' }) }));
    accept(harness);
    await harness.run('check-profile');
    expect(harness.shipment().secrets.profile?.city).toBe('Bend');
    expect(harness.shipment().secrets.overrides).toBeUndefined();
    expect(harness.ledger.history.at(-1)).toMatchObject({ event: 'profile.checked', detail: { lapsed: 'address' } });
  });

  test('is not frozen by a check that began before the correction', async () => {
    const harness = createHarness({ checkAddress: correcting, user: tooLong });
    await harness.run('check-profile');
    harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    harness.log.onEffect = (name) => {
      if (name !== 'okta.readUser') return;
      harness.log.onEffect = () => undefined;
      const hold = { code: 'profile_problems' as const, problems: [], since: harness.log.now() };
      harness.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
      accept(harness);
    };
    await expect(harness.run('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'the request was corrected' },
    });
    await harness.run('check-profile');
    expect(harness.shipment()).toMatchObject({ plan: { order: 'ready' }, secrets: { profile: { city: 'A city' } } });
  });
});
