import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { claimHubTest, endHubTest } from '@keycourier/ledger/hub/tests';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const orgUrl = 'https://globex-hub.okta.com';
const create = (url = orgUrl): Promise<Call> => api.call('POST', '/v1/hub', { body: { orgUrl: url } });

describe('a hub that the API names', () => {
  test('has a key whose private half is in no answer, and needs its service app before it can be tested', async () => {
    expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null, orgUrl: null, test: null } });
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({ status: 409, body: { code: 'no_hub' } });
    const made = await create();
    expect(made).toMatchObject({ status: 201, body: { source: 'api', orgUrl, auth: 'service_app', clientId: null } });
    expect(made.body['publicKey']).toMatchObject({ kty: 'EC', crv: 'P-256' });
    expect(made.body['publicKey']).not.toHaveProperty('d');
    expect(await create()).toMatchObject({ status: 409, body: { code: 'hub_exists' } });
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({ status: 409, body: { code: 'no_hub' } });
    const named = await api.call('PATCH', '/v1/hub', { body: { clientId: '0oaHub' } });
    expect(named).toMatchObject({ status: 200, body: { clientId: '0oaHub', publicKey: made.body['publicKey'] } });
  });

  test('shows the test that waits, and what each check saw once it has ended', async () => {
    expect(await api.call('POST', '/v1/hub/test')).toMatchObject({
      status: 202,
      body: { test: { state: 'pending', endedAt: null, checks: [] } },
    });
    const claim = await claimHubTest(api.ledger, 60_000);
    if (claim === null) throw new RangeError('no test');
    const check = { name: 'users', passed: false, message: 'the list of users is empty', grant: 'a role' } as const;
    await endHubTest(api.ledger, claim, { orgUrl, checks: [check] });
    const { name, ...rest } = check;
    expect(await api.call('GET', '/v1/hub')).toMatchObject({
      body: { test: { state: 'failed', orgUrl, checks: [{ check: name, ...rest }] } },
    });
  });

  test('is the tenant’s alone, and each act on it is recorded', async () => {
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/hub', { key })).toMatchObject({ body: { source: null, test: null } });
    expect(await api.call('DELETE', '/v1/hub', { key })).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', '/v1/hub')).toMatchObject({ status: 204 });
    expect(await api.call('DELETE', '/v1/hub')).toMatchObject({ status: 404 });
    expect(await api.call('PATCH', '/v1/hub', { body: { clientId: '0oaHub' } })).toMatchObject({ status: 404 });
    expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null, publicKey: null, test: null } });
    const { rows } = await auditedActions();
    expect(rows).toEqual(['hub.created', 'hub.changed', 'hub.tested', 'hub.removed']);
  });
});

async function auditedActions(): Promise<{ rows: string[] }> {
  const found = await api.ledger.db.selectFrom('audit_entries').select('action').orderBy('seq').execute();
  return { rows: found.map(({ action }) => action).filter((action) => action.startsWith('hub.')) };
}

test.each([
  ['another scheme', 'ftp://globex-hub.okta.com'],
  ['no encryption', 'http://globex-hub.okta.com'],
  ['this machine', 'http://127.0.0.1:8080'],
  ['another host', 'https://hub.example'],
  ['a host that ends alike', 'https://evilokta.com'],
  ['a host behind Okta’s', 'https://hub.okta.com.evil.example'],
  ['another port', 'https://hub.okta.com:8443'],
  ['a user', 'https://hub.okta.com@evil.example'],
  ['a path', 'https://hub.okta.com/api/v1'],
  ['a query', 'https://hub.okta.com/?next=x'],
  ['the admin console', 'https://globex-admin.okta.com'],
  ['the tenant’s own org', 'https://ACME.okta.com'],
])('%s is refused as a hub', async (_title, url) => {
  const refused = await create(url);
  expect(refused).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  expect(await api.call('GET', '/v1/hub')).toMatchObject({ body: { source: null } });
});

test('a hub of the config file is expected and tested, and changed there alone', async () => {
  const { key } = await api.keyFor('initech');
  const expected = { source: 'config', orgUrl: 'https://initech-hub.okta.com', clientId: '0oaConfig', publicKey: null };
  expect(await api.call('GET', '/v1/hub', { key })).toMatchObject({ status: 200, body: expected });
  const inConfig = { status: 409, body: { code: 'hub_in_config' } };
  expect(await api.call('POST', '/v1/hub', { key, body: { orgUrl } })).toMatchObject(inConfig);
  expect(await api.call('PATCH', '/v1/hub', { key, body: { clientId: '0oaX' } })).toMatchObject(inConfig);
  expect(await api.call('POST', '/v1/hub/test', { key })).toMatchObject({ status: 202, body: expected });
});
