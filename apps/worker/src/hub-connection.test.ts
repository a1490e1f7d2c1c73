import { generateKeyPairSync } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { parseConfig } from '@keycourier/config/config-file';
import { anyCaller } from '@keycourier/connectors/okta/rate-limits';
import type { OktaSettings } from '@keycourier/connectors/okta/settings';
import { appWith, makeAppKey, registerApp, type AppKey } from '@keycourier/connectors/testing/service-app';
import { dispatchHub } from '@keycourier/ledger/hub/lease';
import { endOutage } from '@keycourier/ledger/outages/recover';
import { postponeMessage } from '@keycourier/ledger/outbox/sync-outbox';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { createUser, startOrg, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import { recoveryOfOrgs } from './build-context.ts';
import { createConnectors } from './create-connectors.ts';
import { createRecovery } from './recovery.ts';
import { timeoutMs } from './testing/limits.ts';

let hub: RunningOrg;
let key: AppKey;
let opened: TestLedger;
let isDown = false;
let calls: string[] = [];
let userId: string;
beforeAll(async () => {
  hub = await startOrg({ issuerHost: 'hub.okta.example' }, [
    (request, response, next) => {
      if (!request.path.startsWith('/sim')) calls.push(`${request.method} ${request.path}`);
      if (isDown) response.status(503).end();
      else next();
    },
  ]);
  key = await makeAppKey('ES256', 'key-1');
  userId = await createUser(hub);
});
beforeEach(async () => {
  opened = await connectTestLedger();
  [isDown, calls] = [false, []];
});
afterAll(async () => {
  await hub.close();
  await closeTestLedgers();
});

const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const transportKey = { kty: 'EC', crv: 'P-384', use: 'enc', kid: 'transport-1', x, y } as const;

const config = parseConfig(
  JSON.stringify({
    tenants: {
      acme: {
        okta: { orgUrl: 'https://acme.okta.example', auth: { token: { env: 'OKTA_TOKEN' } } },
        hook: { secrets: [{ env: 'HOOK_SECRET' }] },
        fulfillment: { apiUrl: 'https://api.example/v1', keysUrl: 'https://api.example', token: { env: 'TOKEN' } },
        products: [{ productId: 1, inventoryProductId: 106, customizationId: 'RXJN83' }],
        pin: { channel: 'okta' },
      },
    },
  }),
);

/** The ports of a worker that reach the hub, with a circuit breaker that does not close by itself. */
async function aWorker() {
  const clientId = await registerApp(hub, { keys: [key], scopes: ['okta.users.manage', 'okta.groups.manage'] });
  const settings: OktaSettings = { orgUrl: hub.url, auth: appWith(clientId, key) };
  const recovery = createRecovery({
    ledger: opened.openAnother(),
    logger: { info: () => undefined },
    onError: (error) => {
      throw error;
    },
  });
  const { calledBy } = await createConnectors(
    config,
    {},
    {
      timeoutMs,
      pinCopyKeyPath: '/nowhere',
      hubSettingsOf: async () => settings,
      resilienceOf: (service) =>
        service === 'okta' ? { openMs: 600_000, retryDelayMs: 1, ...recoveryOfOrgs(recovery) } : {},
    },
  );
  // Each call is another job's.
  const enroll = () => calledBy(anyCaller).identity.enroll('hub:acme', { userId, transportKey });
  const readPerson = () => calledBy(anyCaller).hub.readHubPerson('acme', { id: userId });
  return {
    recovery,
    enroll,
    readPerson,
    readKeyHolder: () => calledBy(anyCaller).identity.readUser('hub:acme', userId),
  };
}

test('the calls for people and those for keys use one access token of the hub', async () => {
  const { readPerson, readKeyHolder } = await aWorker();
  expect((await Promise.all([readPerson(), readKeyHolder(), readPerson()])).map((found) => found?.id)).toEqual(
    Array.from({ length: 3 }, () => userId),
  );
  await readKeyHolder();
  const signedIn = calls.filter((call) => call === 'POST /oauth2/v1/token').length;
  calls = [];
  await (await aWorker()).readPerson();
  expect(calls.filter((call) => call === 'POST /oauth2/v1/token')).toHaveLength(signedIn);
});

test('the relying party of an org is read once, for the enrollments of all jobs', async () => {
  const { enroll } = await aWorker();
  await enroll();
  await enroll();
  expect(calls.filter((call) => call === 'GET /.well-known/openid-configuration')).toHaveLength(1);
});

test.each([
  ['hub:acme', 'okta'],
  ['hub:acme', 'hub'],
] as const)(
  "that another worker reaches the hub (%s, %s) closes this one's circuit breaker, which people and keys have in common",
  async (tenant, service) => {
    const { ledger } = opened;
    const { recovery, readPerson, readKeyHolder } = await aWorker();
    await dispatchHub(ledger.db, 'push-person', { ids: ['mir_1'], tenant: 'acme', priority: 1 });
    const failure = { waitsFor: service, isCounted: true } as const;
    await postponeMessage(ledger, { subjectId: 'mir_1' }, { afterMs: 3_600_000, failure });
    isDown = true;
    for (let time = 0; time < 2; time += 1) await expect(readPerson()).rejects.toThrow('okta readHubPerson');
    await expect(readKeyHolder()).rejects.toThrow('open circuit breaker');
    isDown = false;
    await recovery.look();
    await expect(readPerson()).rejects.toThrow('open circuit breaker');
    await endOutage(ledger, { tenant, service });
    await recovery.look();
    await expect(readPerson()).resolves.toMatchObject({ id: userId });
    await expect(readKeyHolder()).resolves.toMatchObject({ id: userId });
  },
);
