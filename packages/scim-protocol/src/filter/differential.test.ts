import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as parseFilterLibrary from 'scim2-parse-filter';
import SCIMMY from 'scimmy';

import type { JsonObject } from '../json.ts';
import { isMisjudgedByParseFilter, isMisjudgedByScimmy } from '../testing/filter-faults.ts';
import { formatFilter } from '../testing/format-filter.ts';
import { enterprise, filters, fullUsers, plainWords, users } from '../testing/generated.ts';
import { readerOf } from '../testing/resource-reader.ts';
import { evaluate } from './evaluate.ts';
import { compareOperators, type Filter } from './filter.ts';
import { parseFilter } from './parse-filter.ts';

/** Other people's filters judge ours, wherever they are right. Their faults are tests too, so that this list can shrink. */

const any = filters({ text: plainWords, operators: compareOperators, not: 'any', depth: 2 });

const judgeOurs = (text: string, user: JsonObject): boolean => evaluate(parseFilter(text, 'User'), readerOf(user));

const tester = new parseFilterLibrary.Tester();
const judgeByParseFilter = (text: string, user: JsonObject): boolean =>
  tester.test(user, parseFilterLibrary.parse(text));

const judgeByScimmy = (text: string, user: JsonObject): boolean =>
  new SCIMMY.Types.Filter(text).match([structuredClone(user)]).length === 1;

/** Our filter in the form of scim2-parse-filter's. */
function asParseFilter(filter: Filter, prefix = ''): parseFilterLibrary.Filter {
  const nameOf = (key: string): string => key.slice(prefix.length);
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { op: filter.kind, filters: filter.terms.map((term) => asParseFilter(term, prefix)) };
    case 'not':
      return { op: 'not', filter: asParseFilter(filter.term, prefix) };
    case 'present':
      return { op: 'pr', attrPath: nameOf(filter.reference.key) };
    case 'compare':
      return { op: filter.operator, attrPath: nameOf(filter.reference.key), compValue: filter.value };
    case 'values':
      return {
        op: '[]',
        attrPath: filter.reference.key,
        valFilter: asParseFilter(filter.filter, `${filter.reference.key}.`),
      };
  }
}

interface Compared {
  of: fc.Arbitrary<JsonObject>;
  judge: (text: string, user: JsonObject) => boolean;
  isMisjudged: (filter: Filter) => boolean;
  runs: number;
}

/** Counts the cases in which both said yes, and no: a comparison that is always one of them proves little. */
function compareJudges({ of, judge, isMisjudged, runs }: Compared): { yes: number; no: number } {
  const counts = { yes: 0, no: 0 };
  fc.assert(
    fc.property(any, of, (filter, user) => {
      if (isMisjudged(filter)) return;
      const text = formatFilter(filter);
      const ours = judgeOurs(text, user);
      expect({ text, user, fits: judge(text, user) }).toEqual({ text, user, fits: ours });
      counts[ours ? 'yes' : 'no'] += 1;
    }),
    { numRuns: runs },
  );
  return counts;
}

test('scim2-parse-filter reads the same terms, nested alike', () => {
  fc.assert(
    fc.property(any, (filter) => {
      expect(parseFilterLibrary.parse(formatFilter(filter))).toEqual(asParseFilter(filter));
    }),
    { numRuns: 1_000 },
  );
});

test('scim2-parse-filter finds the same users', () => {
  const { yes, no } = compareJudges({
    of: users,
    judge: judgeByParseFilter,
    isMisjudged: isMisjudgedByParseFilter,
    runs: 1_000,
  });
  expect(yes).toBeGreaterThan(200);
  expect(no).toBeGreaterThan(200);
});

test('scimmy finds the same users', () => {
  const { yes, no } = compareJudges({
    of: fullUsers,
    judge: judgeByScimmy,
    isMisjudged: isMisjudgedByScimmy,
    runs: 1_500,
  });
  expect(yes).toBeGreaterThan(200);
  expect(no).toBeGreaterThan(200);
});

const attempt = (run: () => boolean): boolean | 'error' => {
  try {
    return run();
  } catch {
    return 'error';
  }
};

const user: JsonObject = {
  userName: 'bob',
  title: 'a',
  emails: [
    { value: 'x', type: 'home' },
    { value: 'y', type: 'work' },
  ],
};

describe('faults of scim2-parse-filter 0.2.10', () => {
  test.each<[string, string, JsonObject, boolean, boolean | 'error']>([
    ['terms in brackets hold for different values', 'emails[type eq "home" and value eq "y"]', user, false, true],
    ['not in brackets is about all values', 'emails[not (type eq "home")]', user, true, false],
    ['text is compared in its letter case', 'userName eq "BOB"', user, true, false],
    ['an absent attribute is never unequal', 'nickName ne "a"', user, true, false],
    ['an attribute with several values is unequal where one of them is', 'emails.value ne "x"', user, false, true],
    ['a complex attribute is not compared by its value', 'emails co "x"', user, true, false],
    ['a backslash at the end of text', 'title eq "a\\\\"', { title: 'a\\' }, true, 'error'],
    ['an escaped character stays escaped', 'title eq "\\u00e9"', { title: 'é' }, true, false],
    ['a value behind brackets becomes a term of its own', 'emails[type eq "home"].value eq "y"', user, false, true],
    ['an extension as a whole', `${enterprise} pr`, { [enterprise]: { department: 'b' } }, true, false],
    ['an empty list is present', 'emails pr', { emails: [] }, false, true],
  ])('%s', (_, filter, resource, ...verdicts) => {
    const [right, found] = verdicts;
    expect(judgeOurs(filter, resource)).toBe(right);
    expect(attempt(() => judgeByParseFilter(filter, resource))).toBe(found);
  });

  test('it accepts nested brackets and names of three parts', () => {
    for (const filter of ['emails[type[value pr]]', 'a.b.c pr']) expect(parseFilterLibrary.parse(filter)).toBeDefined();
  });

  test('it has no limit of depth', () => {
    expect(() => parseFilterLibrary.parse('('.repeat(20_000))).toThrow(RangeError);
  });
});

describe('faults of scimmy 1.3.5', () => {
  test.each<[string, string, JsonObject, boolean, boolean | 'error']>([
    ['not of several terms is read as of each', 'not (title eq "a" or title eq "b")', { title: 'a' }, false, true],
    ['not of not', 'not (not (title pr))', user, true, 'error'],
    ['not of one of several values', 'not (emails.value eq "x")', user, false, true],
    ['not within parentheses', 'title pr and (title pr and not (title eq "x"))', user, true, 'error'],
    ['several groups', '(title eq "x" or userName pr) and title pr and title eq "x"', user, false, true],
    [
      'an attribute of an extension',
      `${enterprise}:department ge "a"`,
      { [enterprise]: { department: 'b' } },
      true,
      false,
    ],
    ['an attribute with several values is not present', 'emails pr', user, true, 'error'],
    ['a sub-attribute of an absent attribute', 'name.familyName eq "a"', user, false, 'error'],
    ['a quotation mark within text', 'title eq "a\\"b"', { title: 'a"b' }, true, 'error'],
  ])('%s', (_, filter, resource, ...verdicts) => {
    const [right, found] = verdicts;
    expect(judgeOurs(filter, resource)).toBe(right);
    expect(attempt(() => judgeByScimmy(filter, resource))).toBe(found);
  });

  test('it accepts a filter without a value, and one that ends in and', () => {
    for (const filter of ['userName eq', 'userName eq "a" and'])
      expect(() => new SCIMMY.Types.Filter(filter)).not.toThrow();
  });
});
