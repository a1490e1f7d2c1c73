/**
 * How many deliveries a second the receiver handles, on an embedded Postgres with fsync on. The receiver is its real
 * main.js in its own process. Run after a build: node apps/receiver/bench/deliveries.mjs
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';

const secondsPerScenario = 5;
const secret = 'a-secret-for-the-bench';

const config = `
tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK_SECRET }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

const event = () => ({
  uuid: randomUUID(),
  published: new Date().toISOString(),
  eventType: 'group.user_membership.add',
  version: '0',
  severity: 'INFO',
  displayMessage: 'Add user to group membership.',
  actor: { id: '00u1', type: 'User', alternateId: 'admin@acme.example', displayName: 'Admin', detailEntry: null },
  target: [
    { id: '00u2', type: 'User', alternateId: 'a@acme.example', displayName: 'A B', detailEntry: null },
    { id: '00g1', type: 'UserGroup', alternateId: 'unknown', displayName: 'YubiKey', detailEntry: null },
  ],
  outcome: { result: 'SUCCESS', reason: null },
  client: { ipAddress: '192.0.2.1', ipChain: [] },
  transaction: { type: 'WEB', id: 'x', detail: {} },
  debugContext: { debugData: { requestUri: '/api/v1/groups/00g1/users/00u2' } },
});
const delivery = (count) =>
  JSON.stringify({ eventId: randomUUID(), data: { events: Array.from({ length: count }, event) } });

const scenarios = [
  { name: 'verification (no secret, no database)', method: 'GET', connections: 50 },
  {
    name: 'wrong secret (no database)',
    method: 'POST',
    connections: 50,
    authorization: 'wrong',
    body: () => delivery(1),
  },
  { name: 'empty delivery (no database)', method: 'POST', connections: 50, body: () => delivery(0) },
  { name: '1 event, 1 connection', method: 'POST', connections: 1, body: () => delivery(1) },
  { name: '1 event', method: 'POST', connections: 50, body: () => delivery(1) },
  { name: '100 events', method: 'POST', connections: 10, body: () => delivery(100) },
];

const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
try {
  const url = await prepare();
  const receiver = fork(new URL('../dist/main.js', import.meta.url), { env: { ...process.env, ...environment(url) } });
  const [ready] = await once(receiver, 'message');
  for (const scenario of scenarios) report(scenario.name, await run(ready.url, scenario));
  receiver.kill('SIGTERM');
  await once(receiver, 'exit');
} finally {
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

async function prepare() {
  await postgres.createDatabase('bench');
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring);
  await writeFile(join(dir, 'keycourier.yaml'), config);
  const sealing = createSealing(parseKeyring(keyring));
  const ledger = connectLedger({
    databaseUrl: postgres.url('bench'),
    sealing,
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  await migrate(ledger.db);
  await ledger.close();
  return postgres.url('bench');
}

function environment(databaseUrl) {
  return {
    KEYCOURIER_MODE: 'local',
    DATABASE_URL: databaseUrl,
    KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    HOOK_SECRET: secret,
    RECEIVER_PORT: '0',
    LOG_LEVEL: 'warn',
  };
}

/** A closed loop: each connection sends its next request as soon as it is answered. */
async function run(base, { method, connections, authorization = secret, body }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const endsAt = performance.now() + secondsPerScenario * 1_000;
  const tookMs = [];
  const statuses = {};
  const client = async () => {
    while (performance.now() < endsAt) {
      const text = body?.();
      const startedAt = performance.now();
      const status = await ask(`${base}/okta/hooks/acme`, { agent, method, authorization, text });
      tookMs.push(performance.now() - startedAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return { tookMs: tookMs.toSorted((one, other) => one - other), statuses };
}

function ask(url, { agent, method, authorization, text }) {
  const headers = { authorization, 'content-type': 'application/json', 'x-okta-verification-challenge': 'abc' };
  if (text !== undefined) headers['content-length'] = Buffer.byteLength(text);
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

function report(name, { tookMs, statuses }) {
  const at = (share) => (tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN).toFixed(1);
  const rate = Math.round(tookMs.length / secondsPerScenario);
  console.log(
    `${name.padEnd(40)} ${String(rate).padStart(6)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${JSON.stringify(statuses)}`,
  );
}
