import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runScim, type RunningScim } from './testing/running-scim.ts';
import { create, groupBody, userBody } from './testing/sample-requests.ts';

let scim: RunningScim;
let ada: string;
let readers: string;
beforeAll(async () => {
  scim = await runScim();
  ada = await create(scim, '/Users', userBody('ada@acme.example', { displayName: 'Smith' }));
  await create(scim, '/Users', userBody('grace@acme.example', { displayName: 'Hopper' }));
  readers = await create(scim, '/Groups', groupBody('Smithies', [ada]));
});
afterAll(() => scim.stop());

const search = (query: object): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
  ...query,
});

describe('a search at the base URL', () => {
  const idsOf = (body: Record<string, unknown>): unknown[] =>
    Array.isArray(body['Resources']) ? body['Resources'].map((resource: { id: string }) => resource.id) : [];

  test('finds users and groups, as in RFC 7644 §3.4.3', async () => {
    const body = search({ attributes: ['displayName', 'userName'], filter: 'displayName sw "smith"', count: 10 });
    const answer = await scim.call('POST', '/.search', { body });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        totalResults: 2,
        itemsPerPage: 2,
        startIndex: 1,
        Resources: [
          { id: ada, displayName: 'Smith', userName: 'ada@acme.example' },
          { id: readers, displayName: 'Smithies' },
        ],
      },
    });
  });

  test('pages over both', async () => {
    const pages = [];
    for (const startIndex of [1, 2, 3, 4])
      pages.push((await scim.call('GET', `?startIndex=${startIndex}&count=1`)).body);
    expect(pages.map(({ totalResults }) => totalResults)).toEqual([3, 3, 3, 3]);
    expect(new Set(pages.flatMap(idsOf)).size).toBe(3);
    expect(pages.map(idsOf).at(-1)).toEqual([]);
  });

  test('finds none of a type that lacks the attribute', async () => {
    const { body } = await scim.call('GET', `?filter=${encodeURIComponent('userName eq "ada@acme.example"')}`);
    expect(idsOf(body)).toEqual([ada]);
  });

  test.each([['nonsense eq "x"'], ['userName eq']])('refuses the filter %j', async (filter) => {
    const answer = await scim.call('POST', '/.search', { body: search({ filter }) });
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });

  test('has no order', async () => {
    const answer = await scim.call('POST', '/.search', { body: search({ sortBy: 'displayName' }) });
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
  });
});

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s /Me is answered 501', async (method) => {
  expect(await scim.call(method, '/Me')).toMatchObject({ status: 501 });
});

test.each(['/Users', '/Groups', '/Schemas', '/ServiceProviderConfig', '/ResourceTypes/User', ''])(
  'HEAD %s has the headers of GET and no body',
  async (path) => {
    const headers = { authorization: `Bearer ${scim.connection.token}` };
    const url = scim.baseUrlOf(scim.connection) + path;
    const [head, got] = [await fetch(url, { method: 'HEAD', headers }), await fetch(url, { headers })];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'content-length', 'etag'])
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    expect(Number(got.headers.get('content-length'))).toBe(Buffer.byteLength(await got.text()));
  },
);

describe('what is too large', () => {
  const bulk = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: [] };

  test.each<[string, string, object, RegExp]>([
    ['a user', '/Users', userBody('x', { displayName: 'x'.repeat(1_048_576) }), /1024 KiB/],
    ['a search', '/Users/.search', search({ filter: 'x'.repeat(65_536) }), /64 KiB/],
    ['a group', '/Groups', groupBody('x'.repeat(5_242_880)), /5120 KiB/],
    ['a request in bulk', '/Bulk', { ...bulk, x: 'x'.repeat(1_048_576) }, /maxPayloadSize \(1048576\)/],
  ])('%s is refused by its size', async (_what, path, body, detail) => {
    const answer = await scim.call('POST', path, { body });
    expect(answer).toMatchObject({ status: 413, body: { detail: expect.stringMatching(detail) } });
  });

  test.each([
    ['a long filter', `userName eq "${'x'.repeat(5_000)}"`],
    ['a deep one', `${'('.repeat(40)}userName pr${')'.repeat(40)}`],
    ['one of many terms', Array.from({ length: 200 }, () => 'userName pr').join(' or ')],
  ])('%s is refused', async (_what, filter) => {
    const answer = await scim.call('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });
});
