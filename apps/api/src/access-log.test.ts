import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { routes } from './routes.ts';
import { runApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi({ limits: { requestsPerMinute: 60, failuresPerMinute: 1_000 } });
});
afterAll(() => api.stop());

const requestLine = z.looseObject({ msg: z.string(), requestId: z.string().optional(), status: z.int().optional() });
const uuid = /^[\da-f-]{36}$/;

/** The lines about one request. */
const linesOf = (headers: Headers) =>
  api.logged
    .map((line) => requestLine.parse(JSON.parse(line)))
    .filter(({ requestId }) => requestId === headers.get('request-id'));

describe('every answer', () => {
  test.each([
    ['GET', '/v1/flows', {}],
    ['GET', '/v1/flows', { key: null }],
    ['GET', '/v1/shipments/shp_01kab3v6d2m8zq4w0xrt5y7n9c', {}],
    ['GET', '/v1/nowhere', {}],
    ['PUT', '/v1/flows', {}],
    ['GET', '/v1/%zz', {}],
    ['GET', '/healthz', {}],
    ['POST', '/v1/shipments', { body: '{' }],
  ] as const)('to %s %s %j has a Request-Id, and a problem repeats it', async (method, path, options) => {
    const answer = await fetch(api.url + path, {
      method,
      headers: 'key' in options ? {} : { authorization: `Bearer ${(await api.keyFor('globex')).key}` },
      ...('body' in options ? { body: options.body } : {}),
    });
    const id = answer.headers.get('request-id');
    expect(id).toMatch(uuid);
    const body: unknown = await answer.json();
    if (answer.status >= 400) expect(body).toMatchObject({ status: answer.status, requestId: id });
  });

  test('has an id of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${api.url}/healthz`)).headers.get('request-id')),
    );
    expect(new Set(ids).size).toBe(20);
  });
});

describe('a refusal leaves one line', () => {
  test('of 401, with the address and without a key or path', async () => {
    const { headers } = await api.call('GET', '/v1/shipments?user=ada@globex.example', { key: 'kc_wrong' });
    expect(linesOf(headers)).toMatchObject([
      { msg: 'request refused', status: 401, route: '/v1/shipments', address: '127.0.0.1', method: 'GET' },
    ]);
    expect(api.logged.join('')).not.toMatch(/kc_wrong|ada@globex/);
  });

  test('of 403, with the key’s id and tenant', async () => {
    const { id, key } = await api.keyFor('globex', ['read']);
    const { headers } = await api.call('GET', '/v1/keys', { key });
    expect(linesOf(headers)).toMatchObject([
      { msg: 'request refused', status: 403, apiKeyId: id, tenant: 'globex', route: '/v1/keys' },
    ]);
  });

  test('of 429, with the key’s id; a flood is counted', async () => {
    const { id, key } = await api.keyFor('globex', ['read']);
    const before = api.logged.length;
    const answers = await Promise.all(Array.from({ length: 200 }, () => api.call('GET', '/v1/flows', { key })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(140);
    const lines = api.logged.slice(before).filter((line) => line.includes(id));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toContain('"status":429');
  });

  test('and other answers leave none', async () => {
    for (const path of ['/v1/flows', '/v1/nowhere', '/v1/shipments/shp_01kab3v6d2m8zq4w0xrt5y7n9c'])
      expect(linesOf((await api.call('GET', path)).headers)).toEqual([]);
  });
});

describe('a read of personal data leaves one line', () => {
  test('with the id of the key, and nothing of the person', async () => {
    const { id, key } = await api.keyFor('globex', ['read', 'write']);
    const { body } = await api.call('POST', '/v1/shipments', { key, body: { login: 'ada@globex.example' } });
    const shipmentId = z.string().parse(body['id']);
    for (const [path, route] of [
      [`/v1/shipments/${shipmentId}`, '/v1/shipments/:id'],
      ['/v1/shipments?user=ada@globex.example', '/v1/shipments'],
    ] as const) {
      const { headers } = await api.call('GET', path, { key });
      expect(linesOf(headers)).toMatchObject([{ msg: 'personal data read', apiKeyId: id, tenant: 'globex', route }]);
    }
    expect(api.logged.join('')).not.toMatch(/ada@globex/);
  });

  test('on every route whose answer names persons', () => {
    const examplesOf = ({ contract }: (typeof routes)[number]): string =>
      JSON.stringify(
        Object.values(contract.answers).flatMap(({ content }) =>
          Object.values(content ?? {}).map(({ example }) => example),
        ),
      );
    const naming = routes.filter((route) => route.method === 'get' && /"login":|\blogin,/.test(examplesOf(route)));
    expect(naming.map(({ path }) => path)).toEqual(expect.arrayContaining(['/v1/shipments/:id', '/v1/shipments']));
    expect(naming.filter(({ contract }) => contract.readsPersonalData !== true).map(({ path }) => path)).toEqual([]);
  });
});
