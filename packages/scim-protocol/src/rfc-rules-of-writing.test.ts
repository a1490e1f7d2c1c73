import { describe, expect, test } from '@jest/globals';

import type { JsonObject, JsonValue } from './json.ts';
import { readGroupPatch } from './patch/read-group-patch.ts';
import { readUserPatch } from './patch/read-patch.ts';
import { presentUser } from './resources/present.ts';
import { wholeResource } from './resources/projection.ts';
import { readUser } from './resources/read-resource.ts';
import { patchOf, patchUser } from './testing/patch-user.ts';
import { refusalOf, scimTypeOf } from './testing/refusal-of.ts';

/** The rules for writing that servers most often get wrong. */

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const stored = (attributes: JsonObject): ReadonlyMap<string, JsonValue> => new Map(Object.entries(attributes));

const patched = (attributes: JsonObject, ...operations: JsonValue[]): JsonObject => {
  const { stored: after, isChanged } = patchUser(stored(attributes), patchOf(...operations));
  return { ...Object.fromEntries(after), isChanged };
};

const refusalOfPatch = (attributes: JsonObject, operation: JsonValue): string | null =>
  scimTypeOf(() => patchUser(stored(attributes), patchOf(operation)));

describe('POST and PUT (RFC 7644 §3.3 and §3.5.1)', () => {
  test('what is readOnly is ignored, null and [] are no value, and active is unchanged where it is not said', () => {
    const { attributes, active, externalId } = readUser({
      userName: 'b',
      id: 'mine',
      meta: { version: 'x' },
      groups: [{ value: 'g' }],
      emails: [],
      title: null,
      nickName: '',
      name: { givenName: null },
      [enterprise]: { manager: { value: 'usr_2', displayName: 'Boss' }, department: null },
    });
    expect(Object.fromEntries(attributes)).toEqual({ userName: 'b', [enterprise]: { manager: { value: 'usr_2' } } });
    expect([active, externalId]).toEqual([undefined, null]);
  });

  test.each<[string, JsonValue]>([
    ['no userName', { displayName: 'B' }],
    ['an empty userName', { userName: '' }],
    [
      'two primary values',
      {
        userName: 'b',
        emails: [
          { value: 'a', primary: true },
          { value: 'c', primary: 'true' },
        ],
      },
    ],
    ['text for an object', { userName: 'b', name: 'B' }],
    ['an object for text', { userName: 'b', title: {}, nickName: { a: 1 } }],
    ['a number for text', { userName: 'b', title: 5 }],
    ['neither true nor false', { userName: 'b', active: 'yes' }],
    ['101 values', { userName: 'b', emails: Array.from({ length: 101 }, (_, index) => ({ value: `${index}` })) }],
    ['1,025 characters', { userName: 'b'.repeat(1025) }],
    ['a character that cannot be stored', { userName: 'a\u0000' }],
    ['half a character', { userName: 'a\ud800' }],
  ])('%s is invalidValue, and the detail has no value', (_, body) => {
    const refusal = refusalOf(() => readUser(body));
    expect(refusal).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(refusal?.detail.length).toBeLessThan(120);
  });

  test.each<JsonValue>([
    [],
    'x',
    null,
    5,
    { userName: 'a', USERNAME: 'b' },
    { userName: 'a', ['__proto__x']: 1, constructor: 1 },
  ])('%j is invalidSyntax', (body) => {
    expect(scimTypeOf(() => readUser(body))).toBe('invalidSyntax');
  });

  test('the same value with the same type is there once (RFC 7643 §2.4)', () => {
    const emails = [
      { value: 'A@x', type: 'work' },
      { value: 'a@x', type: 'WORK', primary: true },
      { value: 'a@x', type: 'home' },
    ];
    expect(readUser({ userName: 'b', emails }).attributes.get('emails')).toHaveLength(2);
  });
});

