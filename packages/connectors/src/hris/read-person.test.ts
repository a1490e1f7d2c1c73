import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JourneyError } from '@keycourier/journey/ports/errors';
import fc from 'fast-check';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { hrisSettings, hrisWith, oktaUser } from '../testing/hris-answers.ts';
import { httpFaults } from '../testing/http-faults.ts';
import { unusedUrl, json, serve, text, type TestServer } from '../testing/http-server.ts';
import { createHrisPort } from './create-hris-port.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const ada = oktaUser('ada@acme.example');

describe('readPerson calls', () => {
  test.each([
    ['a bearer token', { bearer: () => Promise.resolve('renewed') }, 'Bearer renewed'],
    ['a user and a password', { basic: { user: 'keys', password: () => 'päss:word' } }, 'Basic a2V5czpww6Rzczp3b3Jk'],
  ])('with %s', async (_title, auth, authorization) => {
    server.respond(json(200, { city: 'Oslo' }));
    const hris = hrisWith(hrisSettings(server, {}, { auth }));
    await expect(hris.readPerson('acme', ada)).resolves.toEqual({ city: 'Oslo' });
    expect(server.seen).toMatchObject([
      { method: 'GET', path: '/people/ada%40acme.example', headers: { authorization, accept: 'application/json' } },
    ]);
  });

  test('no server when Okta lacks a value for the URL', async () => {
    server.respond(json(200, { city: 'Oslo' }));
    const hris = hrisWith(hrisSettings(server, { path: '/people/{primaryPhone}' }));
    await expect(hris.readPerson('acme', ada)).resolves.toBeNull();
    expect(server.seen).toHaveLength(0);
  });
});

describe('readPerson fails with', () => {
  const error = { error: 'secret-value' };
  // Any JSON may be a person without mapped attributes, and the HRIS's own 404 means an unknown person.
  const cases = httpFaults(error).filter(
    ({ title, fault }) => !title.includes('another shape') && fault !== 'not_found',
  );

  test.each(cases)('$title: $fault', async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
    server.respond(respond);
    const thrown = await faultOf(hrisWith(hrisSettings(server, {}, { timeoutMs })).readPerson('acme', ada));
    expect(thrown).toMatchObject({ service: 'hris', fault, status, retryAfterMs });
    expect(thrown.message).toMatch(/^hris readPerson: /);
  });

  test.each([
    ['with JSON', json(404, error)],
    ['with text', text(404, 'Not Found', { 'content-type': 'text/plain' })],
    ['with nothing', text(404, '', { 'content-type': 'application/json' })],
  ])('a 404 %s means an unknown person', async (_title, respond) => {
    server.respond(respond);
    await expect(hrisWith(hrisSettings(server)).readPerson('acme', ada)).resolves.toBeNull();
    expect(server.seen).toHaveLength(1);
  });

  test('a redirect, and follows none', async () => {
    const elsewhere = await serve(json(200, { city: 'Oslo' }));
    server.respond(text(302, '', { location: `${elsewhere.url}/people/ada` }));
    await faultOf(hrisWith(hrisSettings(server)).readPerson('acme', ada));
    expect(elsewhere.seen).toHaveLength(0);
    await elsewhere.close();
  });

  test('an answer of more than a mebibyte, and does not read it', async () => {
    const hris = hrisWith(hrisSettings(server));
    server.respond(json(200, { city: 'Oslo', rest: 'x'.repeat(1_000_000) }));
    await expect(hris.readPerson('acme', ada)).resolves.toEqual({ city: 'Oslo' });
    server.respond(json(200, { city: 'Oslo', rest: 'x'.repeat(1_100_000) }));
    expect(await faultOf(hris.readPerson('acme', ada))).toMatchObject({ fault: 'outcome_unknown' });
  });

  test('no server', async () => {
    const hris = hrisWith(hrisSettings({ url: await unusedUrl() }));
    expect(await faultOf(hris.readPerson('acme', ada))).toMatchObject({ fault: 'unreachable' });
  });

  test('no credentials', async () => {
    server.respond(json(200, {}));
    const auth = { bearer: () => Promise.reject(new RangeError('secret-value')) };
    const thrown = await faultOf(hrisWith(hrisSettings(server, {}, { auth })).readPerson('acme', ada));
    expect(thrown).toMatchObject({ fault: 'unreachable' });
    expect(everythingIn(thrown)).not.toContain('secret-value');
    expect(server.seen).toHaveLength(0);
  });

  test('a tenant without an HRIS, which is our own mistake', async () => {
    const port = createHrisPort(() => {
      throw new JourneyError('unknown_tenant', 'The tenant acme has no HRIS');
    });
    await expect(port.readPerson('acme', ada)).rejects.toThrow(JourneyError);
  });
});

test('an unanswered read is retried', async () => {
  server.respond(json(503, {}));
  await faultOf(hrisWith(hrisSettings(server)).readPerson('acme', ada));
  expect(server.seen).toHaveLength(3);
});

test('no error holds a login, a URL, a credential or a value', async () => {
  const responses = httpFaults({ city: 'value-of-the-answer' }).filter(({ timeoutMs }) => timeoutMs === undefined);
  const name = fc.stringMatching(/^[a-z]{8,12}$/);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...responses), name, name, async ({ respond }, login, token) => {
      server.respond(respond);
      const mapping = { city: '$error(city)' };
      const settings = hrisSettings(server, { mapping }, { auth: { bearer: () => `t-${token}` } });
      const user = oktaUser(`l-${login}@acme.example`);
      const outcome = await hrisWith(settings)
        .readPerson('acme', user)
        .catch((error: unknown) => error);
      if (outcome === null) return;
      const logged = everythingIn(await faultOf(Promise.reject(outcome)));
      for (const hidden of [`l-${login}`, `t-${token}`, server.url, '/people', 'value-of-the-answer'])
        expect(logged).not.toContain(hidden);
    }),
    { numRuns: 60 },
  );
});

describe('a 403 for a person', () => {
  const forAda = json(403, { error: 'secret-value' });
  const grace = oktaUser('grace@acme.example');
  const minuteMs = 60_000;

  test.each([
    ['lately', 9, 'forbidden'],
    ['long ago', 11, 'unauthorized'],
  ] as const)('is about this person where the HRIS answered for another %s', async (_, minutes, fault) => {
    let nowMs = 0;
    const hris = createHrisPort(() => hrisSettings(server), { nowMs: () => nowMs });
    server.respond((request, response) =>
      (request.path.includes('ada') ? forAda : json(200, { city: 'Oslo' }))(request, response),
    );
    expect(await faultOf(hris.readPerson('acme', ada))).toMatchObject({ fault: 'unauthorized', status: 403 });
    await hris.readPerson('acme', grace);
    nowMs = minutes * minuteMs;
    expect(await faultOf(hris.readPerson('acme', ada))).toMatchObject({ fault, status: 403 });
    expect(await faultOf(hris.readPerson('globex', ada))).toMatchObject({ fault: 'unauthorized' });
  });
});
