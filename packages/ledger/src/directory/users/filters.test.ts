import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { evaluate } from '@keycourier/scim-protocol/filter/evaluate';
import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { wholeResource } from '@keycourier/scim-protocol/resources/projection';
import { findReference } from '@keycourier/scim-protocol/schemas/find-reference';
import { enterpriseUrn } from '@keycourier/scim-protocol/schemas/schemas';
import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, reading, write } from '../../testing/sample-directory.ts';
import type { Connection } from '../connections/connection.ts';
import { createGroup } from '../groups/create-group.ts';
import { compileUserFilter } from './compile-filter.ts';
import { createUser } from './create-user.ts';
import { listUsers } from './list-users.ts';
import { readUser, type StoredUser } from './read-user.ts';
import { readerOf } from './scan-people.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let okta: Connection;
let people: StoredUser[];
let group: string;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  okta = await aConnection(ledger);
  const ids: string[] = [];
  for (const [index, name] of ['Anna', 'anne', 'Bert', 'Ärger', 'straße', 'x y'].entries())
    ids.push(
      idOf(
        await write(ledger, by(okta), (scope) =>
          createUser(
            scope,
            aUser(`${name}@x.example`, {
              externalId: index % 2 === 0 ? `Ext${index}` : null,
              active: index !== 2,
              attributes: new Map<string, JsonValue>([
                ...(index % 3 === 0 ? [['title', 'Dr'] as const] : []),
                ...(index % 2 === 0 ? [['name', { familyName: name, givenName: 'G' }] as const] : []),
                [
                  'emails',
                  index === 4
                    ? []
                    : [
                        { value: `${name}@x.example`, type: 'work', primary: true },
                        { value: 'home@x.example', type: index % 2 === 0 ? 'home' : 'other' },
                      ],
                ] as const,
                [enterpriseUrn, { employeeNumber: `N${index}`, department: index < 3 ? 'IT' : 'HR' }] as const,
              ]),
            }),
          ),
        ),
      ),
    );
  const created = await write(ledger, by(okta), (scope) =>
    createGroup(scope, { displayName: 'Staff', externalId: null, members: ids.slice(0, 2) }),
  );
  group = idOf(created);
  const users = await Promise.all(ids.map((id) => readUser(reading(ledger, by(okta)), id)));
  people = users.filter((user) => user !== null);
});

const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
const names = [
  'userName',
  'externalId',
  'id',
  'title',
  'name.familyName',
  'emails',
  'emails.type',
  'displayName',
  'groups.value',
  `${enterpriseUrn}:employeeNumber`,
  `${enterpriseUrn}:department`,
  'meta.lastModified',
  'meta.version',
  'schemas',
];
const values = [
  'anna@x.example',
  'ANNE@X.EXAMPLE',
  'ä',
  'STRASSE@x.example',
  'an',
  'home@x.example',
  'home',
  'Ext0',
  'ext0',
  'Dr',
  'N1',
  'IT',
  'x',
  '',
  enterpriseUrn,
];

/** A generator with a seed, so that a failure can be repeated. */
function generator(seed: number) {
  let state = seed;
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  const leaf = (): string => {
    const kind = below(8);
    if (kind === 0) return `${pick(names)} pr`;
    if (kind === 1) return `active ${pick(['eq', 'ne'])} ${pick(['true', 'false'])}`;
    if (kind === 2)
      return `emails[type eq "${pick(['work', 'home'])}" ${pick(['and', 'or'])} ${pick(['', 'not '])}(value ${pick(['eq', 'ne', 'co'])} "${pick(['home@x.example', 'anna@x.example'])}")]`;
    if (kind === 3) return `meta.created ${pick(['gt', 'le', 'eq', 'ne'])} "2020-01-01T00:00:00Z"`;
    const name = pick(names);
    if (name === 'meta.lastModified') return `${name} ${pick(['ge', 'lt', 'ne'])} "2099-01-01T00:00:00Z"`;
    const value = name === 'id' || name === 'groups.value' ? pick([group, people[0]?.id ?? '', 'usr_']) : pick(values);
    return `${name} ${pick(operators)} "${value}"`;
  };
  const filter = (depth: number): string => {
    const kind = depth === 0 ? 3 : below(5);
    if (kind === 0) return `(${filter(depth - 1)} and ${filter(depth - 1)})`;
    if (kind === 1) return `(${filter(depth - 1)} or ${filter(depth - 1)})`;
    return kind === 2 ? `not (${filter(depth - 1)})` : leaf();
  };
  return filter;
}

