import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scimPatch } from 'scim-patch';
import SCIMMY from 'scimmy';

import type { JsonObject, JsonValue } from '../json.ts';
import { ScimError } from '../scim-error.ts';
import { patchOf, patchUser } from '../testing/patch-user.ts';

/** Other people's patches judge ours, wherever they are right. Their faults are tests too, so that this list can shrink. */

const word = fc.constantFrom('alpha', 'beta', 'gamma');
const type = fc.constantFrom('work', 'home', 'other');
const plain = { noNullPrototype: true } as const;
const emails = fc.uniqueArray(fc.record({ value: word, type }, plain), {
  minLength: 1,
  maxLength: 3,
  selector: (email) => email.type,
});
const change = fc.constantFrom('add', 'replace');

const users: fc.Arbitrary<JsonObject> = fc.record(
  { userName: word, title: word, name: fc.record({ familyName: word, givenName: word }, plain), emails },
  { ...plain, requiredKeys: ['userName'] },
);

interface Operation {
  op: string;
  path?: string;
  value?: JsonValue;
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record(
    { op: change, path: fc.constantFrom('title', 'nickName', 'name.givenName', 'userName'), value: word },
    plain,
  ),
  fc.record(
    { op: fc.constant('remove'), path: fc.constantFrom('title', 'nickName', 'name.givenName', 'emails') },
    plain,
  ),
  fc.record({ op: fc.constant('remove'), path: type.map((wanted) => `emails[type eq "${wanted}"]`) }, plain),
  fc.record({ op: change, path: type.map((wanted) => `emails[type eq "${wanted}"].value`), value: word }, plain),
  fc.record({ op: change, path: fc.constant('emails'), value: emails }, plain),
  fc.record({ op: change, path: fc.constant('name'), value: fc.record({ givenName: word }, plain) }, plain),
  fc.record(
    { op: change, value: fc.record({ title: word, nickName: word }, { ...plain, requiredKeys: ['title'] }) },
    plain,
  ),
);

/** What is left of a user, or how the patch was refused. What is empty is no value. */
type Outcome = JsonObject | string;

const withoutEmpty = (user: object): JsonObject => {
  const { schemas: _, meta: __, id: ___, ...rest }: Record<string, JsonValue> = JSON.parse(JSON.stringify(user));
  const entries = Object.entries(rest).filter(
    ([, value]) => typeof value !== 'object' || Object.keys(value ?? {}).length > 0,
  );
  return Object.fromEntries(entries);
};

function applyOurs(user: JsonObject, operations: readonly Operation[]): Outcome {
  const body = patchOf(...operations.map((one): JsonObject => ({ ...one })));
  try {
    return withoutEmpty(Object.fromEntries(patchUser(new Map(Object.entries(user)), body).stored));
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return error.scimType ?? 'error';
  }
}

const resourceOf = (user: JsonObject) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: '1',
  meta: { created: new Date(0), lastModified: new Date(0) },
  ...structuredClone(user),
});

const isChange = (op: string): op is 'add' | 'replace' => op === 'add' || op === 'replace';

function applyByScimPatch(user: JsonObject, operations: readonly Operation[]): Outcome {
  const raw = structuredClone(operations).map(({ op, path = '', value }) =>
    isChange(op) ? { op, ...(path === '' ? {} : { path }), value } : { op: 'remove' as const, path, value },
  );
  try {
    return withoutEmpty(scimPatch(resourceOf(user), raw));
  } catch (error) {
    return error instanceof Error && 'scimCode' in error ? String(error.scimCode) : 'error';
  }
}

async function applyByScimmy(user: JsonObject, operations: readonly Operation[]): Promise<Outcome> {
  const body = JSON.parse(JSON.stringify(patchOf(...operations.map((one): JsonObject => ({ ...one })))));
  try {
    const resource = new SCIMMY.Schemas.User(JSON.parse(JSON.stringify(resourceOf(user))), 'out');
    // It answers nothing where nothing changed.
    const patched = await new SCIMMY.Messages.PatchOp(body).apply(resource, (changed) => Promise.resolve(changed));
    return withoutEmpty(patched ?? user);
  } catch (error) {
    return error instanceof Error && 'scimType' in error ? String(error.scimType) : 'error';
  }
}

/** Whether operations are of a kind that a library gets wrong; each kind is a test below. */
const has = (operations: readonly Operation[], is: (operation: Operation) => boolean): boolean => operations.some(is);

const isFiltered = ({ path = '' }: Operation): boolean => path.includes('[');
const isMisappliedByScimPatch = (operations: readonly Operation[], outcome: Outcome): boolean =>
  outcome === 'noTarget' || has(operations, (one) => one.op === 'remove' && isFiltered(one));
const isMisappliedByScimmy = (operations: readonly Operation[]): boolean =>
  has(operations, (one) => one.op === 'replace' && one.path === 'name') ||
  has(operations, (one) => one.op === 'add' && isFiltered(one));

