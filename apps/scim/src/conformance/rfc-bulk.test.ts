import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { withOutcomes } from '@keycourier/ledger/testing/statement-outcomes';
import { sql } from 'kysely';
import { z } from 'zod';

import { bulkOf, idOf } from '../testing/requests.ts';
import { empty, sample } from '../testing/rfc-exchange.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterEach(() => empty(scim));
afterAll(() => scim.stop());

const results = z.looseObject({
  schemas: z.array(z.string()),
  Operations: z.array(
    z.looseObject({ location: z.string().optional(), status: z.string(), version: z.string().optional() }),
  ),
});

/** Without hosts, ETags and words, which each server has of its own. */
function comparable(body: unknown) {
  const { schemas, Operations } = results.parse(body);
  return {
    schemas,
    Operations: Operations.map(({ version, response, location, ...line }) => ({
      ...line,
      location: location?.replace(/^.*\/(?=(?:Users|Groups)\/)/, ''),
      hasVersion: version !== undefined,
      error: z.looseObject({ scimType: z.string().optional(), status: z.string() }).optional().parse(response)
        ?.scimType,
    })),
  };
}

const bulk = (body: unknown) => scim.call('POST', '/Bulk', { body });

test.each([['rfc7644-3.7.2-bulk_request-temporary_identifier', 'e9e30dba-f08f-4109-8486-d5c6a331660a']])(
  '%s: a group is made with the user whom the same request makes',
  async (name, groupId) => {
    const answer = await bulk(sample(name));
    expect(answer.status).toBe(200);
    const [user, group] = results
      .parse(answer.body)
      .Operations.map(({ location }) => location?.split('/').at(-1) ?? '');
    const expected = sample('rfc7644-3.7.2-bulk_response-temporary_identifier', {
      '92b725cd-9465-4e7d-8c16-01f8e146b87a': user ?? '',
      [groupId]: group ?? '',
    });
    expect(comparable(answer.body)).toEqual(comparable(expected));
    expect((await scim.call('GET', `/Groups/${group}`)).body).toMatchObject({ members: [{ value: user }] });
  },
);

test('a user has a manager whom the same request makes', async () => {
  const answer = await bulk(sample('rfc7644-3.7.2-bulk_request-enterprise_user'));
  const [alice, bob] = results.parse(answer.body).Operations.map(({ location }) => location?.split('/').at(-1));
  expect((await scim.call('GET', `/Users/${bob}`)).body).toMatchObject({
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
      employeeNumber: '11250',
      manager: { value: alice },
    },
  });
});

test('groups that name each other are a conflict, which the RFC permits, and neither is made', async () => {
  const answer = await bulk(sample('rfc7644-3.7.1-bulk_request-circular_conflict'));
  expect(results.parse(answer.body).Operations.map(({ status }) => status)).toEqual(['409', '409']);
  expect((await scim.call('GET', '/Groups')).body).toMatchObject({ totalResults: 0 });
  // The RFC's other answer has groups as members of groups, which are refused here.
  const { Resources } = sample('rfc7644-3.7.1-list_response-circular_reference');
  const [group] = Array.isArray(Resources) ? Resources : [];
  const refused = await scim.call('POST', '/Groups', { body: group });
  expect([refused.status, refused.body['scimType']]).toEqual([400, 'invalidValue']);
});

