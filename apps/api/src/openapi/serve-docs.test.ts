import { once } from 'node:events';
import { get, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { z } from 'zod';

import { routes } from '../routes.ts';
import { runApi, type RunningApi } from '../testing/running-api.ts';
import { serveText } from './serve-docs.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi({ limits: { requestsPerMinute: 1, failuresPerMinute: 1 } });
});
afterAll(() => api.stop());

/** Undici inflates an answer by itself. */
async function fetchCompressed(path: string) {
  const [response] = await once(get(`${api.url}${path}`, { headers: { 'accept-encoding': 'gzip' } }), 'response');
  const answer = z.instanceof(IncomingMessage).parse(response);
  const body = await buffer(answer);
  return { headers: answer.headers, size: body.length, inflated: gunzipSync(body).toString('utf8') };
}

const fetchPlain = (path: string) => api.call('GET', path, { key: null });

describe('the documentation', () => {
  test('is served as OpenAPI without a key', async () => {
    const { status, headers, body } = await fetchPlain('/v1/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'keycourier' } });
  });

  test('is served as a page with every route, without a key, and with nothing inline or from elsewhere', async () => {
    const { status, headers, text } = await fetchPlain('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    for (const { path, contract } of routes)
      expect(text).toContain(`href="#/${path.split('/')[2] ?? ''}/${contract.name}"`);
    expect(text).not.toMatch(/<script>|<style|style=|https?:\/\//);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(policy).toMatch(/script-src 'self';style-src 'self';/);
  });

  test('has no rate limit', async () => {
    for (const path of ['/docs', '/v1/openapi.json', '/healthz', '/docs', '/v1/openapi.json', '/healthz'])
      expect(await fetchPlain(path)).toMatchObject({ status: 200 });
  });

  test.each([
    ['/docs/swagger-ui-bundle.js', 'text/javascript', 600_000],
    ['/docs/swagger-ui.css', 'text/css', 40_000],
    ['/docs/page.css', 'text/css', 5_000],
    ['/docs/start.js', 'text/javascript', 2_000],
    ['/v1/openapi.json', 'application/json', 80_000],
  ])('loads %s as %s, compressed to less than %d bytes', async (path, type, most) => {
    const { size, headers, inflated } = await fetchCompressed(path);
    expect(headers['content-type']).toContain(type);
    expect(headers['content-encoding']).toBe('gzip');
    expect(size).toBeLessThan(most);
    const plain = await fetchPlain(path);
    expect(plain.text === inflated).toBe(true);
  });

  test.each(['/docs/', '/docs/package.json', '/docs/../package.json', '/docs/%2e%2e/package.json'])(
    'has nothing at %s',
    async (path) => {
      expect(await fetchPlain(path)).toMatchObject({ status: 404 });
    },
  );

  test.each(['/docs', '/v1/openapi.json'])('at %s is read-only', async (path) => {
    const answer = await api.call('POST', path, { key: null, body: {} });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

test('a file that could not be read is read again for the next request', async () => {
  const attempts = [async () => Promise.reject(new RangeError('too many open files')), async () => Buffer.from('text')];
  const app = express();
  app.get(
    '/',
    serveText('text/plain', async () => (await attempts.shift()?.()) ?? Buffer.from('read too often')),
  );
  const answerError: express.ErrorRequestHandler = (_error, _request, response, _next) => void response.sendStatus(503);
  app.use(answerError);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const answers: unknown[] = [];
  for (let nth = 0; nth < 3; nth += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}`);
    answers.push([answer.status, answer.status === 200 ? await answer.text() : null]);
  }
  server.close();
  expect(answers).toEqual([
    [503, null],
    [200, 'text'],
    [200, 'text'],
  ]);
});
