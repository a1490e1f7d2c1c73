/**
 * Stands in for an Okta org, in a process of its own: prepared answers without latency, and no cryptography. A credential
 * request is a JWE's header and nothing in it, so that the provider's stand-in can answer with the same key id.
 */
import { z } from 'zod';

import { answerRequests } from '../measure/answer-requests.ts';
import { json, serve, type Answer } from './http.ts';
import { mailOf, person, unknownPrefix } from './people.ts';

const notFound = json(404, { errorCode: 'E0000007', errorSummary: 'Not found', errorLink: 'E0000007', errorId: 'x' });
const jwe = 'x'.repeat(800);
let enrolled = 0;
let calls = 0;

/** When an unknown user was read, in milliseconds since 1970: what shows that the job of an event has begun. */
const readAt = new Map<string, number>();

/** As a large org's: no call of the bench comes near it. */
const rateLimit = (): Record<string, string> => ({
  'x-rate-limit-limit': '1000000',
  'x-rate-limit-remaining': '999000',
  'x-rate-limit-reset': String(Math.ceil(Date.now() / 1_000) + 60),
});

function user(id: string): Answer {
  if (id.startsWith(unknownPrefix)) {
    if (!readAt.has(id)) readAt.set(id, performance.timeOrigin + performance.now());
    return notFound;
  }
  const address = mailOf(id);
  return json(200, { id, status: 'ACTIVE', profile: { ...person, login: address, email: address } });
}

const headerOf = (keyId: string): string =>
  Buffer.from(JSON.stringify({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: keyId })).toString('base64url');

function enroll(): Answer {
  enrolled += 1;
  const keyId = `key-${enrolled}`;
  const credRequestJwe = `${headerOf(keyId)}.${jwe}.x.x.x`;
  const request = { authenticatorEnrollmentId: `fwf${enrolled}`, keyId, credRequestJwe };
  return json(200, { pinRequestJwe: `${headerOf('pin')}.${jwe}.x.x.x`, credRequests: [request] });
}

const activation = z.looseObject({ credResponses: z.array(z.looseObject({ authenticatorEnrollmentId: z.string() })) });

function activate(body: string): Answer {
  const { credResponses } = activation.parse(JSON.parse(body));
  return json(200, { authenticatorEnrollmentIds: credResponses.map((one) => one.authenticatorEnrollmentId) });
}

function answer(method: string, path: string, body: string): Answer {
  const [, id] = /^\/api\/v1\/users\/([^/?]+)$/.exec(path) ?? [];
  if (method === 'GET' && id !== undefined) return user(decodeURIComponent(id));
  if (method === 'POST' && path === '/webauthn-registration/api/v1/enroll') return enroll();
  if (method === 'POST' && path === '/webauthn-registration/api/v1/activate') return activate(body);
  if (method === 'GET' && path.startsWith('/webauthn-registration/')) return json(200, []);
  if (method === 'GET' && path.startsWith('/api/v1/logs')) return json(200, []);
  return notFound;
}

const url = await serve((method, path, body) => {
  calls += 1;
  const { headers, ...answered } = answer(method, path, body);
  return { ...answered, headers: { ...headers, ...rateLimit() } };
});

/** Answers with the number of calls so far, or with the unknown users that were read since the last time. */
answerRequests(url, async (request) => {
  if (request === 'calls') return calls;
  const all = [...readAt];
  readAt.clear();
  return all;
});
