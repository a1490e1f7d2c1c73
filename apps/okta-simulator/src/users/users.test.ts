import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createUser, profile, startOrg, withId, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg();
});

afterAll(() => org.close());

const userShape = z.looseObject({ id: z.string(), status: z.string(), profile: z.record(z.string(), z.unknown()) });

async function read(id: string): Promise<z.infer<typeof userShape>> {
  return bodyOf(userShape, await org.call('GET', `/api/v1/users/${id}`));
}

const ids = (reply: Reply): string[] => bodyOf(z.array(withId), reply).map(({ id }) => id);
const search = (expression: string, kind = 'search'): Promise<Reply> =>
  org.call('GET', `/api/v1/users?${kind}=${encodeURIComponent(expression)}`);

describe('a new user', () => {
  test.each([
    ['?activate=false', undefined, 'STAGED'],
    ['', undefined, 'PROVISIONED'],
    ['', { password: { value: 'correct horse 1' } }, 'ACTIVE'],
    ['?activate=false', { password: { value: 'correct horse 1' } }, 'STAGED'],
  ])('made with %j and credentials %j is answered with 200 and %s', async (query, credentials, status) => {
    const reply = await org.call('POST', `/api/v1/users${query}`, { profile: profile(), credentials });
    expect(reply).toMatchObject({ status: 200, body: { status } });
    expect(JSON.stringify(reply.body)).not.toContain('correct horse');
  });

  test('has four attributes even if they are empty, and no other empty one', async () => {
    const id = await createUser(org, { secondEmail: undefined, city: null });
    const saved = (await read(id)).profile;
    expect(saved).toMatchObject({ secondEmail: null, mobilePhone: null, streetAddress: '301 Brannan St.' });
    expect(saved).not.toHaveProperty('city');
  });

  test('is a member of Everyone and of the requested groups', async () => {
    const group = bodyOf(withId, await org.call('POST', '/api/v1/groups', { profile: { name: 'Starters' } }));
    const body = { profile: profile(), groupIds: [group.id] };
    const { id } = bodyOf(withId, await org.call('POST', '/api/v1/users', body));
    expect((await org.call('GET', `/api/v1/users/${id}/groups`)).body).toMatchObject([
      { type: 'BUILT_IN', profile: { name: 'Everyone' } },
      { type: 'OKTA_GROUP', profile: { name: 'Starters' } },
    ]);
  });

  test.each([
    [{ firstName: '' }, 'firstName'],
    [{ lastName: 'x'.repeat(51) }, 'lastName'],
    [{ email: 'not an address' }, 'email'],
    [{ countryCode: 'USA' }, 'countryCode'],
    [{ city: 'x'.repeat(129) }, 'city'],
    [{ streetAddress: 'x'.repeat(1_025) }, 'streetAddress'],
    [{ login: 'abc' }, 'login'],
    [{ zipCode: 94_107 }, 'zipCode'],
  ])('with %j is refused, and the answer names %s', async (changes, field) => {
    expect(await org.call('POST', '/api/v1/users', { profile: profile(changes) })).toMatchObject({
      status: 400,
      body: {
        errorCode: 'E0000001',
        errorSummary: `Api validation failed: ${field}`,
        errorCauses: [{ errorSummary: expect.stringMatching(new RegExp(`^${field}: `)) }],
      },
    });
  });

  test('cannot have a login that differs from another one only in case or diacritics', async () => {
    await createUser(org, { login: 'zoe.muller@acme.example' });
    const reply = await org.call('POST', '/api/v1/users', { profile: profile({ login: 'Zoé.MÜLLER@acme.example' }) });
    expect(reply).toMatchObject({ status: 400, body: { errorSummary: 'Api validation failed: login' } });
  });
});

describe('reading', () => {
  test('finds a user by id, and by login in any letter case', async () => {
    const id = await createUser(org, { login: 'Mixed.Case@acme.example' });
    expect((await read('mixed.case@ACME.example')).id).toBe(id);
    expect((await read(encodeURIComponent('Mixed.Case@acme.example'))).profile['login']).toBe(
      'Mixed.Case@acme.example',
    );
  });

  test('finds a user whose login has a slash only by id', async () => {
    const id = await createUser(org, { login: 'a/b@acme.example' });
    expect((await read(id)).profile['login']).toBe('a/b@acme.example');
    for (const path of ['a/b@acme.example', 'a%2Fb@acme.example'])
      expect((await org.call('GET', `/api/v1/users/${path}`)).status).not.toBe(200);
  });

  test('answers 404 for an unknown user', async () => {
    expect(await org.call('GET', '/api/v1/users/00uUnknown')).toMatchObject({
      status: 404,
      body: {
        errorCode: 'E0000007',
        errorSummary: 'Not found: Resource not found: 00uUnknown (User)',
        errorCauses: [],
      },
    });
  });
});

