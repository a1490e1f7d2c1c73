import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { readConnection } from '@keycourier/ledger/directory/connections/connections';
import { writeDirectory } from '@keycourier/ledger/directory/scope';
import { createUser } from '@keycourier/ledger/directory/users/create-user';
import { recordFailure } from '@keycourier/ledger/testing/sample-directory';
import type { JsonObject } from '@keycourier/scim-protocol/json';
import { readUser } from '@keycourier/scim-protocol/resources/read-resource';
import { sql } from 'kysely';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { requestFor } from '../testing/shipments.ts';

let api: RunningApi;
let stranger = '';
let connection: Connection;
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
  const { body } = await api.call('POST', '/v1/connections', { body: { name: 'Okta' } });
  const found = await readConnection(api.ledger, 'globex', String(body['id']));
  if (found === null) throw new TypeError('no connection');
  connection = found;
});
afterAll(() => api.stop());

let count = 0;
const someone = (): string => `someone-${(count += 1)}@globex.example`;

async function provision(user: JsonObject, by = connection): Promise<string> {
  const origin = { kind: 'connection', connection: by } as const;
  const made = await writeDirectory(api.ledger, { origin, isTriggerGroup: () => false }, (scope) =>
    createUser(scope, readUser(user)),
  );
  if (made.outcome === 'refused') throw new TypeError(made.detail);
  return made.id;
}

const add = (body: object, options: object = {}) => api.call('POST', '/v1/people', { body, ...options });
const show = (id: string) => api.call('GET', `/v1/people/${id}`);
const idOf = ({ body }: { body: Record<string, unknown> }): string => z.string().parse(body['id']);

const ada = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  primaryPhone: '+353 91 123 456',
  organization: 'Globex',
  streetAddress: '2 Harbour Lane',
  city: 'Galway',
  zipCode: 'H91 A2BC',
  countryCode: 'IE',
};

describe('a person entered by hand', () => {
  test('is stored, shown with the profile that shipments make of them, and found by user name', async () => {
    const userName = someone();
    const added = await add({ userName, displayName: 'Ada L.', email: 'ada@globex.example', ...ada });
    expect(added).toMatchObject({ status: 201, body: { userName, connectionId: null, active: true, profile: ada } });
    expect(await show(idOf(added))).toMatchObject({ status: 200, body: added.body });
    const found = await api.call('POST', '/v1/people/search', { body: { userName: userName.toUpperCase() } });
    expect(found.body).toMatchObject({ items: [{ id: idOf(added) }], nextCursor: null });
  });

  test('is changed in what is sent, and null removes', async () => {
    const id = idOf(await add({ userName: someone(), ...ada }));
    const change = (body: object) => api.call('PATCH', `/v1/people/${id}`, { body });
    const { streetAddress: _, ...rest } = ada;
    expect(await change({ streetAddress: null, city: 'Cork', email: 'a@globex.example' })).toMatchObject({
      status: 200,
      body: { profile: { ...rest, city: 'Cork' } },
    });
    expect((await change({ email: null, active: false })).body).toMatchObject({
      active: false,
      deactivatedAt: expect.any(String),
    });
    expect((await change({})).body).toMatchObject({ active: false });
    const taken = someone();
    await add({ userName: taken });
    expect(await change({ userName: taken })).toMatchObject({ status: 409, body: { code: 'user_name_taken' } });
  });

  test('is added once for an Idempotency-Key, and refused a second time without one', async () => {
    const userName = someone();
    const once = { headers: { 'idempotency-key': `add-${userName}` } };
    const [first, again] = [await add({ userName }, once), await add({ userName }, once)];
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(await add({ userName })).toMatchObject({ status: 409, body: { code: 'user_name_taken' } });
  });

  test('is removed with all that is stored about them', async () => {
    const id = idOf(await add({ userName: someone(), ...ada }));
    expect(await api.call('DELETE', `/v1/people/${id}`)).toMatchObject({ status: 204 });
    expect(await show(id)).toMatchObject({ status: 404 });
    const { rows } = await sql`select from person_attributes where person_id = ${id}`.execute(api.ledger.db);
    expect(rows).toEqual([]);
    expect(await api.call('DELETE', `/v1/people/${id}`)).toMatchObject({ status: 404 });
  });

  test('with an address needs the scope addresses and the permission of the tenant', async () => {
    const { key } = await api.keyFor('globex', ['read', 'operator']);
    const body = { userName: someone() };
    expect(await add({ ...body, city: 'Cork' }, { key })).toMatchObject({ status: 403, body: { scope: 'addresses' } });
    const added = await add(body, { key });
    expect(added).toMatchObject({ status: 201 });
    const change = { body: { city: 'Cork' }, key };
    expect(await api.call('PATCH', `/v1/people/${idOf(added)}`, change)).toMatchObject({ status: 403 });
    const { key: forbidden } = await api.keyFor('umbrella');
    expect(await add({ userName: 'a@b.example', city: 'Cork' }, { key: forbidden })).toMatchObject({
      status: 403,
      body: { code: 'overrides_forbidden' },
    });
  });

  test.each([
    [{}, 'userName'],
    [{ userName: 'a@b.example', email: 'no address' }, 'email'],
    [{ userName: 'a@b.example', password: 'x' }, 'password'],
    [{ userName: 'a@b.example', city: '' }, 'city'],
    [{ userName: 'a\n' }, 'userName'],
  ])('is not stored from %j', async (body, field) => {
    expect(await add(body)).toMatchObject({ status: 400, body: { problems: [{ field }] } });
  });
});

