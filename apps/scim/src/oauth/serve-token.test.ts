import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createToken, revokeToken, type NewToken } from '@keycourier/ledger/directory/connections/tokens';
import { z } from 'zod';

import { runScim, type RunningScim, type TestConnection } from '../testing/running-scim.ts';

let scim: RunningScim;
let client: NewToken;
beforeAll(async () => {
  scim = await runScim();
  client = await clientOf(scim.connection);
});
afterAll(() => scim.stop());

async function clientOf({ tenant, id }: TestConnection): Promise<NewToken> {
  const created = await createToken(scim.ledger, { tenant, connectionId: id }, { kind: 'client' });
  if (created.outcome !== 'created') throw new TypeError(created.outcome);
  return created.token;
}

type Form = Readonly<Record<string, string>>;

async function post(form: Form | string, headers: Form = {}, connection = scim.connection) {
  const answer = await fetch(`${scim.baseUrlOf(connection)}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form),
  });
  const body = z.record(z.string(), z.unknown()).parse(await answer.json());
  return { status: answer.status, headers: answer.headers, body };
}

const grant = { grant_type: 'client_credentials' } as const;
const basic = (id: string, secret: string): Form => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const inBody = ({ id, secret }: NewToken): Form => ({ ...grant, client_id: id, client_secret: secret });

const listWith = (accessToken: unknown) =>
  scim.call('GET', '/Users', { headers: { authorization: `Bearer ${String(accessToken)}` } });

describe('client credentials', () => {
  test('in the header get a token for an hour', async () => {
    const { status, headers, body } = await post(grant, basic(client.id, client.secret));
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.stringMatching(/^kcs_/), token_type: 'Bearer', expires_in: 3_600 },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await listWith(body['access_token'])).toMatchObject({ status: 200 });
  });

  test('in the body get one too, with a scope that means nothing', async () => {
    const { status, body } = await post({ ...inBody(client), scope: 'anything' });
    expect(status).toBe(200);
    expect(await listWith(body['access_token'])).toMatchObject({ status: 200 });
  });

  test('a secret itself is no token, nor is a token of another connection', async () => {
    expect(await listWith(client.secret)).toMatchObject({ status: 401 });
    const other = await scim.addConnection();
    const { body } = await post(inBody(await clientOf(other)), {}, other);
    expect(await listWith(body['access_token'])).toMatchObject({ status: 401 });
  });

  test('end with the client, and its tokens at once', async () => {
    const connection = await scim.addConnection();
    const revoked = await clientOf(connection);
    const { body } = await post(inBody(revoked), {}, connection);
    const call = () =>
      scim.call('GET', '/Users', {
        as: connection,
        headers: { authorization: `Bearer ${String(body['access_token'])}` },
      });
    expect(await call()).toMatchObject({ status: 200 });
    await revokeToken(scim.ledger, { tenant: 'acme', connectionId: connection.id }, revoked.id);
    expect(await call()).toMatchObject({ status: 401 });
    expect(await post(inBody(revoked), {}, connection)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  test('get 60 tokens a minute', async () => {
    const connection = await scim.addConnection();
    const form = inBody(await clientOf(connection));
    const statuses = [];
    for (let index = 0; index < 62; index += 1) statuses.push((await post(form, {}, connection)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    const { status, headers, body } = await post(form, {}, connection);
    expect({ status, body }).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('a refusal', () => {
  test.each<[string, () => Form | string, () => Form, number, string]>([
    ['a wrong secret', () => ({ ...inBody(client), client_secret: 'kcs_wrong' }), () => ({}), 401, 'invalid_client'],
    ['an unknown client', () => ({ ...inBody(client), client_id: 'tok_none' }), () => ({}), 401, 'invalid_client'],
    ['a wrong secret in the header', () => grant, () => basic(client.id, 'kcs_wrong'), 401, 'invalid_client'],
    ['no credentials', () => grant, () => ({}), 401, 'invalid_client'],
    ['a header of another kind', () => grant, () => ({ authorization: 'Bearer x' }), 401, 'invalid_client'],
    ['both ways', () => inBody(client), () => basic(client.id, client.secret), 400, 'invalid_request'],
    ['no grant type', () => ({ ...inBody(client), grant_type: '' }), () => ({}), 400, 'unsupported_grant_type'],
    ['none at all', () => 'client_id=a', () => ({}), 400, 'invalid_request'],
    ['another grant', () => ({ ...inBody(client), grant_type: 'password' }), () => ({}), 400, 'unsupported_grant_type'],
    ['a parameter twice', () => 'grant_type=client_credentials&grant_type=x', () => ({}), 400, 'invalid_request'],
    ['a body that is too long', () => `a=${'x'.repeat(9_000)}`, () => ({}), 400, 'invalid_request'],
    ['JSON', () => '{}', () => ({ 'content-type': 'application/json' }), 400, 'invalid_request'],
  ])('of %s says what is wrong as RFC 6749 has it', async (...[, form, headers, status, error]) => {
    const answer = await post(form(), headers());
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.stringMatching(/\.$/) } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge !== null).toBe(status === 401 && 'authorization' in headers());
  });

  test('of an unknown connection and of a wrong secret look alike', async () => {
    const [one, other] = [
      await post({ ...inBody(client), client_secret: 'kcs_wrong' }),
      await post(inBody(client), {}, { ...scim.connection, id: 'unknown' }),
    ];
    expect([one.status, one.body]).toEqual([other.status, other.body]);
  });
});

test('only POST is taken', async () => {
  expect(await scim.call('GET', '/oauth/token')).toMatchObject({ status: 405 });
});
