import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { routes } from './routes.ts';
import { runApi, type RunningApi } from './testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const paths = routes.map(({ method, path, scope }) => ({
  method: method.toUpperCase(),
  path: path.replace(/:\w+/, 'x'),
  scope,
}));

describe('an API key', () => {
  test('gets the same answer if it is missing, unknown, revoked, of another scheme or of a removed tenant', async () => {
    const revoked = await api.keyFor('globex');
    await api.ledger.db.updateTable('api_keys').set({ revoked_at: new Date() }).where('id', '=', revoked.id).execute();
    const homeless = await api.keyFor('removed');
    const good = await api.keyFor('globex');
    const answers = await Promise.all(
      [
        undefined,
        'Bearer',
        'Bearer kc_unknown',
        `Bearer ${revoked.key}`,
        `Bearer ${homeless.key}`,
        `Basic ${good.key}`,
        good.key,
      ].map(async (authorization) => {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await api.call('GET', '/v1/flows', { key: null, headers });
        const headersButDate = [...answer.headers].filter(([name]) => name !== 'date');
        const id = answer.headers.get('request-id') ?? '';
        return JSON.stringify([answer.status, headersButDate, answer.text]).replaceAll(id, 'id');
      }),
    );
    expect(answers[0]).toMatch(/^\[401,/);
    expect(answers[0]).toMatch(/"www-authenticate","Bearer"/);
    expect([...new Set(answers)]).toEqual([answers[0]]);
  });

  test.each(paths)('is checked before $method $path does anything', async ({ method, path }) => {
    expect(await api.call(method, path, { key: null, ...(method === 'GET' ? {} : { body: '{broken' }) })).toMatchObject(
      { status: 401 },
    );
  });

  const scoped = paths.flatMap(({ scope, ...path }) => (scope === null ? [] : [{ ...path, scope }]));
  test.each(scoped)('needs the scope $scope for $method $path', async ({ method, path, scope }) => {
    const others = (['read', 'write', 'operator'] as const).filter((one) => one !== scope);
    const { key } = await api.keyFor('globex', others);
    const refused = await api.call(method, path, { key, ...(method === 'GET' ? {} : { body: '{broken' }) });
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'missing_scope', scope, detail: expect.stringContaining(`"${scope}"`) },
    });
    const { key: enough } = await api.keyFor('globex', [scope]);
    expect((await api.call(method, path, { key: enough })).status).not.toBe(403);
  });
});