/** Both libraries can leave the same value twice, which they should not return (RFC 7643 §2.4). */
function isRepeating(outcome: Outcome): boolean {
  const values = typeof outcome === 'string' ? [] : (outcome['emails'] ?? []);
  const texts = Array.isArray(values) ? values.map((value) => JSON.stringify(value, ['type', 'value'])) : [];
  return new Set(texts).size < texts.length;
}

test('scim-patch and scimmy leave the same of a user', async () => {
  const compared = { scimPatch: 0, scimmy: 0, changed: 0 };
  const cases = fc.array(operation, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(users, cases, async (user, operations) => {
      const ours = applyOurs(user, operations);
      const [byScimPatch, byScimmy] = [applyByScimPatch(user, operations), await applyByScimmy(user, operations)];
      if (!isMisappliedByScimPatch(operations, ours) && !isRepeating(byScimPatch)) {
        expect(byScimPatch).toEqual(ours);
        compared.scimPatch += 1;
      }
      if (!isMisappliedByScimmy(operations) && !isRepeating(byScimmy)) {
        expect(byScimmy).toEqual(ours);
        compared.scimmy += 1;
      }
      if (JSON.stringify(ours) !== JSON.stringify(user)) compared.changed += 1;
    }),
    { numRuns: 200 },
  );
  expect(compared.scimPatch).toBeGreaterThan(85);
  expect(compared.scimmy).toBeGreaterThan(85);
  expect(compared.changed).toBeGreaterThan(100);
});

const bob: JsonObject = { userName: 'bob', emails: [{ value: 'a', type: 'home', primary: true }] };

describe('faults of scim-patch 0.8.3', () => {
  test.each<[string, JsonObject, Operation, Outcome, Outcome]>([
    [
      'a removal that fits no value is an error',
      { userName: 'bob' },
      { op: 'remove', path: 'emails[type eq "work"]' },
      { userName: 'bob' },
      'invalidSyntax',
    ],
    [
      'a replacement that fits no value makes one where there is none',
      { userName: 'bob' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'x' },
      'noTarget',
      { userName: 'bob', emails: [{ type: 'work', value: 'x' }] },
    ],
    [
      'what is required can be removed',
      bob,
      { op: 'remove', path: 'userName' },
      'mutability',
      { emails: bob['emails'] ?? [] },
    ],
    [
      'a second value can be primary',
      bob,
      { op: 'add', path: 'emails', value: [{ value: 'b', primary: true }] },
      {
        userName: 'bob',
        emails: [
          { value: 'a', type: 'home', primary: false },
          { value: 'b', primary: true },
        ],
      },
      {
        userName: 'bob',
        emails: [
          { value: 'a', type: 'home', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ],
    [
      'an attribute is known in one letter case alone',
      { userName: 'bob' },
      { op: 'add', path: 'TITLE', value: 'x' },
      { userName: 'bob', title: 'x' },
      { userName: 'bob', TITLE: 'x' },
    ],
  ])('%s', (_, user, one, ...outcomes) => {
    const [right, found] = outcomes;
    expect(applyOurs(user, [one])).toEqual(right);
    expect(applyByScimPatch(user, [one])).toEqual(found);
  });
});

describe('faults of scimmy 1.3.5', () => {
  test.each<[string, JsonObject, Operation, Outcome, Outcome]>([
    [
      'a replaced complex attribute loses the sub-attributes that are not named',
      { userName: 'bob', name: { familyName: 'a', givenName: 'b' } },
      { op: 'replace', path: 'name', value: { givenName: 'c' } },
      { userName: 'bob', name: { familyName: 'a', givenName: 'c' } },
      { userName: 'bob', name: { givenName: 'c' } },
    ],
    [
      'an addition that fits no value is an error',
      { userName: 'bob' },
      { op: 'add', path: 'emails[type eq "work"].value', value: 'x' },
      { userName: 'bob', emails: [{ type: 'work', value: 'x' }] },
      'noTarget',
    ],
    [
      'a value that is there already is added again',
      { userName: 'bob', emails: [{ value: 'a', type: 'work' }] },
      { op: 'add', path: 'emails', value: [{ value: 'a', type: 'work' }] },
      { userName: 'bob', emails: [{ value: 'a', type: 'work' }] },
      {
        userName: 'bob',
        emails: [
          { value: 'a', type: 'work' },
          { value: 'a', type: 'work' },
        ],
      },
    ],
    [
      'a replacement without a path adds',
      { userName: 'bob', emails: [{ value: 'a' }] },
      { op: 'replace', value: { emails: [{ value: 'b' }] } },
      { userName: 'bob', emails: [{ value: 'b' }] },
      { userName: 'bob', emails: [{ value: 'a' }, { value: 'b' }] },
    ],
  ])('%s', async (_, user, one, ...outcomes) => {
    const [right, found] = outcomes;
    expect(applyOurs(user, [one])).toEqual(right);
    expect(await applyByScimmy(user, [one])).toEqual(found);
  });
});
