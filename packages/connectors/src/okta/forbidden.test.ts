import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { faultOf } from '../testing/fault-of.ts';
import { json, serve, type TestServer } from '../testing/http-server.ts';
import { oktaError, oktaOn, transportKey } from '../testing/okta-answers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const forbidden = json(403, { ...oktaError, errorCode: 'E0000006' });

/** An org that answers 403 for these paths, and an empty list or object for every other. */
function orgThatForbids(...paths: readonly RegExp[]): IdentityPort {
  server.respond((request, response) =>
    (paths.some((path) => path.test(request.path)) ? forbidden : json(200, []))(request, response),
  );
  return oktaOn(server);
}

const neutralCalls = (path: string): number => server.seen.filter((request) => request.path === path).length;

type Call = (okta: IdentityPort) => Promise<unknown>;

const activation = {
  userId: '00uAda',
  enrollmentId: 'fwf1',
  serial: '1',
  version: '5',
  pinResponseJwe: 'p',
  credResponseJwe: 'c',
  signingKeys: [],
};
const ofOneUser: [string, Call, RegExp][] = [
  ['reading the user', (okta) => okta.readUser('acme', '00uAda'), /users\/00uAda$/],
  ['reading a membership', (okta) => okta.isMember('acme', '00g1', '00uAda'), /users\/00uAda\/groups/],
  ['listing enrollments', (okta) => okta.listEnrollments('acme', '00uAda'), /\/enrollments/],
  ['enrolling', (okta) => okta.enroll('acme', { userId: '00uAda', transportKey }), /\/enroll$/],
  ['activating', (okta) => okta.activate('acme', activation), /\/activate$/],
  ['sending the PIN', (okta) => okta.sendPin('acme', '00uAda', 'fwf1'), /\/send-pin$/],
  ['deleting an enrollment', (okta) => okta.deleteEnrollment('acme', '00uAda', 'fwf1'), /\/enrollments\/fwf1$/],
  ['marking an enrollment', (okta) => okta.markEnrollmentError('acme', '00uAda', 'fwf1'), /\/mark-error$/],
];

describe('a 403 for one user', () => {
  test.each(ofOneUser)('%s is forbidden while other users may be read', async (_, call, path) => {
    const okta = orgThatForbids(path);
    expect(await faultOf(call(okta))).toMatchObject({ service: 'okta', fault: 'forbidden', status: 403 });
    expect(neutralCalls('/api/v1/users?limit=1')).toBe(1);
  });

  test.each(ofOneUser)('%s is unauthorized when no user may be read', async (_, call, path) => {
    const okta = orgThatForbids(path, /users\?limit=1$/);
    expect(await faultOf(call(okta))).toMatchObject({ service: 'okta', fault: 'unauthorized', status: 403 });
  });
});

test('a 403 for one group is forbidden while other groups may be read', async () => {
  const okta = orgThatForbids(/groups\/00g1$/);
  expect(await faultOf(okta.readGroup('acme', '00g1'))).toMatchObject({ fault: 'forbidden' });
  expect(neutralCalls('/api/v1/groups?limit=1')).toBe(1);
  const without = orgThatForbids(/groups/);
  expect(await faultOf(without.readGroup('acme', '00g1'))).toMatchObject({ fault: 'unauthorized' });
});

test('forbidden users at once share neutral requests, and a 401 costs none', async () => {
  const okta = orgThatForbids(/users\/00u/);
  const ids = ['00u1', '00u2', '00u3', '00u4'];
  const faults = await Promise.all(ids.map((id) => faultOf(okta.readUser('acme', id))));
  expect(new Set(faults.map(({ fault }) => fault))).toEqual(new Set(['forbidden']));
  expect(neutralCalls('/api/v1/users?limit=1')).toBeLessThan(ids.length);
  server.respond(json(401, oktaError));
  expect(await faultOf(oktaOn(server).readUser('acme', '00uAda'))).toMatchObject({
    fault: 'unauthorized',
    status: 401,
  });
  expect(neutralCalls('/api/v1/users?limit=1')).toBe(0);
});