describe('a refusal', () => {
  test('is a problem of RFC 9457', async () => {
    const { status, headers, body } = await api.call('GET', '/v1/shipments/shp_none');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: 'urn:keycourier:problem:not_found',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      code: 'not_found',
      requestId: headers.get('request-id'),
    });
  });

  test.each([
    ['GET', '/', 404, null],
    ['GET', '/v2/shipments', 404, null],
    ['GET', '/metrics', 404, null],
    ['DELETE', '/v1/shipments', 405, 'POST, GET, HEAD'],
    ['PUT', '/v1/flows/group-add', 405, 'PATCH'],
    ['GET', '/v1/shipments/x/retry', 405, 'POST'],
    ['GET', '/v1/shipments/%zz', 400, null],
  ])('of %s %s is %i', async (method, path, status, allow) => {
    const answer = await api.call(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test.each([
    ['no JSON', '{"login": canary', {}, 400],
    ['no object', '"canary"', {}, 400],
    ['null', 'null', {}, 400],
    ['another media type', 'login=canary', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no media type', '{"login":"canary"}', { 'content-type': '' }, 415],
    ['another charset', '{"login":"canary"}', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['not compressed as it says', '{"login":"canary"}', { 'content-encoding': 'gzip' }, 400],
    ['compressed in another way', '{"login":"canary"}', { 'content-encoding': 'zstd' }, 415],
    ['over 1 MiB', `{"login":"${'x'.repeat(1024 * 1024)}"}`, {}, 413],
  ])('of a body that is %s does not quote it', async (_what, body, headers, status) => {
    const answer = await api.call('POST', '/v1/shipments', { body, headers });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('canary');
  });

  test.each([
    ['is no JSON', '{\n "login": canary\n}', 400, 'line 2, column 11', 'not_json'],
    ['has a member twice', '{"login":"canary","note":"","login":"b"}', 400, 'line 1, column 29', 'duplicate_member'],
    [
      'has a member twice, further in',
      '{"profile":{"city":"canary","city":""}}',
      400,
      'line 1, column 29',
      'duplicate_member',
    ],
    ['is nested too deeply', `{"login":${'['.repeat(16)}`, 400, 'line 1, column 25', 'too_deep'],
    [
      'has too many members',
      `{${Array.from({ length: 201 }, (_, i) => `"a${i}":1`).join(',')}}`,
      413,
      'line 1, column 1692',
      'too_many_members',
    ],
    ['has too many elements', `{"rows":[${'{},'.repeat(1_001)}1]}`, 413, 'line 1, column 3010', 'too_many_elements'],
    ['has too long a text', `{"login":"${'x'.repeat(65_537)}"}`, 413, 'line 1, column 10', 'text_too_long'],
  ])('of a body that %s names the place', async (_what, body, ...[status, field, code]) => {
    const answer = await api.call('POST', '/v1/shipments', { body });
    expect(answer).toMatchObject({
      status,
      body: { problems: [{ field, code, message: expect.stringContaining(field) }] },
    });
    expect(answer.text).not.toContain('canary');
  });

  test.each(paths)('of $method $path with an unknown query parameter is 400', async ({ method, path }) => {
    expect(await api.call(method, `${path}?surprise=1`)).toMatchObject({
      status: 400,
      body: { problems: [{ field: 'surprise', code: 'unknown_field' }] },
    });
  });

  test('of an unknown query parameter names it, so that a misspelt dryRun orders nothing', async () => {
    const answer = await api.call('POST', '/v1/shipments?dryrun=true', { body: { login: 'a@globex.example' } });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ field: 'dryrun', code: 'unknown_field' }] } });
  });
});

test('every answer forbids storing and sniffing, and does not reveal the server software', async () => {
  const { headers } = await api.call('GET', '/v1/flows');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('metrics use the path in the table of routes, never the requested one', async () => {
  api.metrics.resetMetrics();
  await api.call('GET', '/v1/shipments/shp_canary');
  const text = await api.metrics.metrics();
  expect(text).toContain('method="get",route="/v1/shipments/:id",status="404"');
  expect(text).not.toContain('canary');
});

test('the probes are on the public port', async () => {
  expect(await api.call('GET', '/healthz', { key: null })).toMatchObject({ status: 200 });
  // Its checks have two seconds, in which a busy machine may not answer.
  await until(
    () => api.call('GET', '/readyz', { key: null }),
    ({ status }) => status === 200,
  );
});

describe('without the database', () => {
  let lonely: RunningApi;
  beforeAll(async () => {
    lonely = await runApi();
    await lonely.database.drop();
  });
  afterAll(() => lonely.stop());

  test.each([
    ['GET', '/v1/shipments?user=canary@globex.example', undefined],
    ['POST', '/v1/shipments', { login: 'canary@globex.example' }],
    ['POST', '/v1/batches', { rows: [{ login: 'canary@globex.example' }] }],
  ])('%s %s is answered 503, and its content is not logged', async (method, path, body) => {
    const answer = await lonely.call(method, path, { body });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).not.toBeNull();
    await until(
      () => lonely.logged.join(''),
      (text) => text.includes('a store does not answer'),
    );
    expect(lonely.logged.join('')).not.toContain('canary');
  });

  test('the process is alive but not ready', async () => {
    expect(await lonely.call('GET', '/healthz')).toMatchObject({ status: 200 });
    expect(await lonely.call('GET', '/readyz')).toMatchObject({ status: 503 });
  });
});
