import { describe, expect, test } from '@jest/globals';

import { readBulk } from './bulk/read-bulk.ts';
import { evaluate } from './filter/evaluate.ts';
import { parseFilter } from './filter/parse-filter.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { GroupOperation } from './patch/patch-operation.ts';
import { readGroupPatch } from './patch/read-group-patch.ts';
import { readUserPatch } from './patch/read-patch.ts';
import { toListResponse } from './resources/list-response.ts';
import { presentUser } from './resources/present.ts';
import { wholeResource } from './resources/projection.ts';
import { readGroup, readUser } from './resources/read-resource.ts';
import { readListQuery } from './resources/search-request.ts';
import { patchOf, patchUser } from './testing/patch-user.ts';
import { refusalOf, scimTypeOf } from './testing/refusal-of.ts';
import { readerOf } from './testing/resource-reader.ts';

/**
 * Faults of other SCIM servers that were reported in public, by their projects and issue numbers, as far as the protocol
 * alone decides them. The others are tests of the ledger and of apps/scim.
 */

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const changesOf = (operation: JsonValue): GroupOperation[] => readGroupPatch(patchOf(operation));

const patched = (before: JsonObject, operation: JsonValue): JsonObject =>
  Object.fromEntries(patchUser(new Map(Object.entries(before)), patchOf(operation)).stored);

