import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { clientOf } from '../testing/requests.ts';
import { runScim, type RunningScim, type TestConnection } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  const operations = Array.from({ length: 130 }, (_, index) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${index}`,
    data: { userName: `listed${index}`, title: 'Guide', active: index % 2 === 0 },
  }));
  await okta.send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: operations,
  });
});
afterAll(() => scim.stop());

const listSchema = z.looseObject({
  totalResults: z.int(),
  startIndex: z.int(),
  itemsPerPage: z.int(),
  Resources: z.array(z.looseObject({ id: z.string() })),
});
const list = async (query: string) => listSchema.parse(await okta.read(`/Users${query}`));

describe('pages', () => {
  test.each(['', '&sortBy=title', '&sortBy=active', '&filter=title eq "Guide"', '&sortBy=title&sortOrder=descending'])(
    'snipe-it #18014: pages of 20%s have each user once',
    async (more) => {
      const seen: string[] = [];
      for (let startIndex = 1; startIndex <= 130; startIndex += 20)
        seen.push(
          ...(await list(`?startIndex=${startIndex}&count=20&attributes=id${more}`)).Resources.map(({ id }) => id),
        );
      expect([seen.length, new Set(seen).size]).toEqual([130, 130]);
    },
  );

  test.each(['', '&filter=title eq "Guide"', '&filter=title co "uid" or userName sw "LISTED"'])(
    'better-auth #10398, WSO2 #7320, SCIMReferenceCode #83: totalResults counts all of them%s',
    async (more) => {
      expect(await list(`?count=2${more}`)).toMatchObject({ totalResults: 130, itemsPerPage: 2, startIndex: 1 });
      expect(await list(`?count=0${more}`)).toMatchObject({ totalResults: 130, itemsPerPage: 0, Resources: [] });
    },
  );

  test('polis #4054: a page behind the last one has no items, and says so', async () => {
    expect(await list('?startIndex=201&count=100')).toMatchObject({
      totalResults: 130,
      itemsPerPage: 0,
      Resources: [],
    });
    expect(await list('?startIndex=101&count=100')).toMatchObject({ totalResults: 130, itemsPerPage: 30 });
  });

  test('bitwarden #4034: without parameters there is a first page', async () => {
    const page = await list('');
    expect(page).toMatchObject({ totalResults: 130, startIndex: 1, itemsPerPage: 100 });
    expect(page.Resources).toHaveLength(100);
  });

  test('numbers that are out of range count as the nearest (RFC 7644 §3.4.2.4)', async () => {
    expect(await list('?startIndex=-5&count=-1')).toMatchObject({ startIndex: 1, itemsPerPage: 0, totalResults: 130 });
  });
});

describe('whose people they are', () => {
  test('ciso-assistant #4658: who is taken over keeps their e-mail address', async () => {
    const other = await scim.addConnection();
    const reader = await scim.addConnection({ readAll: true });
    const emails = [{ value: 'local@acme.example', type: 'work', primary: true }];
    const id = await clientOf(scim, other).user('local.account', { emails });
    const linked = await clientOf(scim, reader).user('LOCAL.account', {
      emails: [{ value: 'attacker@evil.example', type: 'work', primary: true }],
      title: 'New',
    });
    expect(linked).toBe(id);
    expect(await clientOf(scim, reader).read(`/Users/${id}`)).toMatchObject({ emails, title: 'New' });
  });

  test('vouch #310, Atlas-Workforce #175, open-mercato #3907: another tenant’s token reads and writes nothing', async () => {
    const theirs = await scim.addConnection({ readAll: true }, 'globex');
    const id = await okta.user('of.acme');
    const stranger = clientOf(scim, theirs);
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { userName: 'x' }],
      ['DELETE', undefined],
    ] as const)
      expect((await stranger.send(method, `/Users/${id}`, body)).status).toBe(404);
    expect(await stranger.read('/Users')).toMatchObject({ totalResults: 0 });
    expect(await stranger.user('of.acme')).not.toBe(id);
  });

  test('onyx #14016: a token is one of the connection in the URL, or none', async () => {
    const other = await scim.addConnection();
    const mixed: TestConnection = { ...scim.connection, token: other.token };
    const unknown: TestConnection = { ...scim.connection, id: 'f'.repeat(26) };
    const answers = [
      await scim.call('GET', '/Users', { as: mixed }),
      await scim.call('GET', '/Users', { as: unknown }),
      await scim.call('GET', '/Users', { as: { ...scim.connection, token: `${scim.connection.token}x` } }),
      await scim.call('GET', '/Users', { as: null }),
      await scim.call('GET', '/Users', { as: null, headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });
});