describe('a filter compiled to SQL', () => {
  test('finds whom the pure evaluator finds, and its condition leaves none of them out, for 400 generated filters', async () => {
    const scope = reading(ledger, by(okta));
    const filter = generator(7);
    let [exact, some] = [0, 0];
    for (let index = 0; index < 400; index += 1) {
      const text = filter(3);
      const parsed = parseFilter(text, 'User');
      const expected = people.filter((user) => evaluate(parsed, readerOf(user))).map(({ id }) => id);
      const page = {
        sortBy: null,
        sortOrder: 'ascending',
        startIndex: 1,
        count: 50,
        projection: wholeResource,
      } as const;
      const found = await listUsers(scope, { ...page, filter: parsed });
      expect({ text, ids: found.users.map(({ id }) => id), total: found.totalResults }).toEqual({
        text,
        ids: expected,
        total: expected.length,
      });
      const { where, isExact } = compileUserFilter(scope, parsed);
      const { rows } = await sql<{ id: string }>`select id from people where ${where} order by id`.execute(ledger.db);
      if (isExact) expect({ text, ids: rows.map(({ id }) => id) }).toEqual({ text, ids: expected });
      exact += isExact ? 1 : 0;
      some += expected.length > 0 && expected.length < people.length ? 1 : 0;
    }
    expect(exact).toBeGreaterThan(100);
    expect(400 - exact).toBeGreaterThan(100);
    expect(some).toBeGreaterThan(100);
  });
});

describe('an order', () => {
  test.each([
    ['userName', 'ascending', ['Anna', 'anne', 'Bert', 'straße', 'x y', 'Ärger']],
    ['name.familyName', 'ascending', ['Anna', 'Bert', 'straße', 'anne', 'Ärger', 'x y']],
    ['name.familyName', 'descending', ['anne', 'Ärger', 'x y', 'straße', 'Bert', 'Anna']],
    ['id', 'descending', ['x y', 'straße', 'Ärger', 'Bert', 'anne', 'Anna']],
  ] as const)(
    'by %s, %s, has missing values where the RFC has them, page by page',
    async (by1, sortOrder, expected) => {
      const found: unknown[] = [];
      for (const startIndex of [1, 3, 5]) {
        const query = {
          filter: null,
          sortBy: findReference(by1, 'User'),
          sortOrder,
          startIndex,
          count: 2,
          projection: wholeResource,
        };
        const { users, totalResults } = await listUsers(reading(ledger, by(okta)), query);
        expect(totalResults).toBe(6);
        found.push(...users.map(({ attributes }) => attributes.get('userName')));
      }
      expect(found).toEqual(expected.map((name) => `${name}@x.example`));
    },
  );
});

describe('pages', () => {
  test('have all people once, from wherever they are read, and none behind the end', async () => {
    const page = (startIndex: number, count: number, filter: string | null = null) =>
      listUsers(reading(ledger, by(okta)), {
        filter: filter === null ? null : parseFilter(filter, 'User'),
        sortBy: null,
        sortOrder: 'ascending',
        startIndex,
        count,
        projection: wholeResource,
      });
    const all = people.map(({ id }) => id);
    for (const filter of [null, 'active eq true or active eq false', 'userName co "x"'])
      for (const count of [1, 2, 4, 6, 100])
        for (let startIndex = 1; startIndex <= 8; startIndex += 1) {
          const { users, totalResults } = await page(startIndex, count, filter);
          expect(totalResults).toBe(6);
          expect(users.map(({ id }) => id)).toEqual(all.slice(startIndex - 1, startIndex - 1 + count));
        }
    expect(await page(1, 0)).toEqual({ totalResults: 6, users: [] });
  });
});
