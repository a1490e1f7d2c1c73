import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { parseConfig } from './config-file.ts';
import { registrationTarget } from './registration.ts';

const example = readFileSync(new URL('../../../infra/keycourier.example.yaml', import.meta.url), 'utf8');
const withRegistration = (registration: unknown): string =>
  example.replace('    pin:\n', `    registration: ${JSON.stringify(registration)}\n    pin:\n`);
const targetOf = (registration: unknown) =>
  registrationTarget(parseConfig(withRegistration(registration)).tenants['acme']?.registration);

describe('the registration of a tenant', () => {
  test('has defaults: our attribute, a boolean, verified once a day', () => {
    expect(targetOf({ attribute: {} })).toEqual({
      attribute: { name: 'keycourierRegistered', ready: true, notReady: false },
      group: null,
      verifyEveryMs: 86_400_000,
    });
  });

  test('may have texts, a group, or both', () => {
    const attribute = { name: 'keyReady', type: 'string', ready: 'yes', notReady: 'no' };
    expect(targetOf({ attribute, group: { name: 'Passwordless' }, verifyEvery: '1h' })).toEqual({
      attribute: { name: 'keyReady', ready: 'yes', notReady: 'no' },
      group: { name: 'Passwordless' },
      verifyEveryMs: 3_600_000,
    });
    expect(targetOf({ attribute: { type: 'string' } })?.attribute).toMatchObject({ ready: 'true', notReady: 'false' });
    expect(targetOf({ group: { id: '00g1ready' } })).toMatchObject({ attribute: null, group: { id: '00g1ready' } });
    expect(registrationTarget(undefined)).toBeNull();
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', {}, /needs an attribute, a group or both/],
    ['an unknown key', { atribute: {} }, /atribute/],
    ['an attribute that signs people in', { attribute: { name: 'login' } }, /Okta's own/],
    ['an attribute that PINs go to, in another case', { attribute: { name: 'SECONDEMAIL' } }, /Okta's own/],
    ['a name that Okta does not accept', { attribute: { name: 'is ready' } }, /letters, digits/],
    ['a value of another type', { attribute: { type: 'boolean', ready: 'true' } }, /must be a boolean/],
    ['a text for one value only', { attribute: { type: 'string', ready: true } }, /must be a string/],
    ['equal values', { attribute: { ready: false } }, /another value than ready/],
    ['a group by two names', { group: { id: '00g1', name: 'Ready' } }, /either an id or a name/],
    ['a group by none', { group: {} }, /either an id or a name/],
    ['a verification each minute', { attribute: {}, verifyEvery: '1m' }, /10m/],
    ['the name of a trigger group', { group: { name: 'YubiKey 5 NFC' } }, /groups\[0\]/],
    ['that name as people read it', { group: { name: ' yubikey  5 nfc' } }, /groups\[0\]/],
  ])('is refused with %s', (_, registration, why) => {
    expect(() => parseConfig(withRegistration(registration))).toThrow(why);
  });

  test('is refused with the id of a trigger group', () => {
    const text = withRegistration({ group: { id: '00g1example' } }).replace(
      '      # - { id: 00g1example',
      '      - { id: 00g1example',
    );
    expect(() => parseConfig(text)).toThrow(/groups\[2\]/);
  });
});
