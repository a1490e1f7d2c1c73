import { describe, expect, test } from '@jest/globals';

import { baseAppAttributes, coreUser, defaultMapping } from '../apps/app-attributes.ts';
import { mappedProfile } from '../apps/app-user.ts';
import type { Profile } from '../users/user.ts';
import { buildScimUser } from './scim-user.ts';
import { createBody, updateBody } from './user-body.ts';

/** The body of directory facts, as Okta has sent it, of an invented person. */
const captured =
  '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"a@acme.example","name":{"givenName":"A","familyName":"B"},"emails":[{"primary":true,"value":"a@acme.example","type":"work"}],"phoneNumbers":[{"primary":true,"value":"+14155550132","type":"work"}],"addresses":[{"primary":true,"type":"work","streetAddress":"1 X St","locality":"Y","region":"CA","postalCode":"94104","country":"US"}],"displayName":"A B","locale":"en-US","externalId":"00uEXAMPLE","groups":[],"password":"Zx9!example","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT"}}';

const profile: Profile = {
  login: 'a@acme.example',
  email: 'a@acme.example',
  firstName: 'A',
  lastName: 'B',
  primaryPhone: '+14155550132',
  streetAddress: '1 X St',
  city: 'Y',
  state: 'CA',
  zipCode: '94104',
  countryCode: 'US',
  displayName: 'A B',
  locale: 'en-US',
  department: 'IT',
};

const alias = { title: 'Alias', externalName: "aliases.^[type=='email'].value", externalNamespace: coreUser };
const attributes = { ...baseAppAttributes, alias };

const scimUser = (user: Profile, typed: Profile = {}) =>
  buildScimUser(attributes, {
    userName: String(user['login']),
    profile: { ...mappedProfile({ mapping: defaultMapping() }, { profile: user }), ...typed },
  });

const update = (current: Record<string, unknown>, user: Profile, typed?: Profile) =>
  updateBody(current, scimUser(user, typed), { attributes, externalId: '00uEXAMPLE' });

describe('a create', () => {
  test('is letter by letter as captured', () => {
    const body = createBody(scimUser(profile), { externalId: '00uEXAMPLE', password: 'Zx9!example' });
    expect(JSON.stringify(body)).toBe(captured);
  });

  test('has neither an enterprise object nor types without values', () => {
    const { login, email, firstName, lastName } = profile;
    const small = {
      login: login ?? null,
      email: email ?? null,
      firstName: firstName ?? null,
      lastName: lastName ?? null,
    };
    const body = createBody(scimUser(small), { externalId: '00uEXAMPLE', password: 'x' });
    expect(Object.keys(body)).toEqual([
      'schemas',
      'userName',
      'name',
      'emails',
      'externalId',
      'groups',
      'password',
      'active',
    ]);
    expect(body['schemas']).toEqual([coreUser]);
  });

  test('has an alias as a value of a top-level attribute, and none if it is unset', () => {
    const body = createBody(scimUser(profile, { alias: 'b@acme.example' }), { externalId: '00u', password: 'x' });
    expect(body['aliases']).toEqual([{ type: 'email', value: 'b@acme.example' }]);
    expect(createBody(scimUser(profile), { externalId: '00u', password: 'x' })).not.toHaveProperty('aliases');
  });
});

describe('an update', () => {
  const answer = {
    schemas: [coreUser, 'urn:example:own:2.0:User'],
    id: 'u1',
    meta: { resourceType: 'User', version: 'W/"3"' },
    userName: 'a@acme.example',
    name: { givenName: 'A', familyName: 'B', honorificPrefix: 'Dr' },
    emails: [
      { primary: true, value: 'a@acme.example', type: 'work' },
      { value: 'x@other.example', type: 'other' },
    ],
    aliases: [{ type: 'email', value: 'b@acme.example' }],
    active: false,
    'urn:example:own:2.0:User': { badge: 7 },
  };

  test('sends back all that the server has answered, with Okta’s values on top', () => {
    const body = update(answer, { ...profile, email: 'new@acme.example' });
    expect(body).toMatchObject({
      id: 'u1',
      meta: answer.meta,
      active: false,
      emails: [
        { primary: true, value: 'new@acme.example', type: 'work' },
        { value: 'x@other.example', type: 'other' },
      ],
      'urn:example:own:2.0:User': { badge: 7 },
    });
    expect(body['schemas']).toEqual([
      coreUser,
      'urn:example:own:2.0:User',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    ]);
  });

  test('removes an attribute of the app that has no value any more', () => {
    const body = update(answer, { ...profile, honorificPrefix: '' });
    expect(body['aliases']).toEqual([]);
    expect(body['name']).toEqual({ givenName: 'A', familyName: 'B' });
  });

  test('leaves the answer itself as it was', () => {
    const before = structuredClone(answer);
    update(answer, profile);
    expect(answer).toEqual(before);
  });
});
