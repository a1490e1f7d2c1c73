import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { evaluate } from './filter/evaluate.ts';
import { parseFilter } from './filter/parse-filter.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { matchesEtag, toEtag } from './resources/etag.ts';
import { toListResponse } from './resources/list-response.ts';
import { presentUser, presentUserText } from './resources/present.ts';
import { isProjected, readProjection, wholeResource } from './resources/projection.ts';
import { maxNames, readListQuery, readSearchRequest } from './resources/search-request.ts';
import { compareSortKeys, sortKeyOf } from './resources/sort.ts';
import { findReference } from './schemas/find-reference.ts';
import { anyText, fullUsers } from './testing/generated.ts';
import { refusalOf, scimTypeOf } from './testing/refusal-of.ts';
import { readerOf } from './testing/resource-reader.ts';

/** The rules for reading that servers most often get wrong. */

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const barbara: JsonObject = {
  id: 'usr_1',
  externalId: 'Ext1',
  userName: 'bJensen@example.com',
  userType: 'Employee',
  name: { familyName: "O'Malley", givenName: 'Barbara' },
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  active: true,
  meta: { lastModified: '2011-05-13T04:42:34.000Z' },
  [enterprise]: { department: 'Tour Operations', manager: { value: 'usr_2' } },
};

const fits = (filter: string, user: JsonObject = barbara): boolean =>
  evaluate(parseFilter(filter, 'User'), readerOf(user));

const stored = (attributes: JsonObject): ReadonlyMap<string, JsonValue> => new Map(Object.entries(attributes));

describe('names and values (RFC 7644 §3.4.2.2, §3.10; RFC 7643 §2.1)', () => {
  test.each([
    'USERNAME EQ "bjensen@example.com"',
    `${core}:UserName eq "BJENSEN@example.com"`,
    `${core.toUpperCase()}:userName sw "bj"`,
    'Emails[TYPE eq "WORK" And Value Sw "BJ"]',
    `${enterprise}:MANAGER.Value eq "usr_2"`,
    `URN:ietf:params:scim:schemas:extension:Enterprise:2.0:user:department co "tour"`,
    'name.FamilyName co "o\'malley"',
  ])('%s: names, URNs and operators in any letter case', (filter) => {
    expect(fits(filter)).toBe(true);
  });

  test.each([
    ['userName eq "BJENSEN@EXAMPLE.COM"', true],
    ['emails.value eq "BABS@jensen.org"', true],
    ['emails.type eq "HOME"', true],
    ['id eq "USR_1"', false],
    ['externalId eq "ext1"', false],
    ['externalId eq "Ext1"', true],
  ])('%s: caseExact decides: %s', (filter, expected) => {
    expect(fits(filter)).toBe(expected);
  });
});

describe('precedence and operators (RFC 7644 §3.4.2.2)', () => {
  const [yes, no] = ['userType pr', 'title pr'];
  test.each([
    [`${yes} or ${no} and ${no}`, true],
    [`(${yes} or ${no}) and ${no}`, false],
    [`not (${no}) and ${no} or ${yes}`, true],
    [`not (${yes} or ${no})`, false],
    [`not (${no} and ${yes}) and ${yes}`, true],
    [`not(${no})`, true],
    ['not (emails co "example.com" or emails co "nowhere")', false],
  ])('%s is %s', (filter, expected) => {
    expect(fits(filter)).toBe(expected);
  });

  test.each([
    'active gt true',
    'active co "tr"',
    'emails.primary sw "t"',
    'x509Certificates.value gt "MII"',
    'meta.created co "2011"',
    'meta.lastModified gt "yesterday"',
    'userName xx "a"',
    'userName eq',
    'userName eq "a" and',
    'userName',
    'nothing eq "a"',
    'userName eq 5',
    'active eq 1',
    'name eq "a"',
    'userName gt null',
    'not userName pr',
    'a.b.c pr',
    'emails[type[value pr]]',
    'userName[value pr]',
    'userName eq bob',
    "userName eq 'bob'",
    'userName eq "a',
    'userName eq "\\x"',
    '',
    ' ',
    '()',
    'userName eq "a" "b"',
    'userName eq "\u0000"',
    'userName eq "\\u0000"',
    'userName eq "\\ud800"',
  ])('%j is invalidFilter, and no list without a filter', (filter) => {
    expect(refusalOf(() => parseFilter(filter, 'User'))).toMatchObject({ status: 400, scimType: 'invalidFilter' });
  });

  test('an error has the position and what is expected there, and of what was sent only the name of an attribute', () => {
    const details = [
      'userName eq "secret" und title pr',
      'userName xx "secret"',
      'active gt "secret"',
      'favouriteColour eq "secret"',
    ].map((filter) => refusalOf(() => parseFilter(filter, 'User'))?.detail);
    expect(details).toEqual([
      "The filter is not valid at character 22: expected 'and', 'or', or the end.",
      "The filter is not valid at character 10: expected 'pr' or an operator (eq, ne, co, sw, ew, gt, ge, lt or le).",
      'The filter is not valid at character 8: active cannot be compared by gt, only by eq, ne and pr.',
      'The filter is not valid at character 1: a User has no attribute "favouriteColour" (see /Schemas).',
    ]);
  });
});

