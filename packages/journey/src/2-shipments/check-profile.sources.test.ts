import { describe, expect, test } from '@jest/globals';

import type { CheckAddress } from '../ports/context.ts';
import { correct } from '../requests/correct-address.ts';
import { recheck } from '../requests/recheck.ts';
import { openHouse, type House, type HouseSettings } from '../testing/harness.ts';
import { checkSampleAddress, profileValues, sourced } from '../testing/samples.ts';

const sources = { address: ['hris', 'okta'] } as const;
const abroad = { streetAddress: '2 Harbour Lane', city: 'Galway', zipCode: 'H91', countryCode: 'IE' };

describe('a profile from an HRIS', () => {
  const house = (settings: HouseSettings = {}): House => openHouse({ tenant: { sources }, ...settings });

  test('is what the parcel goes to', async () => {
    const { pass, hris, shipment, org } = house();
    hris.person = { ...abroad, email: 'a@hris.example' };
    await pass('check-profile');
    expect(shipment().secrets.profile).toMatchObject({
      streetLine1: '2 Harbour Lane',
      countryCode: 'IE',
      email: profileValues.email,
    });
    expect(org.users[0]?.profile).toEqual(sourced());
  });

  test.each([null, {}, { streetAddress: '' }])('that has nothing (%j) leaves Okta’s', async (person) => {
    const { pass, hris, shipment } = house();
    hris.person = person;
    await pass('check-profile');
    expect(shipment().secrets.profile?.streetLine1).toBe(profileValues.streetAddress);
  });

  test.each([
    'unreachable',
    'lost_before',
    'lost_after',
    'late',
    'rate_limited',
    'unauthorized',
    'refused',
    'not_found',
  ] as const)('that does not answer (%s) delays the check, fails nothing and pauses nobody', async (fate) => {
    const { pass, fail, ledger, shipment, alarms } = house();
    const before = shipment();
    fail('hris.readPerson', fate, fate);
    for (let time = 0; time < 2; time += 1)
      await expect(pass('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' }, held: null });
    expect(shipment()).toEqual(before);
    expect(ledger.pausedUntilMs).toBe(0);
    const isTold = fate === 'unauthorized' || fate === 'refused' || fate === 'not_found';
    expect(alarms.map(({ code }) => code)).toEqual(isTold ? ['unexpected_refusal', 'unexpected_refusal'] : []);
    await pass('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });

  test('is not asked about somebody who gets no key anyhow', async () => {
    const { pass, calls } = house({ user: { status: 'SUSPENDED' } });
    await pass('check-profile');
    expect(calls).not.toContain('hris.readPerson');
  });
});

describe('what the provider says before the order', () => {
  test.each(['deliverable', 'unknown'] as const)('%s: the shipment goes on', async (opinion) => {
    const { pass, provider, shipment } = openHouse();
    provider.opinion = opinion;
    await pass('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });

  test('undeliverable: a person is asked, and nothing is ordered', async () => {
    const { pass, provider, shipment } = openHouse();
    provider.opinion = 'undeliverable';
    await expect(pass('check-profile')).resolves.toMatchObject({ held: { code: 'profile_problems' } });
    expect(shipment()).toMatchObject({
      plan: { order: 'requested', profileChecked: false },
      hold: { problems: [{ field: 'streetAddress', code: 'undeliverable' }] },
    });
    expect(shipment().secrets.profile).toBeUndefined();
    expect(shipment().secrets.suggestion).toBeUndefined();
  });

  test.each([null, ['US', 'CA']])(
    'of the countries it ships to (%j) is what the address is judged by',
    async (countries) => {
      const asked: unknown[] = [];
      const checkAddress: CheckAddress = (profile, about) => {
        asked.push(about);
        return checkSampleAddress(profile, about);
      };
      const { pass, provider } = openHouse({ checkAddress, user: { status: 'STAGED' } });
      provider.enabledCountries = countries;
      await pass('check-profile');
      expect(asked).toEqual([{ isNewUser: true, enabledCountries: countries }]);
    },
  );

  test('is not asked of an address that cannot be one', async () => {
    const { pass, calls } = openHouse({ user: { profile: sourced({ city: null }) } });
    await pass('check-profile');
    expect(calls).not.toContain('provider.validateAddress');
  });

  test.each(['provider.validateAddress', 'provider.enabledCountries'])('may be long in coming (%s)', async (call) => {
    const { pass, fail, shipment } = openHouse();
    fail(call, 'lost_before', 'rate_limited');
    await pass('check-profile');
    await expect(pass('check-profile')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(shipment()).toMatchObject({ plan: { order: 'requested' }, hold: null });
    await pass('check-profile');
    expect(shipment().plan.order).toBe('ready');
  });
});

describe('a held profile', () => {
  /** An address that the check would mend with a loss, and takes once it was mended. */
  const mending: CheckAddress = (profile, about) =>
    profile.city?.value === 'A very long city'
      ? { outcome: 'problems', problems: [{ field: 'city', code: 'too_long' }], suggestion: { city: 'A city' } }
      : checkSampleAddress(profile, about);
  const tooLong = { profile: sourced({ city: 'A very long city' }) };

  function accept({ ledger }: House): void {
    ledger.move('shp_1', (shipment) => {
      const asked = correct(shipment, { decision: 'accept' }, mending);
      return asked.outcome === 'granted' ? asked.decision : null;
    });
  }

  test('keeps a suggestion for a person, and never takes it by itself', async () => {
    const house = openHouse({ checkAddress: mending, user: tooLong });
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({
      hold: { code: 'profile_problems', problems: [{ field: 'city', code: 'too_long' }] },
      secrets: { suggestion: { values: { city: 'A city' } } },
    });
    house.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    await house.pass('check-profile');
    expect(house.shipment().hold?.code).toBe('profile_problems');
  });

  test('goes on with the suggestion that was accepted', async () => {
    const house = openHouse({ checkAddress: mending, user: tooLong });
    await house.pass('check-profile');
    accept(house);
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({
      plan: { order: 'ready' },
      hold: null,
      secrets: { profile: { city: 'A city' } },
    });
    expect(house.shipment().secrets.suggestion).toBeUndefined();
  });

  test('does not take it any more when the person moved before it was accepted', async () => {
    const house = openHouse({ checkAddress: mending, user: tooLong });
    await house.pass('check-profile');
    house.org.users = house.org.users.map((user) => ({ ...user, profile: sourced({ city: 'Bend' }) }));
    accept(house);
    await house.pass('check-profile');
    expect(house.shipment().secrets.profile?.city).toBe('Bend');
    expect(house.shipment().secrets.overrides).toBeUndefined();
    expect(house.ledger.history.at(-1)).toMatchObject({ event: 'profile.checked', detail: { lapsed: 'address' } });
  });

  test('is not frozen by a check that began before the correction', async () => {
    const house = openHouse({ checkAddress: mending, user: tooLong });
    await house.pass('check-profile');
    house.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
    house.line.onEffect = (name) => {
      if (name !== 'okta.readUser') return;
      house.line.onEffect = () => undefined;
      const hold = { code: 'profile_problems' as const, problems: [], since: house.line.now() };
      house.ledger.move('shp_1', () => ({ change: { hold }, note: { event: 'shipment.held' } }));
      accept(house);
    };
    await expect(house.pass('check-profile')).resolves.toMatchObject({
      result: { outcome: 'later', why: 'the request was corrected' },
    });
    await house.pass('check-profile');
    expect(house.shipment()).toMatchObject({ plan: { order: 'ready' }, secrets: { profile: { city: 'A city' } } });
  });
});
