import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readCounts, type DayCounts } from '@keycourier/ledger/directory/connections/counts';
import { listFailures } from '@keycourier/ledger/directory/connections/failures';
import { listPeople } from '@keycourier/ledger/directory/connections/list-people';
import { until } from '@keycourier/runtime/testing/until';

import { runScim, type RunningScim } from '../testing/running-scim.ts';
import { create, groupBody, patchBody, userBody } from '../testing/sample-requests.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterAll(() => scim.stop());

const failuresOf = ({ id: connectionId }: { id: string }) =>
  listFailures(scim.ledger, { tenant: 'acme', connectionId, limit: 100 });

const badPatch = patchBody({ op: 'replace', path: 'userName', value: '' });

describe('a refused write', () => {
  test('is kept for its person until a write of them succeeds', async () => {
    const connection = await scim.addConnection();
    const id = await create(scim, '/Users', userBody('ada@acme.example'), { as: connection });
    const refused = [];
    for (const _ of [1, 2]) refused.push(await scim.call('PATCH', `/Users/${id}`, { as: connection, body: badPatch }));
    expect(refused.map(({ status }) => status)).toEqual([400, 400]);
    // Both are written at once, or one after the other.
    const failures = await until(
      () => failuresOf(connection),
      ([failure]) => failure?.times === 2,
    );
    const [first] = refused;
    expect(failures).toMatchObject([
      { subject: id, status: 400, scimType: first?.body['scimType'], detail: first?.body['detail'], times: 2 },
    ]);
    const { items } = await listPeople(scim.ledger, { tenant: 'acme', owner: connection.id, limit: 10 });
    expect(items).toMatchObject([{ id, lastError: { detail: first?.body['detail'] } }]);
    await scim.call('PATCH', `/Users/${id}`, {
      as: connection,
      body: patchBody({ op: 'add', value: { title: 'Dr' } }),
    });
    await until(
      () => failuresOf(connection),
      (failures) => failures.length === 0,
    );
  });

  test('of a new person is kept without the user name, which is in no row in clear', async () => {
    const connection = await scim.addConnection({ userNameRules: { maxLength: 5 } });
    await scim.call('POST', '/Users', { as: connection, body: userBody('grace.hopper@acme.example') });
    await until(
      () => failuresOf(connection),
      (failures) => failures.length === 1,
    );
    const failures = await failuresOf(connection);
    expect(failures).toMatchObject([{ status: 400, times: 1 }]);
    expect(JSON.stringify(failures)).not.toMatch(/grace/i);
  });

  test('of a group, and within a request in bulk, is kept as any other', async () => {
    const connection = await scim.addConnection();
    const id = await create(scim, '/Groups', groupBody('Readers'), { as: connection });
    const operations = [
      { method: 'PUT', path: `/Groups/${id}`, data: groupBody('Readers', ['usr_none']) },
      { method: 'POST', bulkId: 'one', path: '/Users', data: userBody('', { title: 'none' }) },
      { method: 'POST', bulkId: 'two', path: '/Users', data: userBody('two@acme.example') },
    ];
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
    expect(await scim.call('POST', '/Bulk', { as: connection, body })).toMatchObject({ status: 200 });
    await until(
      () => failuresOf(connection),
      (failures) => failures.length > 0,
    );
    expect(await failuresOf(connection)).toMatchObject([{ subject: id, status: 400, scimType: 'invalidValue' }]);
  });

  test('of an id that is none of ours is kept without it', async () => {
    const connection = await scim.addConnection();
    await scim.call('DELETE', '/Users/ada@acme.example', { as: connection });
    await until(
      () => failuresOf(connection),
      (failures) => failures.length === 1,
    );
    expect(await failuresOf(connection)).toMatchObject([{ subject: 'unknown id', status: 404 }]);
  });
});

test('a read is counted and keeps no failure', async () => {
  const connection = await scim.addConnection();
  await scim.call('GET', '/Users', { as: connection });
  await scim.call('GET', '/Users/usr_none', { as: connection });
  // Of two days, where midnight is between the requests.
  const counts = () => readCounts(scim.ledger, { tenant: 'acme', connectionId: connection.id, days: 2 });
  const sumOf = (days: readonly DayCounts[], name: 'requests' | 'refused' | 'failed') =>
    days.reduce((sum, day) => sum + day[name], 0);
  const counted = await until(counts, (days) => sumOf(days, 'requests') === 2);
  expect([sumOf(counted, 'refused'), sumOf(counted, 'failed')]).toEqual([1, 0]);
  expect(await failuresOf(connection)).toEqual([]);
});
