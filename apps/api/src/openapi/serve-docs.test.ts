import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { routes } from '../routes.ts';
import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi({ limits: { requestsPerMinute: 1, failuresPerMinute: 1 } });
});
afterAll(() => api.stop());

const fetchPlain = (path: string) => api.call('GET', path, { key: null });

describe('the documentation', () => {
  test('is served as OpenAPI without a key', async () => {
    const { status, headers, body } = await fetchPlain('/v1/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'keycourier' } });
  });

  test('is served as a page with every route, without a key and without a script', async () => {
    const { status, headers, text } = await fetchPlain('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    for (const { contract } of routes) expect(text).toContain(`<article id="${contract.name}">`);
    expect(text).not.toMatch(/<script|https?:\/\/(?!(?:tracking|scim)\.example\.com)/);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).not.toMatch(/unsafe|https?:/);
  });

  test('has no rate limit', async () => {
    for (const path of ['/docs', '/v1/openapi.json', '/healthz', '/docs', '/v1/openapi.json', '/healthz'])
      expect(await fetchPlain(path)).toMatchObject({ status: 200 });
  });

  test.each(['/docs', '/v1/openapi.json'])('at %s is read-only', async (path) => {
    const answer = await api.call('POST', path, { key: null, body: {} });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});
