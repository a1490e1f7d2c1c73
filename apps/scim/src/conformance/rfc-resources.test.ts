import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { idOf } from '../testing/requests.ts';
import { comparable, empty, sample } from '../testing/rfc-exchange.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterEach(() => empty(scim));
afterAll(() => scim.stop());

const known = '2819c223-7f76-453a-919d-413861904646';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const post = (path: string, body: unknown) => scim.call('POST', path, { body });

describe('resources (RFC 7643 §8, RFC 7644 §3.3, §3.4.1, §3.5.1, §3.9)', () => {
  test.each([
    ['rfc7643-8.1-user-minimal', 'rfc7643-8.1-user-minimal'],
    ['rfc7644-3.3-user-post_request', 'rfc7644-3.3-user-post_response'],
    ['rfc7644-3.14-user-post_request', 'rfc7644-3.14-user-post_response'],
    ['rfc7644-3.4.1-user-known-resource', 'rfc7644-3.4.1-user-known-resource'],
  ])('POST of %s and GET are answered by %s', async (request, response) => {
    const created = await post('/Users', sample(request));
    const id = idOf(created);
    // The RFC leaves out that a user is active, and in one example the externalId that the request has.
    const { externalId } = sample(request);
    const answer = {
      ...sample(response, { [known]: id }),
      active: true,
      ...(externalId === undefined ? {} : { externalId }),
    };
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${scim.baseUrlOf(scim.connection)}/Users/${id}`);
    expect(comparable(created.body)).toEqual(comparable(answer));
    const read = await scim.call('GET', `/Users/${id}`);
    expect(read.body).toEqual(created.body);
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
  });

  test('PUT is answered by the user that it makes', async () => {
    const id = idOf(await post('/Users', sample('rfc7644-3.3-user-post_request')));
    const body = sample('rfc7644-3.5.1-user-put_request', { [known]: id });
    const answer = await scim.call('PUT', `/Users/${id}`, { body });
    expect(answer.status).toBe(200);
    const expected = sample('rfc7644-3.5.1-user-put_response', { [known]: id });
    expect(comparable(answer.body)).toEqual(comparable({ ...expected, active: true }));
  });

  test.each(['rfc7643-8.2-user-full', 'rfc7643-8.3-enterprise_user'])(
    '%s comes back, but for its password and what only the service may set',
    async (name) => {
      const created = await post('/Users', sample(name));
      const { password, groups, ...full } = sample(name, { [known]: idOf(created) });
      expect([password, Array.isArray(groups)]).toEqual(['t1meMa$heen', true]);
      const expected = JSON.parse(
        JSON.stringify(full, (key, value: unknown) =>
          key === 'displayName' && value === 'John Smith' ? undefined : value,
        ),
      );
      expect(comparable(created.body)).toEqual(comparable(expected));
      expect(created.body).toMatchObject(
        name.includes('enterprise')
          ? { [enterprise]: { manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' } } }
          : {},
      );
    },
  );

  test('a group comes back with its members, and each of them with the group', async () => {
    const babs = idOf(await post('/Users', { userName: 'babs', displayName: 'Babs Jensen' }));
    const mandy = idOf(await post('/Users', { userName: 'mandy', displayName: 'Mandy Pepperidge' }));
    const ids = { [known]: babs, '902c246b-6245-4190-8e05-00816be7344a': mandy };
    const created = await post('/Groups', sample('rfc7643-8.4-group', ids));
    const id = idOf(created);
    const expected = sample('rfc7643-8.4-group', { ...ids, 'e9e30dba-f08f-4109-8486-d5c6a331660a': id });
    const { members } = expected;
    const typed = Array.isArray(members) ? members.map((member) => ({ ...member, type: 'User' })) : [];
    expect(created.status).toBe(201);
    expect(comparable(created.body)).toEqual(comparable({ ...expected, members: typed }));
    const { body } = await scim.call('GET', `/Users/${babs}`);
    expect(body['groups']).toEqual([
      { value: id, $ref: `${scim.baseUrlOf(scim.connection)}/Groups/${id}`, display: 'Tour Guides', type: 'direct' },
    ]);
  });

  test('a partial answer has what was asked for, id and schemas', async () => {
    const id = idOf(await post('/Users', sample('rfc7644-3.4.1-user-known-resource')));
    const { body } = await scim.call('GET', `/Users/${id}?attributes=userName`);
    expect(body).toEqual(sample('rfc7644-3.9-user-partial_response', { [known]: id }));
  });
});

describe('queries (RFC 7644 §3.4)', () => {
  test('a list with partial resources', async () => {
    const first = idOf(await post('/Users', { userName: 'bjensen', title: 'Guide' }));
    const second = idOf(await post('/Users', { userName: 'jsmith', title: 'Guide' }));
    const { body } = await scim.call('GET', '/Users?attributes=userName');
    expect(body).toMatchObject(
      sample('rfc7644-3.4.2-list_response-partial_attributes', {
        [known]: first,
        'c75ad752-64ae-4823-840d-ffa80929976c': second,
      }),
    );
  });

  test('a search of each type of resources has its part of the RFC’s answer', async () => {
    const user = idOf(await post('/Users', { userName: 'jsmith', displayName: 'Smith, James', title: 'Guide' }));
    const group = idOf(await post('/Groups', { displayName: 'Smith Family' }));
    await post('/Users', { userName: 'bjensen', displayName: 'Babs Jensen' });
    const body = sample('rfc7644-3.4.3-search_request');
    const users = await scim.call('POST', '/Users/.search', { body });
    const groups = await scim.call('POST', '/Groups/.search', { body });
    const { Resources } = sample('rfc7644-3.4.3-list_response-post_query', {
      '2819c223-7f76-413861904646': user,
      'c8596b90-7539-4f20968d1908': group,
    });
    const [expectedUser, expectedGroup] = Array.isArray(Resources) ? Resources : [];
    for (const [answer, expected] of [
      [users, expectedUser],
      [groups, expectedGroup],
    ] as const) {
      expect(answer.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 });
      expect(answer.body['Resources']).toEqual([
        { ...(typeof expected === 'object' ? expected : {}), schemas: [expect.any(String)] },
      ]);
    }
  });
});