describe('PATCH (RFC 7644 §3.5.2)', () => {
  const emails = [
    { value: 'a', type: 'work', primary: true },
    { value: 'b', type: 'home' },
  ];

  test('operations are done in their order', () => {
    const operations = [
      { op: 'replace', path: 'title', value: '1' },
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: '2' },
    ];
    expect(patched({}, ...operations)).toEqual({ title: '2', isChanged: true });
  });

  test('a primary value makes each other one no longer so', () => {
    const added = patched({ emails }, { op: 'add', path: 'emails', value: [{ value: 'c', primary: true }] });
    expect(added['emails']).toEqual([{ ...emails[0], primary: false }, emails[1], { value: 'c', primary: true }]);
    const replaced = patched({ emails }, { op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' });
    expect(replaced['emails']).toEqual([
      { ...emails[0], primary: false },
      { ...emails[1], primary: true },
    ]);
  });

  test.each<JsonValue>([
    { op: 'add', path: 'emails', value: emails },
    { op: 'add', path: 'emails', value: [{ value: 'B', type: 'HOME' }] },
    { op: 'add', value: { emails: [emails[0] ?? null] } },
    { op: 'add', path: 'emails[type eq "work"].value', value: 'a' },
    { op: 'replace', path: 'emails', value: emails },
    { op: 'replace', path: 'name.familyName', value: 'J' },
    { op: 'add', path: 'title', value: null },
    { op: 'remove', path: 'nickName' },
    { op: 'remove', path: 'emails[value eq "nothing"]' },
    { op: 'replace', value: {} },
    { op: 'replace', path: 'name', value: {} },
  ])('%j changes nothing', (operation) => {
    const before = { emails, name: { familyName: 'J' } };
    expect(patched(before, operation)).toEqual({ ...before, isChanged: false });
  });

  test.each<[JsonValue, JsonObject]>([
    [
      { op: 'replace', path: 'name', value: { givenName: 'B' } },
      { name: { familyName: 'J', givenName: 'B' }, emails },
    ],
    [{ op: 'replace', path: 'name', value: { familyName: null } }, { emails }],
    [
      { op: 'replace', value: { name: { givenName: 'B' } } },
      { name: { familyName: 'J', givenName: 'B' }, emails },
    ],
    [
      { op: 'replace', path: 'emails', value: [{ value: 'c' }] },
      { name: { familyName: 'J' }, emails: [{ value: 'c' }] },
    ],
    [
      { op: 'replace', value: { emails: [{ value: 'c' }] } },
      { name: { familyName: 'J' }, emails: [{ value: 'c' }] },
    ],
    [{ op: 'replace', path: 'emails', value: [] }, { name: { familyName: 'J' } }],
    [
      { op: 'replace', path: 'phoneNumbers', value: [{ value: '1' }] },
      { name: { familyName: 'J' }, emails, phoneNumbers: [{ value: '1' }] },
    ],
    [
      { op: 'replace', path: 'emails.type', value: 'x' },
      { name: { familyName: 'J' }, emails: emails.map((email) => ({ ...email, type: 'x' })) },
    ],
    [
      { op: 'replace', path: 'phoneNumbers.value', value: '1' },
      { name: { familyName: 'J' }, emails, phoneNumbers: [{ value: '1' }] },
    ],
    [
      { op: 'remove', path: 'emails[type eq "work"].value' },
      { name: { familyName: 'J' }, emails: [emails[1] ?? {}] },
    ],
    [
      { op: 'remove', path: 'emails', value: [{ value: 'A' }] },
      { name: { familyName: 'J' }, emails: [emails[1] ?? {}] },
    ],
    [
      { op: 'remove', path: 'emails', value: [] },
      { name: { familyName: 'J' }, emails },
    ],
    [{ op: 'remove', path: 'name' }, { emails }],
  ])('%j leaves %j', (operation, expected) => {
    const { isChanged: _, ...after } = patched({ emails, name: { familyName: 'J' } }, operation);
    expect(after).toEqual(expected);
  });

  test.each<[JsonValue, string]>([
    [{ op: 'replace', path: 'emails[type eq "other"].value', value: 'c' }, 'noTarget'],
    [{ op: 'replace', path: 'emails[type eq "other"]', value: { value: 'c' } }, 'noTarget'],
    [{ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '1' }, 'noTarget'],
    [{ op: 'add', path: 'emails[type eq "x" or type eq "y"].value', value: 'c' }, 'noTarget'],
    [{ op: 'remove' }, 'noTarget'],
    [{ op: 'remove', value: { title: 'x' } }, 'noTarget'],
    [{ op: 'remove', path: 'userName' }, 'mutability'],
    [{ op: 'replace', path: 'userName', value: '' }, 'mutability'],
    [{ op: 'remove', path: 'active' }, 'mutability'],
    [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }, 'mutability'],
    [{ op: 'remove', path: 'meta.created' }, 'mutability'],
    [{ op: 'replace', path: `${enterprise}:manager.displayName`, value: 'x' }, 'mutability'],
    [{ op: 'replace', path: 'nothing', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[type eq "work"', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[nothing eq "work"]', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'name[familyName eq "J"].givenName', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: '__proto__.x', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'constructor', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', value: { 'emails[type eq': 'x' } }, 'invalidPath'],
    [{ op: 'replace', value: { constructor: 'x' } }, 'invalidSyntax'],
    [{ op: 'replace', value: { 'constructor.prototype.x': 'x' } }, 'invalidSyntax'],
    [{ op: 'replace', value: 'x' }, 'invalidSyntax'],
    [{ op: 'move', path: 'title' }, 'invalidSyntax'],
    [{ op: 'add', path: 5, value: 'x' }, 'invalidSyntax'],
    [{ path: 'title', value: 'x' }, 'invalidSyntax'],
    ['x', 'invalidSyntax'],
    [{ op: 'add', path: 'title' }, 'invalidValue'],
    [{ op: 'replace', path: 'title', value: 5 }, 'invalidValue'],
    [{ op: 'replace', path: 'emails', value: emails.map((email) => ({ ...email, primary: true })) }, 'invalidValue'],
  ])('%j is %s', (operation, scimType) => {
    expect(refusalOfPatch({ emails }, operation)).toBe(scimType);
  });

  test('a message without its schema, without operations, or with 101 of them is refused', () => {
    expect(scimTypeOf(() => readUserPatch({ Operations: [{ op: 'remove', path: 'title' }] }))).toBe('invalidSyntax');
    expect(scimTypeOf(() => readUserPatch({ ...patchOf(), schemas: ['urn:x'] }))).toBe('invalidSyntax');
    expect(scimTypeOf(() => readUserPatch(patchOf()))).toBe('invalidSyntax');
    const many = Array.from({ length: 101 }, () => ({ op: 'remove', path: 'title' }));
    expect(scimTypeOf(() => readUserPatch(patchOf(...many)))).toBe('invalidValue');
    expect(readUserPatch(patchOf(...many.slice(1)))).toHaveLength(100);
  });

  test('the filters of a PATCH have 200 terms at most, and take no longer than a moment', () => {
    const filter = Array.from({ length: 100 }, (_, index) => `value co "z${index}"`).join(' or ');
    const many = (count: number) => Array.from({ length: count }, () => ({ op: 'remove', path: `emails[${filter}]` }));
    expect(scimTypeOf(() => readUserPatch(patchOf(...many(3))))).toBe('invalidPath');
    const long = Array.from({ length: 100 }, (_, index) => ({ value: `${'é'.repeat(1000)}${index}`, type: 'work' }));
    // By what takes the time, not by a clock: a value is folded a few times, not once for each of a hundred terms.
    const { normalize } = String.prototype;
    let normalized = 0;
    Reflect.set(String.prototype, 'normalize', function (this: string, form?: string): string {
      normalized += 1;
      return Reflect.apply(normalize, this, [form]);
    });
    try {
      expect(patched({ emails: long }, ...many(2))['isChanged']).toBe(false);
    } finally {
      Reflect.set(String.prototype, 'normalize', normalize);
    }
    expect(normalized).toBeLessThanOrEqual(10 * long.length);
  });

  test('an attribute of an extension adds its URN to schemas', () => {
    const { isChanged: _, ...after } = patched(
      { userName: 'b' },
      { op: 'add', path: `${enterprise}:department`, value: 'IT' },
    );
    const user = {
      id: 'usr_1',
      externalId: null,
      active: true,
      createdAt: new Date(0),
      lastModified: new Date(0),
      version: 1,
    };
    const presented = presentUser(
      { ...user, attributes: stored(after), groups: [] },
      { baseUrl: '', projection: wholeResource },
    );
    expect(presented).toMatchObject({ schemas: [core, enterprise], [enterprise]: { department: 'IT' } });
  });

  test('a member that is none is removed like any other, and a group keeps its name', () => {
    expect(readGroupPatch(patchOf({ op: 'remove', path: 'members[value eq "unknown"]' }))).toEqual([
      { kind: 'remove_members', ids: ['unknown'] },
    ]);
    expect(scimTypeOf(() => readGroupPatch(patchOf({ op: 'remove', path: 'displayName' })))).toBe('mutability');
  });

  test('what is stored is never changed in place', () => {
    const before = Object.freeze([Object.freeze({ value: 'a', type: 'work', primary: true })]);
    patched({ emails: before }, { op: 'add', path: 'emails', value: [{ value: 'c', primary: true }] });
    expect(before).toEqual([{ value: 'a', type: 'work', primary: true }]);
  });
});
