import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createMapping, readMapping } from '@keycourier/ledger/hub/groups';
import { requireMembershipsOf } from '@keycourier/ledger/hub/require-groups';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { databaseProxy, type DatabaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { createGroup, createUser, startOrg, token } from '@keycourier/okta-simulator/testing/running-org';
import { createLogger } from '@keycourier/runtime/logger';
import { freePort } from '@keycourier/runtime/testing/free-port';
import { until } from '@keycourier/runtime/testing/until';
import { Client } from 'pg';

import { workerEnvironment } from './environment.ts';
import { startWorker } from './start-worker.ts';

const config = `
tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: OKTA_TOKEN } } }
    hook: { secrets: [{ env: NEEDED_BY_THE_RECEIVER }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: PROVIDER_TOKEN } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

let dir: string;
let database: TemporaryDatabase;
let proxy: DatabaseProxy;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keycourier-worker-'));
  await writeFile(join(dir, 'keycourier.yaml'), config);
  await writeFile(join(dir, 'sealing.json'), generateKeyring(), { mode: 0o600 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  database = await temporaryDatabase();
  proxy = await databaseProxy(database.url);
  await proxy.refuse();
});
afterEach(async () => {
  await proxy.close();
  await database.drop();
});

function start(more: Readonly<Record<string, string>> = {}, secrets: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'worker', level: 'info', destination: { write: (line) => lines.push(line) } });
  const stop = new AbortController();
  const environment = workerEnvironment.parse({
    DATABASE_URL: proxy.url,
    KEYCOURIER_DATA_DIR: dir,
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    ...more,
  });
  const started = startWorker({
    environment,
    secrets: { OKTA_TOKEN: '00-an-api-token', PROVIDER_TOKEN: 'a-bearer-token', ...secrets },
    logger,
    stopping: stop.signal,
  });
  started.catch(() => undefined);
  const logged = (text: string): Promise<string> =>
    until(
      () => lines.find((line) => line.includes(text)) ?? '',
      (line) => line !== '',
    );
  const probesUrl = async (): Promise<string> => /http:[^"]*/.exec(await logged('worker probes are up'))?.[0] ?? '';
  return { started, stop, logged, probesUrl };
}

/** Of its own, so that no other process has the port once it is closed. */
const probesPort = async () => ({ METRICS_PORT: String(await freePort()) });

const readiness = async (url: string): Promise<{ status: number; body: unknown }> => {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, body: await answer.json() };
};

describe('while Postgres is away, a worker that starts', () => {
  test('waits, alive and not ready, and is ready once Postgres is there', async () => {
    const { started, logged, probesUrl } = start(await probesPort());
    await logged('waiting for a store that is away');
    const url = await probesUrl();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await readiness(url)).toEqual({
      status: 503,
      body: { status: 'not ready', failing: ['postgres', 'queues'] },
    });
    await proxy.accept();
    const { close } = await started;
    const ready = await until(
      () => readiness(url),
      ({ status }) => status === 200,
    );
    expect(ready.body).toEqual({ status: 'ready', failing: [] });
    await close();
    await expect(fetch(url)).rejects.toThrow();
  });

  test('gives up when it is asked to stop, and leaves nothing open', async () => {
    const { started, stop, logged, probesUrl } = start(await probesPort());
    await logged('waiting for a store that is away');
    const reason = new RangeError('stopped');
    stop.abort(reason);
    await expect(started).rejects.toBe(reason);
    await expect(fetch(await probesUrl())).rejects.toThrow();
  });
});

test('a worker waits for a queue store that is away, and gives up when it is asked to stop', async () => {
  await proxy.accept();
  const { started, stop, logged, probesUrl } = start({ REDIS_URL: 'redis://127.0.0.1:1' });
  expect(await logged('"store":"queues"')).toContain('waiting for a store that is away');
  const url = await probesUrl();
  await until(
    () => readiness(url),
    (answer) => isDeepStrictEqual(answer, { status: 503, body: { status: 'not ready', failing: ['queues'] } }),
  );
  const reason = new RangeError('stopped');
  stop.abort(reason);
  await expect(started).rejects.toBe(reason);
});

test.each([
  [{ OKTA_TOKEN: '' }, 'tenants.acme.okta.auth.token: the environment variable OKTA_TOKEN is not set'],
  [
    { PROVIDER_TOKEN: 'changeme' },
    'tenants.acme.fulfillment.token: the environment variable PROVIDER_TOKEN holds a placeholder',
  ],
])('a worker that lacks a secret does not start, and says which: %j', async (secrets, says) => {
  await expect(start({}, secrets).started).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringContaining(says),
  });
});

test('a running worker pushes a group to the hub of keycourier.yaml, and its members once they have a user there', async () => {
  await proxy.accept();
  const [spoke, hub] = [await startOrg(), await startOrg()];
  const hubDir = await mkdtemp(join(tmpdir(), 'keycourier-worker-'));
  await writeFile(
    join(hubDir, 'keycourier.yaml'),
    config
      .replace('https://acme.example', spoke.url)
      .replace('    hook:', `    hub: { orgUrl: '${hub.url}', auth: { token: { env: OKTA_TOKEN } } }\n    hook:`),
  );
  const own = { KEYCOURIER_MODE: 'simulators', KEYCOURIER_DATA_DIR: hubDir };
  const { close } = await start(own, { OKTA_TOKEN: token }).started;
  const sealing = createSealing(parseKeyring(await readFile(join(dir, 'sealing.json'), 'utf8')));
  const ledger = connectLedger({ databaseUrl: database.url, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 });
  try {
    const groupId = await createGroup(spoke, 'Staff');
    const userId = await createUser(spoke);
    await spoke.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
    const made = await createMapping(ledger, { tenant: 'acme', groupId, target: 'new', createdBy: 'key_1' });
    const read = async () => readMapping(ledger, 'acme', made?.id ?? '');
    const pushed = await until(read, (found) => found?.status === 'active');
    expect(pushed).toMatchObject({ name: 'Staff', members: 1, waiting: 1 });
    const hubUserId = await createUser(hub);
    await ledger.db
      .insertInto('mirrors')
      .values({
        id: 'mir_1',
        tenant: 'acme',
        okta_user_id: userId,
        hub_org: new URL(hub.url).host,
        hub_user_id: hubUserId,
      })
      .execute();
    await requireMembershipsOf(ledger.db, { tenant: 'acme', userId, priority: 3 });
    ledger.notifier.notify();
    expect(await until(read, (found) => found?.waiting === 0 && found.due === 0)).toMatchObject({ status: 'active' });
    const members = await hub.call('GET', `/api/v1/groups/${pushed?.hubGroupId}/users`);
    expect(members.body).toMatchObject([{ id: hubUserId }]);
  } finally {
    await close();
    await ledger.close();
    await Promise.all([spoke.close(), hub.close(), rm(hubDir, { recursive: true, force: true })]);
  }
});

describe('a worker does not wait for', () => {
  test('a database of a later version', async () => {
    await proxy.accept();
    const { close } = await start().started;
    await close();
    await query(`insert into kysely_migration (name, "timestamp") values ('9999_later', '2030')`);
    await expect(start().started).rejects.toMatchObject({ code: 'schema_newer' });
  });

  test('a queue store of a later version', async () => {
    await proxy.accept();
    const { close } = await start().started;
    await close();
    await query('update bullmq.migration set min_client_version = 9999');
    await expect(start().started).rejects.toMatchObject({ code: 'queue_store_unfit' });
  });

  test('a database that does not exist', async () => {
    await proxy.accept();
    const url = new URL(proxy.url);
    url.pathname = '/there-is-no-such-database';
    await expect(start({ DATABASE_URL: url.href }).started).rejects.toMatchObject({ code: '3D000' });
  });
});

async function query(text: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(text);
  await client.end();
}