describe('operations of all methods (RFC 7644 §3.7.3)', () => {
  const name = 'rfc7644-3.7.3-bulk_request-multiple_operations';
  const theirs = [
    'b7c14771-226c-4d05-8860-134711653041',
    '5d8d29d3-342c-4b5f-8683-a3cb6763ffcc',
    'e9025315-6bea-44e1-899c-1e07454e468b',
  ];

  /** The request, for users who are there, each with the version that it has or another. */
  async function prepare(version: (etag: string) => string) {
    const ids: Record<string, string> = {};
    const versions: Record<string, string> = {};
    for (const [index, id] of theirs.entries()) {
      const made = await scim.call('POST', '/Users', { body: { userName: `user${index}`, nickName: 'Babs' } });
      ids[id] = idOf(made);
      versions[`/Users/${idOf(made)}`] = version(made.headers.get('etag') ?? '');
    }
    const { Operations, ...rest } = sample(name, ids);
    const operations = z.array(z.looseObject({ path: z.string() })).parse(Operations);
    const body = {
      ...rest,
      Operations: operations.map((line) =>
        versions[line.path] === undefined ? line : { ...line, version: versions[line.path] },
      ),
    };
    return { ids, body };
  }

  test('are done in their order', async () => {
    const { body, ids } = await prepare((etag) => etag);
    const answer = await bulk(body);
    const alice = results.parse(answer.body).Operations[0]?.location?.split('/').at(-1) ?? '';
    const expected = sample('rfc7644-3.7.3-bulk_response-multiple_operations', {
      ...ids,
      '92b725cd-9465-4e7d-8c16-01f8e146b87a': alice,
    });
    expect(comparable(answer.body)).toEqual(comparable(expected));
    const { body: users } = await scim.call('GET', '/Users?attributes=userName&sortBy=userName');
    expect(users['Resources']).toMatchObject([{ userName: 'Alice' }, { userName: 'Bob' }, { userName: 'Dave' }]);
  });

  test('are refused one by one, and change nothing then', async () => {
    const { body, ids } = await prepare(() => 'W/"stale"');
    expect(body).toMatchObject({ failOnErrors: 1 });
    const [, ...rest] = body.Operations;
    const [deleted] = rest.slice(-1);
    const gone = String(Object(deleted).path).split('/').at(-1) ?? '';
    await scim.call('DELETE', `/Users/${gone}`);
    const unreadable = { method: 'POST', path: '/Users', bulkId: 'qwerty', data: 'no object' };
    const answer = await bulk({ ...body, failOnErrors: null, Operations: [unreadable, ...rest] });
    const expected = sample('rfc7644-3.7.3-bulk_response-multiple_errors', ids);
    expect(comparable(answer.body)).toEqual(comparable(expected));
    const stopped = await bulk({ ...body, Operations: [unreadable, ...rest] });
    expect(comparable(stopped.body)).toEqual(comparable(sample('rfc7644-3.7.3-bulk_response-error_invalid_syntax')));
    expect((await scim.call('GET', '/Users')).body).toMatchObject({ totalResults: 2 });
  });
});

test('a request of more than 1 MiB is refused in the words of the RFC', async () => {
  const answer = await bulk({
    schemas: [],
    Operations: [],
    filler: Array.from({ length: 17 }, () => 'x'.repeat(65_000)),
  });
  expect([answer.status, answer.body]).toEqual([413, sample('rfc7644-3.7.4-error-payload_too_large')]);
});

test('requests that change the same groups in opposite order at once all succeed', async () => {
  const made = async (path: string, body: object): Promise<string> =>
    z.looseObject({ id: z.string() }).parse((await scim.call('POST', path, { body })).body).id;
  const people = await Promise.all(
    ['1', '2', '3'].map((n) => made('/Users', { schemas: [userSchema], userName: `circle-${n}@example.com` })),
  );
  const groups = await Promise.all(
    Array.from({ length: 20 }, (_, n) => made('/Groups', { schemas: [groupSchema], displayName: `Circle ${n}` })),
  );
  const change = (person: string | undefined, ids: readonly string[]) =>
    bulk({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: ids.map((id) => ({
        method: 'PATCH',
        path: `/Groups/${id}`,
        data: { schemas: [patchSchema], Operations: [{ op: 'add', path: 'members', value: [{ value: person }] }] },
      })),
    });
  const answers = await Promise.all([
    change(people[0], groups),
    change(people[1], groups.toReversed()),
    change(people[2], groups),
  ]);
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(new Set(results.parse(body).Operations.map((line) => line.status))).toEqual(new Set(['200']));
  }
});

