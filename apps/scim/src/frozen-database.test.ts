import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { databaseProxy, type DatabaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { took } from '@keycourier/runtime/testing/took';

import { runScim, type RunningScim } from './testing/running-scim.ts';
import { create, groupBody, patchBody, userBody } from './testing/sample-requests.ts';

let scim: RunningScim;
let proxy: DatabaseProxy;
let ada: string;
beforeAll(async () => {
  const via = async (databaseUrl: string): Promise<string> => {
    proxy = await databaseProxy(databaseUrl);
    return proxy.url;
  };
  scim = await runScim({ via });
  ada = await create(scim, '/Users', userBody('ada@acme.example'));
});
beforeEach(async () => {
  // The pool holds connections, as in a process that has answered requests.
  await Promise.all([1, 2, 3].map(() => scim.call('GET', '/Users')));
});
afterEach(() => proxy.thaw());
afterAll(async () => {
  await scim.stop();
  await proxy.close();
});

describe('while the database is frozen', () => {
  test.each<[string, () => string, object | undefined]>([
    ['GET', () => '/Users', undefined],
    ['GET', () => `/Users/${ada}`, undefined],
    ['GET', () => '/ServiceProviderConfig', undefined],
    ['POST', () => '/Users', userBody('grace@acme.example')],
    ['PUT', () => `/Users/${ada}`, userBody('ada@acme.example', { title: 'Dr' })],
    ['PATCH', () => `/Users/${ada}`, patchBody({ op: 'add', value: { active: false } })],
    ['DELETE', () => `/Users/${ada}`, undefined],
    ['POST', () => '/Groups', groupBody('Readers')],
  ])('%s is answered 503 with Retry-After after about two seconds', async (method, path, body) => {
    proxy.freeze();
    const { value: answer, ms } = await took(() => scim.call(method, path(), { body }));
    expect(ms).toBeLessThan(2_600);
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining('retry later') } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  test('so is a request for a token', async () => {
    proxy.freeze();
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'a', client_secret: 'b' });
    const url = `${scim.baseUrlOf(scim.connection)}/oauth/token`;
    const { value: answer, ms } = await took(() => fetch(url, { method: 'POST', body }));
    expect(ms).toBeLessThan(2_600);
    expect(answer.status).toBe(503);
  });

  test('thirty requests at once are all answered in that time', async () => {
    proxy.freeze();
    const { value: answers, ms } = await took(() =>
      Promise.all(Array.from({ length: 30 }, () => scim.call('GET', '/Users'))),
    );
    expect(ms).toBeLessThan(3_500);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  });
});

test('after the thaw, requests are answered as before, and nothing was done', async () => {
  proxy.freeze();
  await scim.call('PUT', `/Users/${ada}`, { body: userBody('ada@acme.example', { title: 'late' }) });
  proxy.thaw();
  const { status, body } = await scim.call('GET', `/Users/${ada}`);
  expect({ status, title: body['title'] }).toEqual({ status: 200, title: undefined });
});
