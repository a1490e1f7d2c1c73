import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '@keycourier/scim-protocol/json';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';

import type { Ledger } from '../../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../../testing/connect-test-ledger.ts';
import {
  aConnection,
  aUser,
  by,
  byHand,
  directoryEvents,
  idOf,
  reading,
  write,
} from '../../testing/sample-directory.ts';
import { open } from '../../testing/sample-shipments.ts';
import type { ConnectionOptions } from '../connections/connection.ts';
import type { Origin } from '../scope.ts';
import { createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { patchUser } from './patch-user.ts';
import { readUser } from './read-user.ts';
import { replaceUser } from './replace-user.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let clock: { now: Date };
let name: string;
let tests = 0;
beforeAll(async () => {
  ({ ledger, clock } = await connectTestLedger());
});
beforeEach(() => {
  tests += 1;
  name = `user-${tests}@example.com`;
  clock.now = new Date(clock.now.getTime() + 1_000);
});

const connection = async (options: Partial<ConnectionOptions> = {}) => by(await aConnection(ledger, options));
const create = (origin: Origin, user: WrittenUser) => write(ledger, origin, (scope) => createUser(scope, user));
const put = (origin: Origin, id: string, user: WrittenUser) =>
  write(ledger, origin, (scope) => replaceUser(scope, { id }, user));
const patch = (origin: Origin, id: string, ...operations: JsonValue[]) =>
  write(ledger, origin, (scope) =>
    patchUser(
      scope,
      { id },
      readUserPatch({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }),
    ),
  );
const read = (origin: Origin, id: string) => readUser(reading(ledger, origin), id);
const ownerOf = async (id: string) => (await read(byHand(), id))?.owner;
const idOfOrigin = (origin: Origin) => (origin.kind === 'connection' ? origin.connection.id : 'manual');
const rename = (userName: string) => ({ op: 'replace', value: { userName } });

describe('PATCH of a user', () => {
  test('changes what it names, counts the version up once, and leaves the rest sealed as it was', async () => {
    const okta = await connection();
    const id = idOf(await create(okta, aUser(name, { attributes: new Map([['title', 'Dr']]) })));
    const before = await ledger.db.selectFrom('person_attributes').selectAll().where('person_id', '=', id).execute();
    clock.now = new Date(clock.now.getTime() + 1_000);
    const patched = await patch(
      okta,
      id,
      { op: 'add', path: 'name.familyName', value: 'Haddad' },
      { op: 'replace', path: 'active', value: 'False' },
      { op: 'remove', path: 'title' },
    );
    expect(patched).toEqual({ outcome: 'updated', id, claimed: false });
    const user = await read(okta, id);
    expect(user).toMatchObject({ version: 2, active: false, lastModified: clock.now });
    expect(user?.attributes.get('name')).toEqual({ familyName: 'Haddad' });
    expect(user?.attributes.has('title')).toBe(false);
    const after = await ledger.db.selectFrom('person_attributes').selectAll().where('person_id', '=', id).execute();
    for (const kept of ['emails', 'userName'])
      expect(after.find((row) => row.name === kept)).toEqual(before.find((row) => row.name === kept));
  });

  test('that changes nothing changes neither version nor time, in any order of its members', async () => {
    const okta = await connection();
    const emails = [
      { value: 'a@x.example', type: 'work', primary: true },
      { value: 'b@x.example', type: 'home' },
    ];
    const id = idOf(await create(okta, aUser(name, { attributes: new Map([['emails', emails]]) })));
    const before = await read(okta, id);
    const events = (await directoryEvents(ledger)).length;
    clock.now = new Date(clock.now.getTime() + 1_000);
    const turned = emails.toReversed().map((one) => Object.fromEntries(Object.entries(one).toReversed()));
    expect(await put(okta, id, aUser(name, { attributes: new Map([['emails', turned]]) }))).toMatchObject({
      outcome: 'unchanged',
    });
    expect(await patch(okta, id, rename(name), { op: 'add', path: 'emails', value: turned })).toMatchObject({
      outcome: 'unchanged',
    });
    expect(await read(okta, id)).toEqual(before);
    expect(await directoryEvents(ledger)).toHaveLength(events);
  });

  test('renames: the same id, found by the new name alone; a taken name is refused, in any letter case', async () => {
    const okta = await connection();
    const id = idOf(await create(okta, aUser(name)));
    const other = idOf(await create(okta, aUser(`other-${name}`)));
    expect(await patch(okta, id, rename(`New-${name}`), { op: 'add', path: 'title', value: 'X' })).toMatchObject({
      id,
    });
    expect(await patch(okta, other, { op: 'add', path: 'title', value: 'Y' }, rename(`NEW-${name}`))).toMatchObject({
      outcome: 'refused',
      status: 409,
      scimType: 'uniqueness',
    });
    expect((await read(okta, other))?.attributes.has('title')).toBe(false);
    expect(await create(okta, aUser(name))).toMatchObject({ outcome: 'created' });
    expect(await create(okta, aUser(`new-${name}`))).toMatchObject({ outcome: 'refused', reason: 'user_name_taken' });
  });
});

describe('an inactive user', () => {
  test('is restored under the same id by a create with the same name, in any letter case', async () => {
    const okta = await connection();
    const id = idOf(await create(okta, aUser(name)));
    await patch(okta, id, { op: 'replace', value: { active: false } });
    expect(await create(okta, aUser(name.toUpperCase()))).toEqual({ outcome: 'restored', id });
    expect(await read(okta, id)).toMatchObject({ active: true });
    const types = (await directoryEvents(ledger)).filter(({ personId }) => personId === id).map((one) => one.eventType);
    expect(types).toEqual(['scim.user.created', 'scim.user.deactivated', 'scim.user.reactivated', 'scim.user.updated']);
  });

  test('is restored by their externalId under another name, where no other has it', async () => {
    const okta = await connection();
    const create1 = (userName: string) => create(okta, aUser(userName, { externalId: `ext-${tests}` }));
    const id = idOf(await create1(name));
    await patch(okta, id, { op: 'replace', value: { active: false } });
    expect(await create1(`renamed-${name}`)).toEqual({ outcome: 'restored', id });
    const second = idOf(await create1(`second-${name}`));
    expect(second).not.toBe(id);
    await patch(okta, id, { op: 'replace', value: { active: false } });
    expect(await create1(`third-${name}`)).toMatchObject({ outcome: 'created' });
  });

  test('stays inactive where a PUT does not say otherwise', async () => {
    const okta = await connection();
    const id = idOf(await create(okta, aUser(name, { active: false })));
    await put(okta, id, aUser(name, { attributes: new Map([['title', 'x']]) }));
    expect(await read(okta, id)).toMatchObject({ active: false });
  });
});

describe('people entered by hand', () => {
  test('are not there for a connection that does not include them, and a create says what to switch on', async () => {
    const okta = await connection();
    const id = idOf(await create(byHand(), aUser(name)));
    expect(await read(okta, id)).toBeNull();
    expect(await create(okta, aUser(name))).toMatchObject({
      status: 409,
      detail: expect.stringContaining('include manually'),
    });
    expect(await ownerOf(id)).toBe('manual');
  });

  test('are claimed by any write of one that includes them, also by one that changes nothing', async () => {
    const okta = await connection({ includeManual: true });
    const id = idOf(await create(byHand(), aUser(name)));
    const before = await read(okta, id);
    expect(await put(okta, id, aUser(name))).toEqual({ outcome: 'unchanged', id, claimed: true });
    expect(await read(okta, id)).toEqual({ ...before, owner: idOfOrigin(okta) });
    expect(await put(byHand(), id, aUser(name))).toMatchObject({ outcome: 'refused', reason: 'owned_by_client' });
  });

  test('are linked by a create, which keeps their id and their e-mail addresses', async () => {
    const okta = await connection({ includeManual: true });
    const id = idOf(await create(byHand(), aUser(name)));
    const linking = aUser(name, {
      externalId: 'okta-1',
      attributes: new Map<string, JsonValue>([
        ['emails', [{ value: 'attacker@evil.example' }]],
        ['title', 'Dr'],
      ]),
    });
    expect(await create(okta, linking)).toEqual({ outcome: 'linked', id });
    const user = await read(okta, id);
    expect(user).toMatchObject({ owner: idOfOrigin(okta), externalId: 'okta-1' });
    expect(user?.attributes.get('title')).toBe('Dr');
    expect(user?.attributes.get('emails')).toEqual(aUser(name).attributes.get('emails'));
  });
});

describe('people of another connection', () => {
  test('are read with "read all", without its externalId, and claimed by a change alone', async () => {
    const [first, second] = [await connection(), await connection({ readAll: true })];
    const id = idOf(await create(first, aUser(name, { externalId: 'first' })));
    expect(await read(second, id)).toMatchObject({ externalId: null });
    // As Okta does: our own body back, with the client's own externalId.
    expect(await put(second, id, aUser(name, { externalId: 'second' }))).toEqual({
      outcome: 'unchanged',
      id,
      claimed: false,
    });
    expect(await read(first, id)).toMatchObject({ externalId: 'first', version: 1 });
    expect(await put(second, id, aUser(name, { externalId: 'second', attributes: new Map([['title', 'x']]) }))).toEqual(
      {
        outcome: 'updated',
        id,
        claimed: true,
      },
    );
    expect(await read(second, id)).toMatchObject({ externalId: 'second', owner: idOfOrigin(second), version: 2 });
    expect(await read(first, id)).toBeNull();
    expect(await put(first, id, aUser(name))).toMatchObject({ status: 404 });
    // The former owner's id of the person is no one's any more.
    await patch(second, id, { op: 'replace', value: { active: false } });
    expect(await create(first, aUser(`new-${name}`, { externalId: 'first' }))).toMatchObject({ outcome: 'created' });
  });
});

describe('the part of a user name before the @', () => {
  const local = () => `person.${tests}`;

  test('finds the one person that it is, whose shipments have ended', async () => {
    const okta = await connection({ includeManual: true, takeOverByLocalPart: true });
    const id = idOf(await create(byHand(), aUser(local())));
    expect(await create(okta, aUser(`${local()}@acme.example`))).toEqual({ outcome: 'linked', id });
    expect((await read(okta, id))?.attributes.get('userName')).toBe(`${local()}@acme.example`);
    // That person is the connection's own now: another one with this part is a new user.
    expect(await create(okta, aUser(`${local()}@other.example`))).toMatchObject({ outcome: 'created' });
  });

  test('is a conflict where it is two people’s, or a shipment is open', async () => {
    const okta = await connection({ includeManual: true, takeOverByLocalPart: true });
    await create(byHand(), aUser(local()));
    await open(ledger, { login: local().toUpperCase() });
    const joining = () => create(okta, aUser(`${local()}@acme.example`));
    expect(await joining()).toMatchObject({ status: 409, reason: 'open_shipment' });
    await create(byHand(), aUser(`${local()}@second.example`));
    expect(await joining()).toMatchObject({ status: 409, reason: 'ambiguous_person' });
  });

  test('counts for nothing where the option is off', async () => {
    const okta = await connection({ includeManual: true });
    await create(byHand(), aUser(local()));
    expect(await create(okta, aUser(`${local()}@acme.example`))).toMatchObject({ outcome: 'created' });
  });
});

describe('rules for user names', () => {
  test.each([
    ['1abc', false],
    ['abc-d_e.f', true],
    ['abc@d', false],
    ['ärger', true],
    ['a'.repeat(30), true],
    ['a'.repeat(31), false],
    ['', false],
  ])('%j is accepted: %j', async (userName, isAccepted) => {
    const okta = await connection({ userNameRules: { startsWithLetter: true, maxLength: 30, otherCharacters: '-._' } });
    const created = await create(okta, aUser(userName));
    expect(created).toMatchObject(isAccepted ? { outcome: 'created' } : { status: 400, scimType: 'invalidValue' });
    if (isAccepted)
      expect(await patch(okta, idOf(created), rename('not allowed'))).toMatchObject({ reason: 'user_name_rule' });
    if ('detail' in created && userName !== '') expect(created.detail).not.toContain(userName);
  });
});

describe('a deleted user', () => {
  test('is gone with all that was stored, and a create makes a new one', async () => {
    const okta = await connection();
    const id = idOf(await create(okta, aUser(name)));
    expect(await write(ledger, okta, (scope) => deleteUser(scope, { id }))).toEqual({ outcome: 'deleted', id });
    expect(
      await ledger.db.selectFrom('person_attributes').select('name').where('person_id', '=', id).execute(),
    ).toEqual([]);
    expect((await directoryEvents(ledger)).at(-1)).toMatchObject({
      eventType: 'scim.user.deactivated',
      personId: id,
      userName: name,
      deleted: true,
    });
    const again = await create(okta, aUser(name));
    expect(again).toMatchObject({ outcome: 'created' });
    expect(idOf(again)).not.toBe(id);
  });
});
