import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readBulk } from '../bulk/read-bulk.ts';
import type { JsonValue } from '../json.ts';
import { readGroupPatch } from '../patch/read-group-patch.ts';
import { readGroup, readUser } from '../resources/read-resource.ts';
import { readSearchRequest } from '../resources/search-request.ts';
import { formatFilter } from '../testing/format-filter.ts';
import { anyText, filters } from '../testing/generated.ts';
import { patchUser } from '../testing/patch-user.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { compareOperators } from './filter.ts';
import { parseFilter, parsePath } from './parse-filter.ts';

const hasAtMost = (text: string): boolean => text.length < 1_000 && (text.match(/ (?:and|or) /g) ?? []).length < 100;

test('a filter that is written and read again is the same filter', () => {
  let read = 0;
  const any = filters({ text: anyText, operators: compareOperators, not: 'any', depth: 3 });
  fc.assert(
    fc.property(any, (filter) => {
      const text = formatFilter(filter);
      if (!hasAtMost(text)) return;
      read += 1;
      expect(parseFilter(text, 'User')).toEqual(filter);
    }),
    { numRuns: 500 },
  );
  expect(read).toBeGreaterThan(450);
});

test('letter case of names and operators, and further spaces, change nothing', () => {
  const any = filters({ text: fc.constant('x'), operators: compareOperators, not: 'any', depth: 2 });
  fc.assert(
    fc.property(any, fc.boolean(), (filter, isUpper) => {
      const text = formatFilter(filter);
      const other = text.replaceAll(/"[^"]*"|[a-zA-Z]+| /g, (part) =>
        part === ' ' ? '  ' : part.startsWith('"') ? part : isUpper ? part.toUpperCase() : part.toLowerCase(),
      );
      expect(parseFilter(` ${other} `, 'User')).toEqual(filter);
    }),
    { numRuns: 500 },
  );
});

const hostile = fc.constantFrom(
  '(',
  ')',
  '[',
  ']',
  '"',
  '\\',
  ' ',
  '.',
  ':',
  'not',
  'and',
  'or',
  'eq',
  'pr',
  'emails',
  'value',
  'userName',
  'urn:',
  '__proto__',
  'constructor',
  'true',
  '1',
  '"a"',
  '\u0000',
  'ß',
  '\ud800',
  '$ref',
);

test('any text is a filter and a path, or is refused as one', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(hostile).map((parts) => parts.join('')),
      ),
      (text) => {
        const filter = refusalOf(() => parseFilter(text, 'User'));
        const path = refusalOf(() => parsePath(text, 'Group'));
        for (const [refusal, scimType] of [
          [filter, 'invalidFilter'],
          [path, 'invalidPath'],
        ] as const)
          if (refusal !== null) expect(refusal).toMatchObject({ status: 400, scimType });
        if (filter !== null) refused += 1;
      },
    ),
    { numRuns: 1_500 },
  );
  expect(refused).toBeGreaterThan(1_200);
});

test.each<[string, string]>([
  ['20,000 parentheses', '('.repeat(20_000)],
  ['1,000 ors', Array.from({ length: 1_001 }, () => 'id pr').join(' or ')],
  ['31 parentheses', `${'('.repeat(31)}id pr${')'.repeat(31)}`],
  ['31 nots', `${'not ('.repeat(31)}id pr${')'.repeat(31)}`],
  ['101 terms', Array.from({ length: 101 }, () => 'id pr').join(' or ')],
  ['4,001 bytes', `id eq "${'ä'.repeat(1_997)}"`],
  ['an open text of quotes', `id eq "${'\\"'.repeat(1_990)}`],
  ['brackets', 'emails['.repeat(500)],
])('%s are refused', (_, text) => {
  expect(refusalOf(() => parseFilter(text, 'User'))?.scimType).toBe('invalidFilter');
  expect(refusalOf(() => parsePath(text, 'User'))?.scimType).toBe('invalidPath');
});

test.each<[string, string]>([
  ['30 parentheses', `${'('.repeat(30)}id pr${')'.repeat(30)}`],
  ['100 terms', Array.from({ length: 100 }, () => 'id pr').join(' or ')],
  ['parentheses and words within text', `id eq "${'( and or ['.repeat(200)}"`],
  ['18 terms of two by and', Array.from({ length: 18 }, () => '(id pr or title pr)').join(' and ')],
])('%s are within the limits', (_, text) => {
  expect(refusalOf(() => parseFilter(text, 'User'))).toBeNull();
});

const names = fc.constantFrom(
  'schemas',
  'Operations',
  'op',
  'path',
  'value',
  'userName',
  'emails',
  'name',
  'active',
  'members',
  'displayName',
  '__proto__',
  'constructor',
  'type',
  'primary',
  '$ref',
  'method',
  'bulkId',
  'data',
  'filter',
  'count',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
);
const leaves = fc.oneof(
  fc.constantFrom(
    'add',
    'Replace',
    'remove',
    'members',
    'emails[type eq "work"].value',
    'bulkId:a',
    '/Users',
    'POST',
    null,
    true,
    'True',
    [],
    {},
  ),
  fc.string(),
  fc.double({ noNaN: true }),
);

const documents: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue; object: JsonValue }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaves, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  // As JSON is read: `__proto__` is a member like any other.
  object: fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
})).value;

const messages = ['PatchOp', 'BulkRequest', 'SearchRequest'].map(
  (name) => `urn:ietf:params:scim:api:messages:2.0:${name}`,
);

test('any JSON is a resource, a patch, a bulk request and a search, or is refused as one, and no prototype changes', () => {
  let accepted = 0;
  fc.assert(
    fc.property(documents, fc.array(documents, { maxLength: 3 }), (document, operations) => {
      const message = { schemas: messages, Operations: operations };
      const reads = [
        () => readUser(document),
        () => readGroup(document),
        () => patchUser(new Map(), message),
        () => readGroupPatch(message),
        () => readBulk(message),
        () => readSearchRequest({ schemas: messages, filter: document, attributes: document }, 'User'),
      ];
      for (const read of reads) {
        const refusal = refusalOf(read);
        if (refusal === null) accepted += 1;
        else expect(refusal.status).toBeLessThan(500);
      }
    }),
    { numRuns: 1_500 },
  );
  expect(accepted).toBeGreaterThan(100);
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(12);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