describe('changing', () => {
  test('POST changes the attributes of the request, PUT removes all others', async () => {
    const id = await createUser(org);
    await org.call('POST', `/api/v1/users/${id}`, { profile: { city: 'Oakland', state: null } });
    const partial = (await read(id)).profile;
    expect(partial).toMatchObject({ city: 'Oakland', zipCode: '94107' });
    expect(partial).not.toHaveProperty('state');

    const { login, email } = partial;
    await org.call('PUT', `/api/v1/users/${id}`, { profile: { login, email, firstName: 'A', lastName: 'B' } });
    const full = (await read(id)).profile;
    expect(full).toEqual({ login, email, firstName: 'A', lastName: 'B', mobilePhone: null, secondEmail: null });
  });

  test('DELETE deactivates first, then deletes', async () => {
    const id = await createUser(org);
    expect((await org.call('DELETE', `/api/v1/users/${id}`)).status).toBe(204);
    expect((await read(id)).status).toBe('DEPROVISIONED');
    expect((await org.call('DELETE', `/api/v1/users/${id}`)).status).toBe(204);
    expect((await org.call('GET', `/api/v1/users/${id}`)).status).toBe(404);
  });

  test('a deactivated user stays in the group and cannot be changed', async () => {
    const id = await createUser(org);
    const group = bodyOf(withId, await org.call('POST', '/api/v1/groups', { profile: { name: 'Leavers' } }));
    await org.call('PUT', `/api/v1/groups/${group.id}/users/${id}`);
    await org.call('POST', `/api/v1/users/${id}/lifecycle/deactivate`);
    expect(ids(await org.call('GET', `/api/v1/groups/${group.id}/users`))).toEqual([id]);
    const changed = await org.call('POST', `/api/v1/users/${id}`, { profile: { city: 'Oakland' } });
    expect(changed).toMatchObject({ status: 403, body: { errorCode: 'E0000038' } });
  });
});

describe('listing', () => {
  test('has pages with next links, without deactivated users', async () => {
    const made = [await createUser(org), await createUser(org), await createUser(org)];
    const gone = await createUser(org);
    await org.call('POST', `/api/v1/users/${gone}/lifecycle/deactivate`);
    const seen: string[] = [];
    let path: string | undefined = '/api/v1/users?limit=2';
    while (path !== undefined) {
      const reply = await org.call('GET', path);
      expect(reply.headers.get('link')).toContain('rel="self"');
      seen.push(...ids(reply));
      path = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(expect.arrayContaining(made));
    expect(seen).not.toContain(gone);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('search includes deactivated users', async () => {
    const id = await createUser(org, { employeeNumber: 'E-1' });
    await org.call('POST', `/api/v1/users/${id}/lifecycle/deactivate`);
    expect(ids(await search('profile.employeeNumber eq "e-1"'))).toEqual([id]);
    expect(ids(await search('profile.employeeNumber eq "E-1" and status eq "ACTIVE"'))).toEqual([]);
    expect(ids(await search('status eq "DEPROVISIONED"', 'filter'))).toContain(id);
  });

  test('search supports sw, or, parentheses, dates and quotes within text', async () => {
    const one = await createUser(org, { department: 'Räder "A"' });
    const two = await createUser(org, { department: 'Räder B', city: 'Bern' });
    expect(ids(await search(String.raw`profile.department eq "Räder \"A\""`))).toEqual([one]);
    expect(ids(await search('profile.department sw "räder"'))).toEqual([one, two]);
    const either = '(profile.city eq "Bern" or profile.city eq "Genf") and lastUpdated gt "2020-01-01T00:00:00.000Z"';
    expect(ids(await search(either))).toEqual([two]);
  });

  test('q matches the prefix of a name or an address', async () => {
    const id = await createUser(org, { firstName: 'Quentin' });
    expect(ids(await org.call('GET', '/api/v1/users?q=quen'))).toEqual([id]);
  });

  test.each(['profile.city is "x"', 'nonsense eq "x"', 'status eq "x', 'lastUpdated gt "yesterday"'])(
    'search refuses %j',
    async (expression) => {
      expect(await search(expression)).toMatchObject({ status: 400, body: { errorCode: 'E0000031' } });
    },
  );
});

test('a security question is shown, its answer never, and one without either is refused', async () => {
  const credentials = { recovery_question: { question: 'The first pet?', answer: 'Ziggy' } };
  const { body } = await org.call('POST', '/api/v1/users', { profile: profile(), credentials });
  expect(body).toMatchObject({ credentials: { recovery_question: { question: 'The first pet?' } } });
  const { id } = z.looseObject({ id: z.string() }).parse(body);
  const other = { recovery_question: { question: 'The first bicycle?', answer: 'Ziggy' } };
  await org.call('POST', `/api/v1/users/${id}`, { credentials: other });
  const read = await org.call('GET', `/api/v1/users/${id}`);
  expect(read.body).toMatchObject({ credentials: { recovery_question: { question: 'The first bicycle?' } } });
  expect(JSON.stringify([body, read.body])).not.toContain('Ziggy');
  const without = { recovery_question: { question: 'The first pet?' } };
  expect(await org.call('POST', `/api/v1/users/${id}`, { credentials: without })).toMatchObject({ status: 400 });
});
