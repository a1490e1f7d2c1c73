import { describe, expect, test } from '@jest/globals';

import type { ProfileField, SourcedProfile } from '../model/profile.ts';
import type { Tenant } from '../model/tenant.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { profileValues, sampleUser, sourced } from '../testing/samples.ts';
import { readProfile, sourceProfile } from './source-profile.ts';

const hris = (values: Partial<Record<ProfileField, string>>): SourcedProfile =>
  Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, source: 'hris' as const }]));
const abroad = { streetAddress: '2 Harbour Lane', city: 'Galway', zipCode: 'H91', countryCode: 'IE' };
const hrisFirst: Tenant['sources'] = { address: ['hris', 'okta'], primaryPhone: ['hris', 'okta'] };

describe('a profile', () => {
  test('is Okta’s where the tenant names no sources', () => {
    expect(sourceProfile({ okta: sourced(), hris: hris(abroad) }, {})).toEqual(sourced());
  });

  test('has each part from the first source that has it', () => {
    expect(sourceProfile({ okta: sourced(), hris: hris({ ...abroad, primaryPhone: '+353' }) }, hrisFirst)).toEqual({
      ...sourced({ streetAddress: null, city: null, state: null, zipCode: null, countryCode: null }),
      ...hris({ ...abroad, primaryPhone: '+353' }),
    });
  });

  test('has its address from one source, never completed from another', () => {
    const read = sourceProfile({ okta: sourced(), hris: hris({ streetAddress: '2 Harbour Lane' }) }, hrisFirst);
    expect(read.streetAddress).toEqual({ value: '2 Harbour Lane', source: 'hris' });
    expect([read.city, read.state, read.zipCode, read.countryCode]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each<[string, SourcedProfile | null]>([
    ['knows no such user', null],
    ['has nothing', {}],
    ['has empty text', hris({ streetAddress: '', city: '  ', primaryPhone: '\t' })],
    ['has a country and no street', hris({ countryCode: 'IE' })],
  ])('is Okta’s where the HRIS %s', (_, person) => {
    expect(sourceProfile({ okta: sourced(), hris: person }, hrisFirst)).toEqual(sourced());
  });

  test('has the first incomplete address where no source has a street', () => {
    const okta = sourced({ streetAddress: null });
    const read = sourceProfile({ okta, hris: hris({ countryCode: 'IE' }) }, hrisFirst);
    expect([read.countryCode, read.city]).toEqual([{ value: 'IE', source: 'hris' }, undefined]);
  });

  test('has no part from a source that the tenant did not name for it', () => {
    const read = sourceProfile({ okta: sourced(), hris: hris({ email: 'a@hris.example', ...abroad }) }, hrisFirst);
    expect(read.email).toEqual({ value: profileValues.email, source: 'okta' });
    expect(sourceProfile({ okta: sourced() }, { lastName: ['hris'] }).lastName).toBeUndefined();
  });

  test('has the addresses that PINs go to from the HRIS only where the tenant opted in', () => {
    const profiles = { okta: sourced(), hris: hris({ email: 'a@hris.example', secondEmail: 'b@hris.example' }) };
    expect(sourceProfile(profiles, { secondEmail: ['hris', 'okta'] })).toMatchObject({
      email: { value: profileValues.email },
      secondEmail: { value: 'b@hris.example', source: 'hris' },
    });
  });
});

describe('the HRIS', () => {
  const asking = (sources: Tenant['sources']): Harness => {
    const harness = createHarness({ tenant: { sources } });
    harness.hris.person = { ...abroad, email: 'a@hris.example' };
    return harness;
  };

  test('is not called for a tenant that does not name it', async () => {
    const { context, calls } = asking({ address: ['okta'] });
    await expect(readProfile(context, { tenant: 'acme', user: sampleUser() })).resolves.toEqual(sourced());
    expect(calls).toEqual([]);
  });

  test('is not called when no requested part may come from it', async () => {
    const { context, calls } = asking(hrisFirst);
    await expect(
      readProfile(context, { tenant: 'acme', user: sampleUser(), parts: ['email', 'secondEmail'] }),
    ).resolves.toEqual({
      email: { value: profileValues.email, source: 'okta' },
      secondEmail: { value: profileValues.secondEmail, source: 'okta' },
    });
    expect(calls).toEqual([]);
  });

  test('is called where it is named, and is the source of its values', async () => {
    const { context, calls } = asking(hrisFirst);
    await expect(readProfile(context, { tenant: 'acme', user: sampleUser() })).resolves.toMatchObject(hris(abroad));
    expect(calls).toEqual(['hris.readPerson']);
  });
});