describe('a person of a connection', () => {
  test('is shown with owner, stored attributes and last error, and changed by the client alone', async () => {
    const userName = someone();
    const id = await provision({
      userName,
      externalId: 'x1',
      name: { givenName: 'Bob', familyName: 'Berg' },
      addresses: [{ type: 'work', locality: 'Cork', country: 'IE' }],
    });
    const failure = { status: 400, scimType: 'invalidValue', detail: 'emails: a value is needed.' };
    await recordFailure(api.ledger, connection, { subject: { id }, ...failure });
    expect(await show(id)).toMatchObject({
      status: 200,
      body: {
        connectionId: connection.id,
        lastError: { detail: failure.detail },
        profile: { firstName: 'Bob', lastName: 'Berg', city: 'Cork', countryCode: 'IE' },
        attributes: { userName, name: { familyName: 'Berg' } },
      },
    });
    for (const [method, body] of [
      ['PATCH', { active: false }],
      ['DELETE', undefined],
    ] as const)
      expect(await api.call(method, `/v1/people/${id}`, { body })).toMatchObject({
        status: 409,
        body: { code: 'owned_by_client' },
      });
    expect(await add({ userName })).toMatchObject({ status: 409, body: { code: 'owned_by_client' } });
  });

  test('is an operator’s to change and hand over once the connection is revoked', async () => {
    const { body: made } = await api.call('POST', '/v1/connections', { body: { name: 'Ends' } });
    const revoked = await readConnection(api.ledger, 'globex', String(made['id']));
    if (revoked === null) throw new TypeError('no connection');
    const [one, other] = [
      await provision({ userName: someone() }, revoked),
      await provision({ userName: someone() }, revoked),
    ];
    const handOver = (to: string) => api.call('POST', `/v1/connections/${revoked.id}/hand-over`, { body: { to } });
    expect(await handOver('manual')).toMatchObject({ status: 409, body: { code: 'connection_not_revoked' } });
    await api.call('DELETE', `/v1/connections/${revoked.id}`);
    const changed = await api.call('PATCH', `/v1/people/${one}`, { body: { active: false } });
    expect(changed).toMatchObject({ status: 200, body: { connectionId: null, active: false } });
    expect(await handOver('0'.repeat(26))).toMatchObject({ status: 404 });
    expect(await handOver(connection.id)).toMatchObject({
      status: 200,
      body: { people: 1, groups: 0, isComplete: true },
    });
    expect(await show(other)).toMatchObject({ body: { connectionId: connection.id } });
    const foreign = { body: { to: 'manual' }, key: stranger };
    expect(await api.call('POST', `/v1/connections/${revoked.id}/hand-over`, foreign)).toMatchObject({ status: 404 });
  });

  test('is shown with the shipments that are open', async () => {
    const userName = someone();
    const id = await provision({ userName });
    const shipment = await requestFor(api, userName.toUpperCase());
    expect((await show(id)).body).toMatchObject({ openShipments: [shipment] });
  });

  test('does not exist for another tenant', async () => {
    const id = await provision({ userName: someone() });
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { active: false }],
      ['DELETE', undefined],
    ] as const)
      expect(await api.call(method, `/v1/people/${id}`, { body, key: stranger })).toMatchObject({ status: 404 });
    expect((await api.call('GET', '/v1/people', { key: stranger })).body).toEqual({ items: [], nextCursor: null });
  });
});

describe('the list of people', () => {
  const page = z.looseObject({
    items: z.array(z.looseObject({ id: z.string() })),
    nextCursor: z.string().nullable(),
  });
  const idsOf = async (path: string) => page.parse((await api.call('GET', path)).body).items.map(({ id }) => id);

  test('is newest first and complete over all pages', async () => {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/v1/people?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const read: z.infer<typeof page> = page.parse((await api.call('GET', path)).body);
      ids.push(...read.items.map(({ id }) => id));
      cursor = read.nextCursor;
    }
    const { rows } = await sql<{ id: string }>`select id from people where tenant = 'globex' order by id desc`.execute(
      api.ledger.db,
    );
    expect(ids).toEqual(rows.map(({ id }) => id));
    expect(ids.length).toBeGreaterThan(4);
  });

  test('has those of one owner, who are active, and whose last request was refused', async () => {
    const [fine, inactive, refused] = [
      await provision({ userName: someone() }),
      await provision({ userName: someone(), active: false }),
      await provision({ userName: someone() }),
    ];
    await recordFailure(api.ledger, connection, {
      subject: { id: refused },
      status: 409,
      scimType: null,
      detail: 'userName has to be unique.',
    });
    const own = `/v1/connections/${connection.id}/people?limit=100`;
    expect(await idsOf(`${own}&active=false`)).toEqual([inactive]);
    const problems = await idsOf(`${own}&problem=true`);
    expect(problems).toContain(refused);
    expect(problems).not.toContain(fine);
    const all = await idsOf(`/v1/people?connection=${connection.id}&limit=100`);
    expect(all).toEqual(await idsOf(own));
    const manual = await idsOf('/v1/people?connection=manual&limit=100');
    expect(manual.filter((id) => all.includes(id))).toEqual([]);
    expect(manual.length).toBeGreaterThan(0);
  });

  test.each(['connection=x_1', 'active=yes', 'cursor=abc', 'limit=0', 'userName=a'])('refuses %s', async (query) => {
    expect(await api.call('GET', `/v1/people?${query}`)).toMatchObject({ status: 400 });
  });
});
