import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withOutcomes } from '@keycourier/ledger/testing/statement-outcomes';

import { isShared } from '../testing/is-shared.ts';
import { clientOf, patchOf } from '../testing/requests.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
const people: string[] = [];
const [a, b, c] = [() => people[0] ?? '', () => people[1] ?? '', () => people[2] ?? ''];

beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  const operations = Array.from({ length: 256 }, (_, index) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${index}`,
    data: { userName: `member${index}` },
  }));
  await okta.send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: operations,
  });
  for (const startIndex of [1, 101, 201]) people.push(...(await page(startIndex)));
});
afterAll(() => scim.stop());

const page = async (startIndex: number): Promise<string[]> => {
  const { body } = await scim.call('GET', `/Users?startIndex=${startIndex}&count=100&attributes=id`);
  const found = body['Resources'];
  return Array.isArray(found) ? found.map(({ id }) => String(id)) : [];
};

let groups = 0;
const groupOf = (ids: readonly string[]) => {
  groups += 1;
  return okta.group(`Group ${groups}`, ids);
};
const valuesOf = (ids: readonly string[]) => ids.map((value) => ({ value }));
const sorted = (...ids: string[]) => ids.toSorted();

describe('members of groups', () => {
  test('SCIM-SDK #757: to replace all members by none empties the group', async () => {
    for (const operation of [
      { op: 'replace', path: 'members', value: [] },
      { op: 'replace', value: { members: [] } },
    ]) {
      const group = await groupOf([a(), b()]);
      expect((await okta.patch(`/Groups/${group}`, operation)).status).toBe(204);
      expect(await okta.membersOf(group)).toEqual([]);
    }
  });

  test('ory/polis #4080: 256 members take as many statements as one, and few', async () => {
    expect(new Set(people).size).toBe(256);
    const [one, all] = [await groupOf([]), await groupOf([])];
    const add = async (group: string, ids: readonly string[]): Promise<number> => {
      let own = 0;
      await withOutcomes(
        (_number, text) => {
          if (!isShared(text)) own += 1;
          return 'sent';
        },
        () => okta.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: valuesOf(ids) }),
      );
      return own;
    };
    const forOne = await add(one, people.slice(0, 1));
    const forAll = await add(all, people);
    expect(await okta.membersOf(all)).toEqual(people.toSorted());
    expect(forAll).toBe(forOne);
    expect(forAll).toBeGreaterThan(2);
    expect(forAll).toBeLessThan(16);
  });

  test('fleet #50724, litellm #34209, scimmy #79, FusionAuth #2869: adds at the same time are all kept', async () => {
    const group = await groupOf([]);
    const some = people.slice(0, 24);
    await Promise.all(
      some.map((id) => okta.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: valuesOf([id]) })),
    );
    expect(await okta.membersOf(group)).toEqual(some.toSorted());
  });

  test('FusionAuth #2784: one more in a group of 150 makes 151', async () => {
    const group = await groupOf(people.slice(0, 150));
    await okta.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: valuesOf(people.slice(150, 151)) });
    expect(await okta.membersOf(group)).toEqual(people.slice(0, 151).toSorted());
  });

  test('authentik #24173 and #25686: a filter of a value removes that member', async () => {
    const group = await groupOf([a(), b()]);
    await okta.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${a()}"]` });
    expect(await okta.membersOf(group)).toEqual([b()]);
    await okta.patch(`/Groups/${group}`, { op: 'remove', path: 'members[value eq "usr_unknown"]' });
    expect(await okta.membersOf(group)).toEqual([b()]);
  });

  test('azure-docs #30826, kortix #7297: a removal with a list of values removes those alone', async () => {
    const group = await groupOf([a(), b(), c()]);
    await okta.patch(`/Groups/${group}`, { op: 'Remove', path: 'members', value: valuesOf([b()]) });
    expect(await okta.membersOf(group)).toEqual(sorted(a(), c()));
  });

  test('scimmy #34: a removal with "$ref": null finds its member', async () => {
    const group = await groupOf([a(), b()]);
    await okta.patch(`/Groups/${group}`, { op: 'Remove', path: 'members', value: [{ value: a(), $ref: null }] });
    expect(await okta.membersOf(group)).toEqual([b()]);
  });

  test('polis #3136, bitwarden #2919: members of a POST and of a PUT are members', async () => {
    const group = await groupOf([a()]);
    expect(await okta.membersOf(group)).toEqual([a()]);
    const { displayName } = await okta.read(`/Groups/${group}`);
    await okta.put(`/Groups/${group}`, { displayName, members: valuesOf([b(), c()]) });
    expect(await okta.membersOf(group)).toEqual(sorted(b(), c()));
  });

  test('teleport #67372: a PUT that names a member who is not there is refused, and changes nothing', async () => {
    const group = await groupOf([a()]);
    const { displayName } = await okta.read(`/Groups/${group}`);
    const body = { displayName, members: valuesOf([b(), 'usr_unknown']) };
    expect((await okta.send('PUT', `/Groups/${group}`, body)).body).toMatchObject({
      status: '400',
      scimType: 'invalidValue',
    });
    expect(await okta.membersOf(group)).toEqual([a()]);
  });

  test('SCIM-SDK #419: a member without a type is a user', async () => {
    const group = await groupOf([a()]);
    expect((await okta.read(`/Groups/${group}`))['members']).toMatchObject([{ value: a(), type: 'User' }]);
  });

  test.each([
    [{ op: 'add', path: 'members', value: [{ value: 'usr_unknown' }] }, 'invalidValue'],
    [{ op: 'add', path: 'members', value: [{ display: 'no value' }] }, 'invalidValue'],
    [{ op: 'add', path: 'members[value eq', value: 'x' }, 'invalidPath'],
    [{ op: 'add', path: 'memberz', value: 'x' }, 'invalidPath'],
  ])('WSO2 #16097 and #16933: %j is refused, with what is before it', async (operation, scimType) => {
    const group = await groupOf([a()]);
    const before = await okta.read(`/Groups/${group}`);
    const answer = await okta.send(
      'PATCH',
      `/Groups/${group}`,
      patchOf({ op: 'replace', path: 'displayName', value: 'New' }, operation),
    );
    expect(answer.body).toMatchObject({ status: '400', scimType });
    expect(await okta.read(`/Groups/${group}`)).toEqual(before);
  });
});
