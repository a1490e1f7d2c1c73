import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { httpFaults } from '../testing/http-faults.ts';
import { unusedUrl, drop, json, serve, type Respond, type TestServer } from '../testing/http-server.ts';
import { oktaError, oktaOn, transportKey } from '../testing/okta-answers.ts';

let server: TestServer;
let okta: IdentityPort;
beforeAll(async () => {
  server = await serve();
  okta = oktaOn(server);
});
afterAll(() => server.close());

const enroll = (port = okta): Promise<unknown> => port.enroll('acme', { userId: '00uAda', transportKey });

/** What decides whether a 403 is about the credentials. */
const callsBesideNeutral = (): unknown[] => server.seen.filter(({ path }) => path !== '/api/v1/users?limit=1');

describe('a call with an effect fails with', () => {
  test.each(httpFaults(oktaError))(
    '$title: $fault, and is sent once',
    async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
      server.respond(respond);
      const port = oktaOn(server, { timeoutMs });
      const thrown = await faultOf(enroll(port));
      expect(thrown).toMatchObject({ service: 'okta', fault, status, retryAfterMs });
      expect(thrown.message).toMatch(/^okta enroll: /);
      expect(everythingIn(thrown)).not.toContain('secret-value');
      expect(callsBesideNeutral()).toHaveLength(1);
    },
  );
});

describe('a read fails with', () => {
  const repeated = new Set(['outcome_unknown', 'unreachable']);
  const cases = httpFaults(oktaError).filter(
    ({ title }) => !title.includes('another shape') && title !== '200 with nothing',
  );

  test.each(cases)('$title: $fault', async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
    server.respond(respond);
    const port = oktaOn(server, { timeoutMs });
    expect(await faultOf(port.listEnrollments('acme', '00uAda'))).toMatchObject({ fault, status, retryAfterMs });
    expect(callsBesideNeutral()).toHaveLength(repeated.has(fault) ? 3 : 1);
  });

  test('a reset, then an answer: nothing has happened', async () => {
    let calls = 0;
    server.respond((request, response) => {
      calls += 1;
      (calls === 1 ? drop : json(200, []))(request, response);
    });
    await expect(okta.listEnrollments('acme', '00uAda')).resolves.toEqual([]);
  });
});

describe('a call that was certainly not sent is unreachable:', () => {
  test('no server', async () => {
    const port = oktaOn(server, { orgUrl: await unusedUrl() });
    expect(await faultOf(port.enroll('acme', { userId: '00uAda', transportKey }))).toMatchObject({
      fault: 'unreachable',
    });
  });

  test('an unknown host', async () => {
    const port = oktaOn(server, { orgUrl: 'http://acme.okta.invalid' });
    expect(await faultOf(port.sendPin('acme', '00uAda', 'fwf1'))).toMatchObject({ fault: 'unreachable' });
  });

  test('no token', async () => {
    const port = oktaOn(server, { auth: { token: () => Promise.reject(new RangeError('secret-value')) } });
    const thrown = await faultOf(port.sendPin('acme', '00uAda', 'fwf1'));
    expect(thrown).toMatchObject({ fault: 'unreachable' });
    expect(everythingIn(thrown)).not.toContain('secret-value');
  });

  test('an unreadable RP ID for an enrollment', async () => {
    server.respond(json(503, oktaError));
    const thrown = await faultOf(
      oktaOn(server, { rpId: undefined }).enroll('acme', { userId: '00uAda', transportKey }),
    );
    expect(thrown).toMatchObject({ fault: 'unreachable', status: 503 });
    expect(new Set(server.seen.map(({ path }) => path))).toEqual(new Set(['/.well-known/openid-configuration']));
  });

  test('an answer without the RP ID', async () => {
    server.respond(json(200, { issuer: 'not an address' }));
    const thrown = await faultOf(
      oktaOn(server, { rpId: undefined }).enroll('acme', { userId: '00uAda', transportKey }),
    );
    expect(thrown).toMatchObject({ fault: 'unreachable' });
  });
});

test('the limit of concurrent requests asks for a brief wait, not until the reset', async () => {
  const headers = { 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '9999999999' };
  server.respond(json(429, oktaError, headers));
  const { fault, retryAfterMs } = await faultOf(enroll());
  expect(fault).toBe('rate_limited');
  expect(retryAfterMs).toBeGreaterThanOrEqual(1_000);
  expect(retryAfterMs).toBeLessThan(4_000);
});

describe('an answer 503 whose headers count the calls of a window', () => {
  // The end of the window is 50 s after the answer, however late that is.
  const answerWith =
    (remaining: number): Respond =>
    (request, response) =>
      json(503, oktaError, {
        'x-rate-limit-limit': '600',
        'x-rate-limit-remaining': String(remaining),
        'x-rate-limit-reset': String(Math.ceil(Date.now() / 1_000) + 50),
      })(request, response);

  test('says nothing about when to try again while some are left', async () => {
    server.respond(answerWith(550));
    expect((await faultOf(enroll(oktaOn(server)))).retryAfterMs).toBeNull();
  });

  test('says so where none is left', async () => {
    server.respond(answerWith(0));
    expect((await faultOf(enroll(oktaOn(server)))).retryAfterMs).toBeGreaterThan(45_000);
  });
});

describe('the refusals of Okta are listed', () => {
  const summary = 'Api validation failed: pinResponseJwe|webAuthnCredResponse';
  const bodies: [title: string, body: unknown, refusals: unknown][] = [
    [
      'with causes in a list',
      {
        errorCode: 'E0000001',
        errorSummary: 'Api validation failed: login',
        errorCauses: [{ errorSummary: 'email: secret-value is bad' }],
      },
      [
        { field: 'login', code: 'E0000001' },
        { field: 'email', code: 'E0000001' },
      ],
    ],
    [
      'with one cause as an object',
      { errorCode: 'E0000001', errorSummary: summary, errorCauses: { errorSummary: 'PIN secret-value' } },
      [
        { field: 'pinResponseJwe', code: 'E0000001' },
        { field: 'webAuthnCredResponse', code: 'E0000001' },
      ],
    ],
    [
      'without causes',
      { errorCode: 'E0000003', errorSummary: 'The request body was not well-formed.' },
      [{ field: 'request', code: 'E0000003' }],
    ],
    ['with nothing that can be read', { oops: 'secret-value' }, []],
  ];

  test.each(bodies)('%s', async (_title, body, refusals) => {
    server.respond(json(400, body));
    const thrown = await faultOf(enroll());
    expect(thrown).toMatchObject({ fault: 'refused', status: 400, refusals });
    expect(everythingIn(thrown)).not.toContain('secret-value');
  });
});

test("a 403 because of a user's status does not count against the tenant", async () => {
  server.respond(
    json(403, { errorCode: 'E0000038', errorSummary: "This operation is not allowed in the user's current status." }),
  );
  expect(await faultOf(okta.sendPin('acme', '00uAda', 'fwf1'))).toMatchObject({ fault: 'refused', status: 403 });
});
