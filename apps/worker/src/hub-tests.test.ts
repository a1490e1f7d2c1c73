import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig, type Config } from '@keycourier/config/config-file';
import { hubScopes } from '@keycourier/journey/hub/judge-hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { createHubLink, setHubClient } from '@keycourier/ledger/hub/links';
import { claimHubTest, readHubTest, requestHubTest, type HubTest } from '@keycourier/ledger/hub/tests';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { createUser, startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import { startHubTests } from './hub-tests.ts';
import { timeoutMs } from './testing/limits.ts';

let ledger: Ledger;
let hub: RunningOrg;
let config: Config;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  hub = await startOrg({ issuerHost: 'hub.okta.example' });
  await createUser(hub);
  config = parseConfig(JSON.stringify({ tenants: { acme: tenant({}), globex: tenant({ hub: inConfig }) } }), 'local');
});
afterAll(async () => {
  await hub.close();
  await closeTestLedgers();
});

const inConfig = { orgUrl: 'http://127.0.0.1:1', auth: { token: { env: 'HUB_TOKEN' } } };

const tenant = (more: object) => ({
  okta: { orgUrl: 'https://acme.okta.com', auth: { token: { env: 'OKTA_TOKEN' } } },
  hook: { secrets: [{ env: 'HOOK' }] },
  fulfillment: { apiUrl: 'https://api.example', keysUrl: 'https://keys.example', token: { env: 'TOKEN' } },
  products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
  pin: { channel: 'okta' },
  ...more,
});

/** The test of a tenant, once two workers that look for tests at once have ended it. */
async function tested(name: string, environment: Record<string, string> = {}): Promise<HubTest> {
  const ended: string[] = [];
  const errors: unknown[] = [];
  await requestHubTest(ledger, name);
  const found = await new Promise<HubTest | null>((resolve, reject) => {
    const options = {
      ledger,
      config,
      environment,
      timeoutMs,
      onTested: (one: string) => {
        ended.push(one);
        void Promise.all(workers.map((worker) => worker.close())).then(
          () => resolve(readHubTest(ledger, name)),
          reject,
        );
      },
      onError: (error: unknown) => {
        errors.push(error);
        reject(error);
      },
    };
    const workers = [startHubTests(options), startHubTests(options)];
  });
  expect([ended, errors]).toEqual([[name], []]);
  if (found === null) throw new RangeError('no test');
  return found;
}

const failed = ({ checks }: HubTest): string[] => (checks ?? []).flatMap(({ name, passed }) => (passed ? [] : [name]));

test('a hub that was named by API is tested with its own key', async () => {
  const link = await createHubLink(ledger, { tenant: 'acme', orgUrl: hub.url, createdBy: 'key_1' });
  const app = { clientId: '0oaLink', jwks: { keys: [link?.publicKey] }, scopes: hubScopes };
  await hub.call('POST', '/sim/apps', app);
  await setHubClient(ledger, 'acme', '0oaLink');
  const passed = await tested('acme');
  expect(failed(passed)).toEqual([]);
  expect(passed.orgUrl).toBe(hub.url);
  await hub.call('POST', '/sim/apps', { ...app, roles: [{ type: 'REPORT_ADMIN' }] });
  expect(failed(await tested('acme'))).toContain('may_create');
});

test('a hub of the config file is tested instead, and its administrator is stored by id alone', async () => {
  await createHubLink(ledger, { tenant: 'globex', orgUrl: hub.url, createdBy: 'key_1' });
  await setHubClient(ledger, 'globex', '0oaLink');
  const before = config;
  config = parseConfig(
    JSON.stringify({ tenants: { globex: tenant({ hub: { ...inConfig, orgUrl: hub.url } }) } }),
    'local',
  );
  const passed = await tested('globex', { HUB_TOKEN: token });
  config = before;
  expect(failed(passed)).toEqual([]);
  expect(passed.checks?.[0]?.message).toMatch(/^the API token of 00u\w+$/);
});

test('a hub that cannot be reached, a secret that is missing and a tenant without a hub end in failed checks', async () => {
  expect(failed(await tested('globex', { HUB_TOKEN: 'x' }))).toContain('credentials');
  const missing = await tested('globex');
  expect(missing.checks?.find(({ name }) => name === 'credentials')).toMatchObject({ passed: false });
  expect(JSON.stringify(missing.checks)).not.toContain(token);
  expect(failed(await tested('initech'))).toEqual(['credentials']);
  expect(await claimHubTest(ledger, 1_000)).toBeNull();
});