describe('groups', () => {
  test.each<JsonValue>([
    { op: 'replace', path: 'members', value: [] },
    { op: 'replace', value: { members: [] } },
    { op: 'Replace', path: 'Members', value: null },
  ])('SCIM-SDK #757: %j empties the group', (operation) => {
    expect(changesOf(operation)).toEqual([{ kind: 'replace_members', ids: [] }]);
  });

  test('ory/polis #4080: 256 members of one PATCH are one change, added by one operation or removed by 256', () => {
    const ids = Array.from({ length: 256 }, (_, index) => `usr_${index}`);
    const added = changesOf({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
    expect(added).toEqual([{ kind: 'add_members', ids }]);
    const removals = ids.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` }));
    const rename = { op: 'replace', value: { id: 'grp_1', displayName: 'G' } };
    expect(readGroupPatch(patchOf(rename, ...removals))).toEqual([
      { kind: 'rename', displayName: 'G' },
      { kind: 'remove_members', ids },
    ]);
  });

  test('FusionAuth #2869 and #2784, fleet #50724: an add is an add of these, never a list that replaces another', () => {
    const value = Array.from({ length: 10_000 }, (_, index) => ({ value: `usr_${index}`, display: 'a@example.com' }));
    expect(changesOf({ op: 'add', path: 'members', value })).toEqual([
      { kind: 'add_members', ids: value.map((member) => member.value) },
    ]);
  });

  test('more members than a request may have are refused, not cut off', () => {
    const value = Array.from({ length: 50_001 }, (_, index) => `usr_${index}`);
    expect(scimTypeOf(() => changesOf({ op: 'add', path: 'members', value }))).toBe('invalidValue');
    const halves = [value.slice(0, 30_000), value.slice(30_000)].map((ids) => ({
      op: 'add',
      path: 'members',
      value: ids,
    }));
    expect(scimTypeOf(() => readGroupPatch(patchOf(...halves)))).toBe('invalidValue');
  });

  test.each<[string, readonly string[]]>([
    ['members[value eq "u1"]', ['u1']],
    ['members[value eq"u1"]', ['u1']],
    ['MEMBERS[Value EQ "u1"]', ['u1']],
    ['members[value eq "u1" or value eq "u2"]', ['u1', 'u2']],
    ['urn:ietf:params:scim:schemas:core:2.0:Group:members[value eq "u1"]', ['u1']],
  ])('authentik #24173 and #25686: remove %s removes these', (path, ids) => {
    expect(changesOf({ op: 'remove', path })).toEqual([{ kind: 'remove_members', ids }]);
  });

  test.each([
    'members[display eq "x"]',
    'members[value sw "u"]',
    'members[not (value eq "u")]',
    'members[value eq "u" and type eq "User"]',
  ])('authentik #24173: remove %s is refused rather than ignored', (path) => {
    expect(scimTypeOf(() => changesOf({ op: 'remove', path }))).toBe('invalidFilter');
  });

  test.each<JsonValue>([
    { op: 'Remove', path: 'members', value: [{ value: 'u1', $ref: null }] },
    { op: 'remove', path: 'members', value: ['u1'] },
    { op: 'remove', path: 'members', value: { value: 'u1' } },
  ])(
    'azure-docs #30826, kortix #7297, scimmy #34: %j removes those that it names, and leaves the others',
    (operation) => {
      expect(changesOf(operation)).toEqual([{ kind: 'remove_members', ids: ['u1'] }]);
    },
  );

  test('an empty list of members to remove removes none', () => {
    expect(changesOf({ op: 'remove', path: 'members', value: [] })).toEqual([{ kind: 'remove_members', ids: [] }]);
  });

  test('polis #3136, bitwarden #2919, teleport #67372: members of a POST or PUT are read', () => {
    expect(
      readGroup({ displayName: 'G', members: [{ value: 'u1' }, { value: 'u2' }, { value: 'u1' }] }).members,
    ).toEqual(['u1', 'u2']);
    expect(readGroup({ displayName: 'G', Members: ['u1'] }).members).toEqual(['u1']);
    expect(readGroup({ displayName: 'G', members: [] }).members).toEqual([]);
    expect(readGroup({ displayName: 'G' }).members).toBeUndefined();
  });

  test('SCIM-SDK #419: a member without type is a user; one with the type Group is refused, with a reason', () => {
    expect(
      readGroup({
        displayName: 'G',
        members: [
          { value: 'u1', type: null },
          { value: 'u2', type: 'user' },
        ],
      }).members,
    ).toHaveLength(2);
    expect(refusalOf(() => readGroup({ displayName: 'G', members: [{ value: 'g1', type: 'Group' }] }))).toEqual({
      status: 400,
      scimType: 'invalidValue',
      detail: 'members can be users only: push the members of a nested group instead of the group.',
    });
  });

  test.each<[JsonValue, string]>([
    [{ op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue'],
    [{ op: 'add', path: 'members', value: [5] }, 'invalidValue'],
    [{ op: 'add', path: 'members[', value: [] }, 'invalidPath'],
    [{ op: 'add', path: 'membres', value: [] }, 'invalidPath'],
    [{ op: 'replace', path: 'members[value eq "u1"].display', value: 'x' }, 'mutability'],
    [{ op: 'replace', path: 'members[value eq "u1"]', value: { value: 'u2' } }, 'mutability'],
    [{ op: 'replace', path: 'displayName', value: '' }, 'invalidValue'],
  ])('WSO2 #16097 and #16933: %j is refused, no 500', (operation, scimType) => {
    expect(refusalOf(() => changesOf(operation))).toMatchObject({ status: 400, scimType });
  });
});

describe('deactivation', () => {
  test.each(['False', 'false', 'FALSE', false])(
    'scim-patch #872, scimmy #86, rancher #52996, bytebase #19073: %p is false',
    (value) => {
      const [operation] = readUserPatch(patchOf({ op: 'Replace', path: 'active', value }));
      expect(operation).toMatchObject({ op: 'replace', value: false });
      expect(readUser({ userName: 'a', active: value, emails: [{ value: 'x', primary: value }] })).toMatchObject({
        active: false,
      });
      expect(parseFilter(`active eq ${JSON.stringify(value)}`, 'User')).toMatchObject({ value: false });
    },
  );

  test.each<JsonValue>([
    { op: 'replace', value: { active: false } },
    { op: 'add', value: { active: false } },
    { op: 'replace', path: 'active', value: false },
    { op: 'add', path: 'active', value: 'False' },
    { OP: 'REPLACE', VALUE: { ACTIVE: 'false' } },
    { op: 'replace', value: { 'urn:ietf:params:scim:schemas:core:2.0:User:active': false } },
  ])('Sentry #27199, Metatavu #95, SailPoint 7752: %j deactivates', (operation) => {
    expect(patched({ active: true }, operation)).toEqual({ active: false });
  });

  test('Infisical #5681: what was coerced is what is stored, and what is answered', () => {
    const stored = patched({ active: true }, { op: 'replace', path: 'active', value: 'False' });
    const user = {
      id: 'usr_1',
      externalId: null,
      createdAt: new Date(0),
      lastModified: new Date(0),
      version: 1,
      groups: [],
    };
    const presented = presentUser(
      { ...user, active: stored['active'] === true, attributes: new Map() },
      { baseUrl: '', projection: wholeResource },
    );
    expect(presented['active']).toBe(false);
  });

  test('entra-id-inbound #16: active that is omitted is not false', () => {
    expect(readUser({ userName: 'a' }).active).toBeUndefined();
    expect(readUser({ userName: 'a', active: null }).active).toBeUndefined();
  });

  test('fleet #53446: a patch is read alike of an inactive user too', () => {
    const operation = { op: 'replace', path: 'title', value: 'x' };
    expect(patched({ active: false }, operation)).toEqual({ active: false, title: 'x' });
  });
});

describe('users', () => {
  test('zitadel #10009 and #10296: a password of any kind is accepted and dropped', () => {
    for (const password of ['x', '', 5, null, { a: [1] }, 'a'.repeat(100_000)]) {
      expect(
        JSON.stringify(readUser({ userName: 'a', PassWord: password, displayName: 'b' }).attributes),
      ).not.toContain('assword');
      expect(readUser({ userName: 'a', password }).ignored).toEqual([]);
      expect(readUserPatch(patchOf({ op: 'replace', path: 'password', value: password }))).toEqual([]);
      expect(readUserPatch(patchOf({ op: 'replace', value: { password, title: 'x' } }))).toHaveLength(1);
    }
    expect(readUserPatch(patchOf({ op: 'remove', path: 'password' }))).toEqual([]);
  });

  test('OctopusDeploy #9841, better-auth #10420: externalId can be filtered by, case-exact', () => {
    const fits = (filter: string): boolean => evaluate(parseFilter(filter, 'User'), readerOf({ externalId: '00uAbC' }));
    expect([fits('externalId eq "00uAbC"'), fits('externalid EQ "00uabc"')]).toEqual([true, false]);
  });

  test('posthog #42253, Infisical #5947: what was sent comes back in its letter case', () => {
    expect(readUser({ userName: 'Bob@Example.com' }).userName).toBe('Bob@Example.com');
  });

  test('WSO2 #5140 and #3375, simpleidserver #489, scimitar #37: names and operators in any letter case', () => {
    expect(parseFilter('Username EQ "a"', 'User')).toEqual(parseFilter('userName eq "a"', 'User'));
  });

  test('laravel-scim-server #36: attributes of the enterprise extension are read of a PUT, under its URN in any letter case', () => {
    const { attributes } = readUser({
      userName: 'a',
      [enterprise.toUpperCase()]: { Department: 'IT', employeeNumber: '7' },
    });
    expect(attributes.get(enterprise)).toEqual({ department: 'IT', employeeNumber: '7' });
  });

  test('OneLogin: wrong URNs of a resource, plus for a space, and an ampersand at the end', () => {
    expect(readUser({ schemas: ['urn:scim:schemas:core:2.0'], userName: 'a' }).userName).toBe('a');
    const { filter } = readListQuery(new URLSearchParams('filter=userName+eq+%22x%22&'), 'User');
    expect(filter).toEqual(parseFilter('userName eq "x"', 'User'));
  });

  test('ssoready #164: a userName that is changed is the same attribute of the same user', () => {
    expect(patched({ userName: 'a' }, { op: 'replace', path: 'userName', value: 'b' })).toEqual({ userName: 'b' });
  });
});

describe('pages', () => {
  test('polis #4054: a page behind the last has no items', () => {
    expect(toListResponse({ totalResults: 2, startIndex: 101, resources: [] })['itemsPerPage']).toBe(0);
  });

  test('bitwarden #4034: there are defaults', () => {
    expect(readListQuery(new URLSearchParams(), 'User')).toMatchObject({ startIndex: 1, count: 100, filter: null });
  });

  test('better-auth #10398, WSO2 #7320, SCIMReferenceCode #83: totalResults is not the length of a page', () => {
    expect(toListResponse({ totalResults: 250, startIndex: 1, resources: [{}] })).toMatchObject({
      totalResults: 250,
      itemsPerPage: 1,
    });
  });
});

describe('what Entra, SailPoint and Okta write (CVE-2026-48170 with it)', () => {
  test('Entra: names of a value as paths, full URNs, and value filters', () => {
    const value = {
      'name.givenName': 'K',
      [`${enterprise}:employeeNumber`]: '7',
      [`${enterprise}:manager`]: 'usr_2',
      'emails[type eq "work"].value': 'k@example.com',
      nothing: 'ignored',
    };
    expect(patched({ name: { familyName: 'J' } }, { op: 'add', value })).toEqual({
      name: { familyName: 'J', givenName: 'K' },
      emails: [{ type: 'work', value: 'k@example.com' }],
      [enterprise]: { employeeNumber: '7', manager: { value: 'usr_2' } },
    });
  });

  test.each<[string, JsonValue, JsonObject]>([
    ['emails[type eq "work"].value', 'a', { emails: [{ type: 'work', value: 'a' }] }],
    [
      'emails[type eq "work"]',
      { value: 'a', primary: 'True' },
      { emails: [{ type: 'work', value: 'a', primary: true }] },
    ],
    ['roles[primary eq "True"].value', 'r', { roles: [{ primary: true, value: 'r' }] }],
    ['addresses[type eq "work"].postalCode', '94104', { addresses: [{ type: 'work', postalCode: '94104' }] }],
    [
      'phoneNumbers[type eq "mobile" and primary eq true].value',
      '1',
      { phoneNumbers: [{ type: 'mobile', primary: true, value: '1' }] },
    ],
    [`${enterprise}:manager`, 'usr_2', { [enterprise]: { manager: { value: 'usr_2' } } }],
    [
      enterprise,
      { department: 'IT', manager: { value: 'usr_2' } },
      { [enterprise]: { department: 'IT', manager: { value: 'usr_2' } } },
    ],
    [
      'urn:ietf:params:scim:schemas:extension:keycourier:2.0:User:aliases[type eq "upn"].value',
      'a',
      { aliases: [{ type: 'upn', value: 'a' }] },
    ],
    [
      'urn:ietf:params:scim:schemas:extension:keycourier:2.0:User',
      { aliases: [{ value: 'a' }] },
      { aliases: [{ value: 'a' }] },
    ],
  ])('add %s makes the value that is not there', (path, value, expected) => {
    expect(patched({}, { op: 'Add', path, value })).toEqual(expected);
  });

  test('Okta: aliases in the core schema, one for each type; an empty one is gone', () => {
    const aliases = [
      { type: 'email', value: 'bob@acme.example' },
      { type: 'upn', value: '' },
    ];
    expect(readUser({ userName: 'a', aliases }).attributes.get('aliases')).toEqual([aliases[0]]);
    const extension = {
      'urn:ietf:params:scim:schemas:extension:keycourier:2.0:User': { aliases: [aliases[0] ?? null] },
    };
    expect(readUser({ userName: 'a', ...extension }).attributes.get('aliases')).toEqual([aliases[0]]);
    expect(
      readUser({ userName: 'a', aliases: [{ type: 'old', value: 'b' }], ...extension }).attributes.get('aliases'),
    ).toEqual([aliases[0]]);
  });

  test('Entra: emails[type eq "work"].value eq "x" is about one value, and a flag in the URL is ignored', () => {
    const query = new URLSearchParams(
      'aadOptscim062020=&filter=emails[type eq "work"].value eq "x"&excludedAttributes=members',
    );
    const { filter, projection } = readListQuery(query, 'User');
    const users = [
      { emails: [{ type: 'work', value: 'X' }] },
      {
        emails: [
          { type: 'home', value: 'x' },
          { type: 'work', value: 'y' },
        ],
      },
    ];
    expect(users.map((user) => filter !== null && evaluate(filter, readerOf(user)))).toEqual([true, false]);
    expect(projection).toEqual(wholeResource);
  });

  test('Entra: a membership is asked for by two terms', () => {
    const { filter, projection } = readListQuery(
      new URLSearchParams('filter=id eq "g" and members eq "u"&attributes=id'),
      'Group',
    );
    const groups = [
      { id: 'g', members: [{ value: 'u' }] },
      { id: 'g', members: [{ value: 'v' }] },
    ];
    expect(groups.map((group) => filter !== null && evaluate(filter, readerOf(group)))).toEqual([true, false]);
    expect(projection.only?.map(({ key }) => key)).toEqual(['id']);
  });

  test('CVE-2026-48170: no name of a patch reaches a prototype', () => {
    const body = (name: string): JsonValue => JSON.parse(`{"${name}":"x"}`);
    for (const name of ['__proto__', '__proto__.x', 'constructor.prototype.x', 'emails.__proto__.x', 'prototype']) {
      expect(scimTypeOf(() => patched({}, { op: 'add', path: name, value: 'x' }))).toBe('invalidPath');
      expect(scimTypeOf(() => patched({}, { op: 'add', value: body(name) }))).toBe('invalidSyntax');
      expect(scimTypeOf(() => parseFilter(`${name} eq "x"`, 'User'))).toBe('invalidFilter');
      expect(scimTypeOf(() => parseFilter(`emails[${name} eq "x"]`, 'User'))).toBe('invalidFilter');
    }
    expect(scimTypeOf(() => patched({}, { op: 'add', path: 'name', value: body('__proto__') }))).toBe('invalidSyntax');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('bulk', () => {
  const bulk = (...operations: JsonValue[]) =>
    readBulk({ schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations }).operations;
  const group = (bulkId: string, member: string) => ({
    method: 'POST',
    path: '/Groups',
    bulkId,
    data: { displayName: bulkId, members: [{ value: `bulkId:${member}` }] },
  });
  const user = (bulkId: string) => ({ method: 'post', path: '/Users', bulkId, data: { userName: bulkId } });

  test('an operation comes after those that it names, wherever they stand', () => {
    const patch = {
      method: 'PATCH',
      path: '/Groups/bulkId:g',
      data: patchOf({ op: 'remove', path: 'members[value eq "bulkId:a"]' }),
    };
    const planned = bulk(patch, group('g', 'a'), user('b'), user('a'));
    expect(planned.map(({ index }) => index)).toEqual([3, 1, 0, 2]);
    expect(planned.map(({ refusal }) => refusal)).toEqual([null, null, null, null]);
  });

  test('a circle is a conflict for each that is in it or waits for it, and the others are done', () => {
    const planned = bulk(group('a', 'b'), group('b', 'a'), group('c', 'a'), group('self', 'self'), user('d'));
    expect(planned.map(({ bulkId, refusal }) => [bulkId, refusal?.status])).toEqual([
      ['d', undefined],
      ['a', 409],
      ['b', 409],
      ['c', 409],
      ['self', 409],
    ]);
  });

  test.each<[JsonValue, string]>([
    [{ method: 'POST', path: '/Users', data: {} }, 'invalidSyntax'],
    [{ method: 'POST', path: '/Users/x', bulkId: 'a', data: {} }, 'invalidPath'],
    [{ method: 'PUT', path: '/Users', data: {} }, 'invalidPath'],
    [{ method: 'PUT', path: '/Users/x' }, 'invalidSyntax'],
    [{ method: 'GET', path: '/Users/x' }, 'invalidSyntax'],
    [{ method: 'DELETE', path: '/Others/x' }, 'invalidPath'],
    [{ method: 'DELETE', path: 'https://elsewhere.example/Users/x' }, 'invalidPath'],
    [group('a', 'unknown'), 'invalidValue'],
    ['x', 'invalidSyntax'],
    [null, 'invalidSyntax'],
  ])('%j is refused for itself alone', (operation, scimType) => {
    expect(bulk(operation, user('u')).map(({ refusal }) => refusal?.scimType)).toContain(scimType);
    expect(bulk(operation, user('u')).filter(({ refusal }) => refusal === null)).toHaveLength(1);
  });

  test('the second of two operations with one bulkId is refused', () => {
    expect(bulk(user('a'), user('a')).map(({ refusal }) => refusal?.scimType)).toEqual([undefined, 'invalidValue']);
  });

  test('1,001 operations are 413, and a chain of 1,000 is planned', () => {
    const chain = Array.from({ length: 1000 }, (_, index) =>
      index === 999 ? user('999') : group(`${index}`, `${index + 1}`),
    );
    expect(bulk(...chain).map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, index) => 999 - index));
    expect(refusalOf(() => bulk(...chain, user('one too many')))).toMatchObject({ status: 413, scimType: null });
  });

  test.each<JsonValue>([0, -1, 1.5, 'x'])('failOnErrors %j is refused', (failOnErrors) => {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      failOnErrors,
      Operations: [user('a')],
    };
    expect(scimTypeOf(() => readBulk(body))).toBe('invalidValue');
  });
});
