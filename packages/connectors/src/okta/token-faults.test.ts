import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConnectorFault } from '@keycourier/journey/ports/errors';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { noAnswerMs } from '../testing/http-faults.ts';
import { drop, hang, json, text, type Respond } from '../testing/http-server.ts';
import { oktaOn } from '../testing/okta-answers.ts';
import { grantedToken, inOrder, scriptedOrg, type ScriptedOrg } from '../testing/scripted-org.ts';
import { appWith, makeAppKey, type AppKey } from '../testing/service-app.ts';

let org: ScriptedOrg;
let key: AppKey;
beforeAll(async () => {
  org = await scriptedOrg();
  key = await makeAppKey('ES256', 'key-1');
});
afterAll(() => org.server.close());

const appPort = (timeoutMs?: number): IdentityPort => oktaOn(org.server, { auth: appWith('0oaApp', key), timeoutMs });
const send = (okta: IdentityPort): Promise<void> => okta.sendPin('acme', '00uAda', 'fwf1');

const oauthError = (error: string) => ({ error, error_description: 'secret-value' });

interface TokenFault {
  title: string;
  respond: Respond;
  fault: ConnectorFault;
  message: string;
  status?: number;
  timeoutMs?: number;
}

const cases: TokenFault[] = [
  ...['invalid_client', 'invalid_scope', 'consent_required', 'invalid_dpop_proof'].map((error): TokenFault => {
    const status = error === 'invalid_client' ? 401 : 400;
    const message = `the token call answered ${status} (${error})`;
    return { title: error, respond: json(status, oauthError(error)), fault: 'unauthorized', message, status };
  }),
  {
    title: '403 without a reason',
    respond: text(403, '<html>secret-value'),
    fault: 'unauthorized',
    message: 'the token call answered 403',
    status: 403,
  },
  {
    title: "404 that is not the org's own",
    respond: text(404, '<html>secret-value'),
    fault: 'unreachable',
    message: 'the token call answered 404',
    status: 404,
  },
  {
    title: '503',
    respond: json(503, oauthError('temporarily_unavailable')),
    fault: 'unreachable',
    message: 'the token call answered 503',
    status: 503,
  },
  {
    title: 'a reason that is prose',
    respond: json(400, oauthError('secret-value is bad')),
    fault: 'unreachable',
    message: 'the token call answered 400',
    status: 400,
  },
  { title: 'a reset', respond: drop, fault: 'unreachable', message: 'the token call: broke the connection' },
  {
    title: 'silence',
    respond: hang,
    fault: 'unreachable',
    message: 'the token call: did not answer in time',
    timeoutMs: noAnswerMs,
  },
  { title: '200 with nothing', respond: text(200, ''), fault: 'unreachable', message: 'something that is not a token' },
  {
    title: '200 without a token',
    respond: json(200, { ...grantedToken, access_token: undefined }),
    fault: 'unreachable',
    message: 'something that is not a token',
  },
  {
    title: 'a token of an unknown type',
    respond: json(200, { ...grantedToken, token_type: 'mac' }),
    fault: 'unreachable',
    message: 'something that is not a token',
  },
];

describe('a token call that fails by', () => {
  test.each(cases)('$title is $fault, and no call is made without a token', async (one) => {
    org.script({ token: one.respond, resource: json(204, null) });
    const thrown = await faultOf(send(appPort(one.timeoutMs)));
    expect(thrown).toMatchObject({ service: 'okta', fault: one.fault, status: one.status ?? null });
    expect(thrown.message).toMatch(/^okta sendPin: the token call/);
    expect(thrown.message).toMatch(one.message);
    expect(everythingIn(thrown)).not.toContain('secret-value');
    expect(org.resourceCalls()).toEqual([]);
  });
});

test('a token call that is one too many says when to come back', async () => {
  org.script({ token: json(429, oauthError('too_many_requests'), { 'retry-after': '12' }) });
  const thrown = await faultOf(send(appPort()));
  expect(thrown).toMatchObject({ fault: 'rate_limited', status: 429, retryAfterMs: 12_000 });
  expect(org.tokenCalls()).toHaveLength(1);
  expect(org.resourceCalls()).toEqual([]);
});

test('a token call that is lost is made again, and nothing has happened', async () => {
  org.script({ token: inOrder(drop, json(200, grantedToken)), resource: json(204, null) });
  await send(appPort());
  expect(org.tokenCalls()).toHaveLength(2);
  expect(org.resourceCalls()).toHaveLength(1);
});

test('a failed token call is not remembered', async () => {
  const refused = json(401, oauthError('invalid_client'));
  org.script({ token: inOrder(refused, json(200, grantedToken)), resource: json(204, null) });
  const okta = appPort();
  expect(await faultOf(send(okta))).toMatchObject({ fault: 'unauthorized' });
  await send(okta);
  expect(org.resourceCalls().map(({ headers }) => headers.authorization)).toEqual(['Bearer access-1']);
});

test.each([
  [-600_000, '600 s ahead of'],
  [600_000, '600 s behind'],
])('a clock that is off is named: the org’s differs by %d ms', async (differenceMs, expected) => {
  const date = new Date(Date.now() + differenceMs).toUTCString();
  org.script({ token: json(401, oauthError('invalid_client'), { date }) });
  const { message } = await faultOf(send(appPort()));
  // A busy machine takes seconds for the call itself.
  expect(message.replace(/\b(?:5[89]|60|61)\d s/, '600 s')).toMatch(
    `the token call answered 401 (invalid_client); our clock is ${expected} the org's`,
  );
});
