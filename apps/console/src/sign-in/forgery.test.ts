import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { Visitor } from '../testing/visitor.ts';

let database: TemporaryDatabase;
let served: TestConsole;

beforeAll(async () => {
  database = await temporaryDatabase();
  served = await startTestConsole({ databaseUrl: database.url });
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function signedIn(who = ada): Promise<Visitor> {
  const visitor = new Visitor(served.url);
  await visitor.signIn(who);
  await visitor.ask('/');
  return visitor;
}

const foreign = [
  ['from another site', { origin: 'https://evil.example' }],
  ['from another port of this host', { origin: 'http://127.0.0.1:1' }],
  ['from a page without an origin', { origin: 'null' }],
] as const;

describe('a sign-in', () => {
  test.each(foreign)('%s is refused, right as it may be', async (_from, headers) => {
    const visitor = new Visitor(served.url);
    const answer = await visitor.submit('/sign-in', '/sign-in', { ...ada }, headers);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('was not fresh any more')]);
    expect((await visitor.ask('/')).status).toBe(302);
  });

  test('without the token of its form is refused', async () => {
    expect((await new Visitor(served.url).submit('/sign-in', '/sign-in', { ...ada, _csrf: '' })).status).toBe(403);
  });

  test("with the token of somebody else's form is refused", async () => {
    const other = new Visitor(served.url);
    await other.ask('/sign-in');
    const theirs = other.cookies.get('XSRF-TOKEN') ?? '';
    expect(theirs).not.toBe('');
    expect((await new Visitor(served.url).submit('/sign-in', '/sign-in', { ...ada, _csrf: theirs })).status).toBe(403);
  });
});

describe('a page', () => {
  test('is shown whatever cookies a browser comes with', async () => {
    for (const cookie of ['XSRF-TOKEN=j%3A%7B%7D', 'XSRF-TOKEN=.', 'XSRF-TOKEN', '=;=', 'keycourier-console-0=s%3Aa.b'])
      expect((await new Visitor(served.url).ask('/sign-in', { headers: { cookie } })).status).toBe(200);
  });
});

describe('a change', () => {
  test.each(foreign)('%s is refused', async (_from, headers) => {
    const visitor = await signedIn();
    expect((await visitor.change('PUT', '/queues/pause', { headers })).status).toBe(403);
    expect((await visitor.submit('/', '/sign-out', {}, headers)).status).toBe(403);
    expect((await visitor.ask('/')).status).toBe(200);
  });

  test("without a token, or with another session's, is refused", async () => {
    const [visitor, other] = [await signedIn(), await signedIn(grace)];
    const theirs = other.cookies.get('XSRF-TOKEN') ?? '';
    expect((await visitor.change('PUT', '/queues/pause', { headers: { 'x-xsrf-token': '' } })).status).toBe(403);
    expect((await visitor.change('PUT', '/queues/pause', { headers: { 'x-xsrf-token': theirs } })).status).toBe(403);
    visitor.cookies.set('XSRF-TOKEN', theirs);
    expect((await visitor.change('PUT', '/queues/pause')).status).toBe(403);
  });

  test('that only says that it is of the same origin is let in, as older browsers send it', async () => {
    const visitor = await signedIn();
    const token = visitor.cookies.get('XSRF-TOKEN') ?? '';
    const put = (headers: Record<string, string>) =>
      visitor.ask('/queues/api/queues/pause', { method: 'PUT', headers: { 'x-xsrf-token': token, ...headers } });
    expect((await put({})).status).toBe(403);
    expect((await put({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    // Past the door: the queues are not there in this test.
    expect((await put({ 'sec-fetch-site': 'same-origin' })).status).toBe(503);
  });

  test('is recorded with the operator who asked for it', async () => {
    const visitor = await signedIn();
    await visitor.change('PUT', '/queues/intake/pause');
    expect(served.log()).toMatch(
      /"operator":"ada","method":"PUT","path":"\/queues\/api\/queues\/intake\/pause","status":503/,
    );
  });

  test('works again with the next page after another stack on this host has taken the cookie', async () => {
    const visitor = await signedIn();
    visitor.cookies.set('XSRF-TOKEN', 'of.another');
    await visitor.ask('/queues/api/queues');
    expect((await visitor.change('PUT', '/queues/pause')).status).toBe(503);
  });
});