describe('many new users of one request', () => {
  const post = (userName: string, more: object = {}) => ({
    method: 'POST',
    path: '/Users',
    bulkId: userName,
    data: { userName, ...more },
  });
  /** Statuses, and who is there afterwards. */
  const send = async (operations: readonly object[], more: object = {}) => {
    const { body } = await bulk({ ...bulkOf(...operations), ...more });
    const { Resources } = z
      .looseObject({ Resources: z.array(z.looseObject({ userName: z.string() })) })
      .parse((await scim.call('GET', '/Users')).body);
    const lines = results.parse(body).Operations;
    return { statuses: lines.map(({ status }) => status), names: Resources.map(({ userName }) => userName), lines };
  };

  test('are created in their order by one statement for a hundred of them, with their events', async () => {
    const names = Array.from({ length: 150 }, (_, n) => `run-${n}`);
    const texts: string[] = [];
    let sent: Awaited<ReturnType<typeof send>> | undefined;
    await withOutcomes(
      (_number, text) => {
        texts.push(text);
        return 'sent';
      },
      async () => {
        sent = await send(names.map((name) => post(name, { externalId: `x-${name}`, title: name })));
      },
    );
    expect(texts.filter((text) => text.includes('insert into people'))).toHaveLength(2);
    expect(new Set(sent?.statuses)).toEqual(new Set(['201']));
    expect(sent?.names).toEqual(names.slice(0, 100));
    const [first] = sent?.lines ?? [];
    const { body, headers } = await scim.call('GET', `/Users/${first?.location?.split('/').at(-1)}`);
    expect([body, headers.get('etag')]).toMatchObject([{ externalId: 'x-run-0', title: 'run-0' }, first?.version]);
    const { rows } = await sql`select from inbound_events where event_type = 'scim.user.created'`.execute(
      scim.ledger.db,
    );
    expect(rows.length).toBeGreaterThanOrEqual(150);
    // One page of them, and the rest afterwards.
    await empty(scim);
  });

  test('are each answered as alone where one of them is there already', async () => {
    await scim.call('POST', '/Users', { body: { userName: 'there' } });
    expect(await send([post('a'), post('THERE'), post('b')])).toMatchObject({
      statuses: ['201', '409', '201'],
      names: ['there', 'a', 'b'],
    });
  });

  test.each([
    ['a user name twice', post('a'), post('A')],
    ['a user who cannot be read', post('a'), post('b', { active: 'perhaps' })],
  ])('%s: the first is created, the second refused', async (_what, first, second) => {
    const { statuses, names } = await send([first, second]);
    expect([statuses[0], names]).toEqual(['201', ['a']]);
    expect(Number(statuses[1])).toBeGreaterThanOrEqual(400);
  });

  test('of the externalId of one who left, the second is restored under its id', async () => {
    const gone = idOf(
      await scim.call('POST', '/Users', { body: { userName: 'gone', externalId: 'x1', active: false } }),
    );
    const { statuses, names, lines } = await send([post('a'), post('back', { externalId: 'x1' })]);
    expect({ statuses, names: new Set(names) }).toEqual({ statuses: ['201', '201'], names: new Set(['a', 'back']) });
    expect(lines[1]?.location).toContain(gone);
  });

  test('of the same externalId are two users, as in two requests', async () => {
    expect(await send([post('a', { externalId: 'x1' }), post('b', { externalId: 'x1' })])).toMatchObject({
      statuses: ['201', '201'],
      names: ['a', 'b'],
    });
  });

  test('none is created after as many errors as failOnErrors says', async () => {
    await scim.call('POST', '/Users', { body: { userName: 'there' } });
    expect(await send([post('a'), post('there'), post('b')], { failOnErrors: 1 })).toMatchObject({
      statuses: ['201', '409'],
      names: ['there', 'a'],
    });
    const refused = { method: 'PUT', path: '/Users/none', data: { userName: 'x' } };
    expect(await send([refused, post('c'), post('d')], { failOnErrors: 1 })).toMatchObject({
      statuses: ['404'],
      names: ['there', 'a'],
    });
  });
});

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
