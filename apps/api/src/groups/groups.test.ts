import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let stranger = '';
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

let count = 0;
async function person(): Promise<string> {
  count += 1;
  const { body } = await api.call('POST', '/v1/people', { body: { userName: `member-${count}@globex.example` } });
  return z.string().parse(body['id']);
}

const add = (body: object, options: object = {}) => api.call('POST', '/v1/groups', { body, ...options });
const idOf = ({ body }: { body: Record<string, unknown> }): string => z.string().parse(body['id']);

const memberships = async (): Promise<readonly string[]> => {
  const rows = await api.ledger.db
    .selectFrom('inbound_events')
    .select('event_type')
    .where('source', '=', 'scim')
    .execute();
  return rows.map(({ event_type: type }) => type).filter((type) => type.startsWith('scim.group.'));
};

describe('a group entered by hand', () => {
  test('has members of the directory, is renamed, changed and removed', async () => {
    const [ada, bob] = [await person(), await person()];
    const added = await add({ displayName: 'Staff', members: [ada] });
    expect(added).toMatchObject({ status: 201, body: { displayName: 'Staff', connectionId: null, members: 1 } });
    const path = `/v1/groups/${idOf(added)}`;
    const change = { displayName: 'All staff', addMembers: [bob, ada], removeMembers: [ada] };
    expect(await api.call('PATCH', path, { body: change })).toMatchObject({
      status: 200,
      body: { displayName: 'All staff', members: 2 },
    });
    expect((await api.call('GET', `${path}/members?limit=1`)).body).toMatchObject({
      items: [{ id: ada, display: 'member-1@globex.example' }],
      nextCursor: expect.any(String),
    });
    expect(await api.call('GET', `/v1/people/${ada}`)).toMatchObject({
      body: { groups: [{ id: idOf(added), displayName: 'All staff' }] },
    });
    expect(await api.call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await api.call('GET', path)).toMatchObject({ status: 404 });
    expect(await api.call('GET', `/v1/people/${ada}`)).toMatchObject({ status: 200, body: { groups: [] } });
    expect(await memberships()).toEqual([]);
  });

  test('that the tenant names makes a membership of shipments, once for each effective one', async () => {
    const id = idOf(await add({ displayName: 'Security keys' }));
    const ada = await person();
    for (const _ of [1, 2])
      expect(await api.call('PATCH', `/v1/groups/${id}`, { body: { addMembers: [ada] } })).toMatchObject({
        status: 200,
      });
    expect(await memberships()).toEqual(['scim.group.member_added']);
  });

  test('is added once for an Idempotency-Key, and has a name of its own', async () => {
    const once = { headers: { 'idempotency-key': 'one-group' } };
    const [first, again] = [await add({ displayName: 'Once' }, once), await add({ displayName: 'Once' }, once)];
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(await add({ displayName: 'ONCE' })).toMatchObject({ status: 409, body: { code: 'group_name_taken' } });
    expect(await add({ displayName: 'Once' }, { key: stranger })).toMatchObject({ status: 201 });
  });

  test("has no members of another tenant, and is another tenant's by no route", async () => {
    const id = idOf(await add({ displayName: 'Ours', members: [await person()] }));
    const { body } = await api.call('POST', '/v1/people', { body: { userName: 'x@acme.example' }, key: stranger });
    const unknown = { body: { addMembers: [String(body['id'])] } };
    expect(await api.call('PATCH', `/v1/groups/${id}`, unknown)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('members') },
    });
    for (const [method, path, sent] of [
      ['GET', '', undefined],
      ['GET', '/members', undefined],
      ['PATCH', '', { displayName: 'Theirs' }],
      ['DELETE', '', undefined],
    ] as const)
      expect(await api.call(method, `/v1/groups/${id}${path}`, { body: sent, key: stranger })).toMatchObject({
        status: 404,
      });
    expect((await api.call('GET', '/v1/groups', { key: stranger })).text).not.toContain(id);
  });

  test.each([
    [{}],
    [{ displayName: '' }],
    [{ displayName: 'x', members: ['usr_1'] }],
    [{ displayName: 'x', owner: 'y' }],
  ])('is not stored from %j', async (body) => {
    expect(await add(body)).toMatchObject({ status: 400 });
  });
});

test('groups are listed in pages, by owner and by name', async () => {
  const { body } = await api.call('GET', '/v1/groups?limit=1&connection=manual');
  expect(body).toMatchObject({ items: [{ id: expect.any(String) }], nextCursor: expect.any(String) });
  const rest = await api.call('GET', `/v1/groups?cursor=${String(body['nextCursor'])}`);
  expect(rest.text).not.toContain(z.array(z.looseObject({ id: z.string() })).parse(body['items'])[0]?.id);
  expect((await api.call('GET', '/v1/groups?displayName=once')).body).toMatchObject({
    items: [{ displayName: 'Once' }],
  });
});