describe('several values (RFC 7644 §3.4.2.2)', () => {
  test.each([
    ['emails[type eq "work" and value co "jensen.org"]', false],
    ['emails[type eq "home" and value co "jensen.org"]', true],
    ['emails.type eq "work" and emails.value co "jensen.org"', true],
    ['emails co "jensen.org"', true],
    ['emails[type eq "work"].value eq "bjensen@example.com"', true],
    ['emails[type eq "work"].value eq "babs@jensen.org"', false],
    ['emails[not (type eq "work")]', true],
    ['emails[primary eq false]', true],
    ['emails[primary pr and type eq "home"]', false],
    ['emails ne "babs@jensen.org"', false],
    ['emails ne "other@example.com"', true],
    ['phoneNumbers ne "1"', true],
    ['phoneNumbers pr', false],
    ['emails pr', true],
    ['emails.display pr', false],
    [`${enterprise} pr`, true],
    ['emails eq null', false],
    ['phoneNumbers eq null', true],
    ['name[familyName eq "O\'Malley" and givenName eq "Barbara"]', true],
  ])('%s is %s', (filter, expected) => {
    expect(fits(filter)).toBe(expected);
  });

  test.each([{}, { emails: [] }, { emails: null }, { emails: [{}] }, { emails: [{ value: '' }] }])(
    'null, absent and empty are one state: %j (RFC 7643 §2.5)',
    (user) => {
      expect(fits('emails pr', user)).toBe(false);
      expect(fits('emails eq null', user)).toBe(true);
      expect(fits('emails co "a"', user)).toBe(false);
    },
  );
});

test.each([
  ['gt', '2011-05-13T04:42:33Z', true],
  ['gt', '2011-05-13T04:42:34Z', false],
  ['ge', '2011-05-13T06:42:34+02:00', true],
  ['lt', '2011-05-13T04:42:34.001Z', true],
  ['eq', '2011-05-13T04:42:34.000000Z', true],
])('times are compared as moments: lastModified %s %s is %s', (operator, time, expected) => {
  expect(fits(`meta.lastModified ${operator} "${time}"`)).toBe(expected);
});

describe('pages (RFC 7644 §3.4.2.4)', () => {
  const page = (query: string) => {
    const { startIndex, count } = readListQuery(new URLSearchParams(query), 'User');
    return [startIndex, count];
  };

  test.each([
    ['', [1, 100]],
    ['startIndex=0', [1, 100]],
    ['startIndex=-7&count=-1', [1, 0]],
    ['startIndex=101&count=100', [101, 100]],
    ['count=0', [1, 0]],
    ['count=5000', [1, 200]],
    ['STARTINDEX=3&Count=2', [3, 2]],
    ['startIndex=&count=', [1, 100]],
  ])('%s asks for %j', (query, expected) => {
    expect(page(query)).toEqual(expected);
  });

  test.each(['startIndex=a', 'count=1.5', 'count=1e3', 'count=99999999999999999999'])('%s is invalidValue', (query) => {
    expect(scimTypeOf(() => page(query))).toBe('invalidValue');
  });

  test('numbers of an answer are numbers, and itemsPerPage is what the page really has', () => {
    expect(toListResponse({ totalResults: 2, startIndex: 101, resources: [] })).toMatchObject({
      totalResults: 2,
      startIndex: 101,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  test('a search has the same rules as a query, and says that it is one', () => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'];
    expect(readSearchRequest({ schemas, STARTINDEX: 0, count: '5', filter: null }, 'User')).toMatchObject({
      startIndex: 1,
      count: 5,
      filter: null,
    });
    expect(scimTypeOf(() => readSearchRequest({ startIndex: 1 }, 'User'))).toBe('invalidSyntax');
    expect(scimTypeOf(() => readSearchRequest({ schemas, count: true }, 'User'))).toBe('invalidValue');
    expect(scimTypeOf(() => readSearchRequest({ schemas, attributes: [1] }, 'User'))).toBe('invalidValue');
    for (const name of ['attributes', 'excludedAttributes']) {
      const named = (count: number) => Array.from({ length: count }, () => 'title');
      const queryOf = (count: number) => new URLSearchParams({ [name]: named(count).join(',') });
      expect(scimTypeOf(() => readSearchRequest({ schemas, [name]: named(maxNames + 1) }, 'User'))).toBe(
        'invalidValue',
      );
      expect(scimTypeOf(() => readListQuery(queryOf(maxNames + 1), 'User'))).toBe('invalidValue');
      expect(scimTypeOf(() => readListQuery(queryOf(maxNames), 'User'))).toBeNull();
    }
  });
});

describe('sorting (RFC 7644 §3.4.2.3)', () => {
  const sorted = (query: string, users: readonly JsonObject[]): JsonValue[] => {
    const { sortBy, sortOrder } = readListQuery(new URLSearchParams(query), 'User');
    const keyOf = (user: JsonObject) => (sortBy === null ? null : sortKeyOf(sortBy, readerOf(user)));
    return users
      .toSorted((one, other) => compareSortKeys(keyOf(one), keyOf(other), sortOrder))
      .map(({ id }) => id ?? null);
  };
  const users: JsonObject[] = [
    { id: 'none' },
    { id: 'b', title: 'B', emails: [{ value: 'z' }, { value: 'a', primary: true }], [enterprise]: { department: 'x' } },
    { id: 'a', title: 'a', emails: [{ value: 'c' }, { value: 'b' }], [enterprise]: { department: 'y' } },
  ];

  test.each([
    ['sortBy=title', ['a', 'b', 'none']],
    ['sortBy=title&sortOrder=descending', ['none', 'b', 'a']],
    ['sortBy=emails', ['b', 'a', 'none']],
    ['sortBy=emails.value&sortOrder=DESCENDING', ['none', 'a', 'b']],
    [`sortBy=${enterprise}:department`, ['b', 'a', 'none']],
  ])(
    '%s: missing values last ascending and first descending, several by the primary or the first',
    (query, expected) => {
      expect(sorted(query, users)).toEqual(expected);
    },
  );

  test.each(['sortBy=nothing', 'sortBy=name', 'sortBy=password', 'sortBy=title&sortOrder=up'])(
    '%s is invalidValue',
    (query) => {
      expect(scimTypeOf(() => sorted(query, users))).toBe('invalidValue');
    },
  );
});

describe('what is returned (RFC 7644 §3.9, RFC 7643 §7)', () => {
  const user = {
    id: 'usr_1',
    externalId: 'Ext1',
    active: true,
    createdAt: new Date(0),
    lastModified: new Date(1000),
    version: 3,
    attributes: stored({
      userName: 'b',
      name: { familyName: 'J', givenName: 'B' },
      emails: [{ value: 'a', type: 'work' }],
      [enterprise]: { department: 'IT', manager: { value: 'usr_2' } },
    }),
    groups: [{ id: 'grp_1', displayName: 'G' }],
  };
  const presented = (attributes: string[] | undefined, excludedAttributes: string[] | undefined): JsonObject =>
    presentUser(user, {
      baseUrl: 'https://x/scim',
      projection: readProjection({ attributes, excludedAttributes }, 'User'),
    });

  test('id and schemas are always returned', () => {
    expect(
      presented(undefined, ['id', 'schemas', 'meta', 'groups', 'name', 'emails', 'externalId', enterprise]),
    ).toEqual({
      schemas: [core],
      id: 'usr_1',
      userName: 'b',
      active: true,
    });
    expect(presented([], undefined)).toEqual({ schemas: [core], id: 'usr_1' });
    expect(presented(['nothing'], undefined)).toEqual({ schemas: [core], id: 'usr_1' });
  });

  test('a user as text is the same user, whole or in part, and no value of theirs ends it early', () => {
    const names = fc.option(fc.subarray(['id', 'externalId', 'name.givenName', 'emails', 'meta', enterprise]), {
      nil: undefined,
      freq: 1,
    });
    fc.assert(
      fc.property(fullUsers, anyText, names, names, (attributes, title, only, except) => {
        const { meta: _meta, active: _active, ...others } = attributes;
        const values = new Map<string, JsonValue>(Object.entries({ ...others, externalId: '"}', title }));
        const texts = new Map([...values].map(([name, value]) => [name, JSON.stringify(value)]));
        const known = { ...user, externalId: '"}', attributes: values, texts };
        const projection = readProjection({ attributes: only, excludedAttributes: except }, 'User');
        const presentation = { baseUrl: 'https://x/scim', projection };
        const text = presentUserText(known, presentation);
        expect(JSON.parse(text)).toEqual(presentUser(known, presentation));
        expect(text.split('"externalId":').length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('names are in any letter case, of sub-attributes and with their URNs', () => {
    expect(
      presented(['NAME.familyname', 'emails.Value', `${enterprise}:Manager.value`, `${core}:username`], undefined),
    ).toEqual({
      schemas: [core, enterprise],
      id: 'usr_1',
      userName: 'b',
      name: { familyName: 'J' },
      emails: [{ value: 'a' }],
      [enterprise]: { manager: { value: 'usr_2' } },
    });
    expect(presented([enterprise], [`${enterprise}:manager`])).toMatchObject({ [enterprise]: { department: 'IT' } });
    expect(presented(undefined, ['emails.type', 'meta.location'])['emails']).toEqual([{ value: 'a' }]);
  });

  test('a password is never returned, filtered by or sorted by', () => {
    expect(presented(['password'], undefined)).toEqual({ schemas: [core], id: 'usr_1' });
    for (const filter of [
      'password pr',
      'PASSWORD eq "a"',
      `${core}:password sw "a"`,
      'userName pr or not (password pr)',
    ])
      expect(refusalOf(() => parseFilter(filter, 'User'))?.scimType).toBe('invalidFilter');
    expect(findReference('password', 'User')?.attribute?.returned).toBe('never');
  });

  test('a projection says beforehand what has to be read', () => {
    const projection = readProjection({ attributes: ['name.familyName'] }, 'User');
    expect(['id', 'name', 'emails', enterprise].map((name) => isProjected(projection, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const except = readProjection({ excludedAttributes: ['emails', 'name.familyName', enterprise] }, 'User');
    expect(['id', 'name', 'emails', enterprise].map((name) => isProjected(except, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isProjected(wholeResource, 'emails')).toBe(true);
  });

  test("the ETag is weak, the same in meta.version, and matched with the escapes of the RFC's examples", () => {
    expect(presented(undefined, undefined)['meta']).toMatchObject({
      version: toEtag(3),
      location: 'https://x/scim/Users/usr_1',
    });
    for (const header of ['W/"3"', '"3"', '*', 'W\\/"3"', '"1", W/"3"']) expect(matchesEtag(header, 3)).toBe(true);
    for (const header of ['W/"2"', '3', '', 'W/"33"', '"3']) expect(matchesEtag(header, 3)).toBe(false);
  });
});
