/**
 * Two tenants: acme floods one thing after the other, and globex sends a few requests. Prints globex's p50 and p99 while
 * all is quiet and during each flood, and what acme was answered. API and receiver are their real main.js, on an embedded
 * Postgres. After a build: npm run flood (SECONDS=4 for each flood)
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';

const secondsPerFlood = Number(process.env.SECONDS ?? 4);
const hookSecret = (tenant) => `hook-secret-of-${tenant}-0123456789`;

const tenantConfig = (name) => `
  ${name}:
    okta: { orgUrl: 'https://${name}.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK_${name.toUpperCase()} }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

async function prepare() {
  await postgres.createDatabase('flood');
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring, { mode: 0o600 });
  await writeFile(join(dir, 'keycourier.yaml'), `tenants:${tenantConfig('acme')}${tenantConfig('globex')}`);
  const sealing = createSealing(parseKeyring(keyring));
  const databaseUrl = postgres.url('flood');
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  await migrate(ledger.db);
  // acme has the limit that every key has by default; globex, whose answers are measured, has none.
  const keyOf = async (tenant, limit) =>
    (await createApiKey(ledger, { tenant, name: 'flood', scopes: ['read', 'write'], ...limit })).key;
  const made = { acme: await keyOf('acme', {}), globex: await keyOf('globex', { requestsPerMinute: 1_000_000 }) };
  await ledger.close();
  return {
    keys: made,
    environment: {
      KEYCOURIER_MODE: 'local',
      KEYCOURIER_DATA_DIR: dir,
      DATABASE_URL: databaseUrl,
      HOOK_ACME: hookSecret('acme'),
      HOOK_GLOBEX: hookSecret('globex'),
      API_REQUESTS_PER_MINUTE: '600',
      API_FAILURES_PER_MINUTE: '60',
      API_PORT: '0',
      RECEIVER_PORT: '0',
      LOG_LEVEL: 'silent',
      KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
      SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    },
  };
}

async function start(app) {
  const main = new URL(`../../${app}/dist/main.js`, import.meta.url);
  const child = fork(main, { env: { ...process.env, ...environment }, execArgv: ['--max-old-space-size=128'] });
  const [{ url }] = await once(child, 'message');
  return { child, url };
}

/** @returns the status, or 0 where the connection broke */
function ask(agent, url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve) => {
    const sent = request(url, { agent, method, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', () => resolve(0)).end(body);
  });
}

const apiCall = (tenant, path, body, type = 'application/json') => [
  api.url + path,
  {
    headers: {
      authorization: `Bearer ${keys[tenant] ?? tenant}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { method: 'POST', body }),
  },
];

const event = () => ({
  uuid: randomUUID(),
  published: new Date().toISOString(),
  eventType: 'group.user_membership.add',
});
const delivery = (tenant, events, secret = hookSecret(tenant)) => [
  `${receiver.url}/okta/hooks/${tenant}`,
  {
    method: 'POST',
    headers: { authorization: secret, 'content-type': 'application/json' },
    body: JSON.stringify({ eventId: randomUUID(), data: { events: Array.from({ length: events }, event) } }),
  },
];

const login = (tenant) => `${randomUUID()}@${tenant}.example`;
const single = (tenant, query = '') =>
  apiCall(tenant, `/v1/shipments${query}`, JSON.stringify({ login: login(tenant) }));
const file = (rows, query = '') =>
  apiCall(
    'acme',
    `/v1/batches${query}`,
    `login\n${Array.from({ length: rows }, () => login('acme')).join('\n')}\n`,
    'text/csv',
  );

/** A body that never ends, until the flood does. */
function slowUpload(agent) {
  const [url, options] = file(1);
  const sent = request(url, { ...options, agent }, (answer) => answer.resume());
  sent.on('error', () => undefined);
  sent.write('login\n');
  return setTimeout(500).then(() => {
    sent.destroy();
    return 0;
  });
}

const dir = await mkdtemp(join(tmpdir(), 'keycourier-flood-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
const { environment, keys } = await prepare();
const [api, receiver] = [await start('api'), await start('receiver')];
try {
  await run();
} finally {
  for (const { child } of [api, receiver]) child.kill('SIGTERM');
  await Promise.all([api, receiver].map(async ({ child }) => child.exitCode === null && once(child, 'exit')));
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

async function run() {
  const floods = [
    ['single requests', 60, (agent) => ask(agent, ...single('acme'))],
    ['dry runs, one by one', 60, (agent) => ask(agent, ...single('acme', '?dryRun=true'))],
    ['status reads', 60, (agent) => ask(agent, ...apiCall('acme', '/v1/shipments?limit=100'))],
    ['batches of 2,000 rows', 12, (agent) => ask(agent, ...file(2_000))],
    ['dry runs of 2,000 rows', 12, (agent) => ask(agent, ...file(2_000, '?dryRun=true'))],
    ['slow uploads', 60, slowUpload],
    ['wrong API keys', 60, (agent) => ask(agent, ...apiCall(`kc_${randomUUID()}`, '/v1/shipments'))],
    ['deliveries of 100 events', 20, (agent) => ask(agent, ...delivery('acme', 100))],
    ['wrong hook secrets', 60, (agent) => ask(agent, ...delivery('acme', 1, 'wrong'))],
  ];
  await measure(() => undefined);
  const quiet = await measure(() => undefined);
  console.log(`${'quiet'.padEnd(28)} ${describe(quiet)}`);
  for (const [name, clients, flood] of floods) {
    const statuses = {};
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const figures = await measure((isOver) =>
      Promise.all(
        Array.from({ length: clients }, async () => {
          while (!isOver()) {
            const status = await flood(agent);
            statuses[status] = (statuses[status] ?? 0) + 1;
            await setTimeout(20);
          }
        }),
      ),
    );
    agent.destroy();
    console.log(`${name.padEnd(28)} ${describe(figures, quiet)}  acme: ${JSON.stringify(statuses)}`);
  }
}

/** globex's answers while acme floods. */
async function measure(flood) {
  const endsAt = performance.now() + secondsPerFlood * 1_000;
  const isOver = () => performance.now() > endsAt;
  const flooding = flood(isOver);
  const agent = new Agent({ keepAlive: true });
  const calls = {
    read: () => apiCall('globex', '/v1/shipments?limit=1'),
    request: () => single('globex'),
    hook: () => delivery('globex', 1),
  };
  const figures = {};
  const others = Object.entries(calls).map(async ([name, call]) => {
    const [tookMs, failed] = [[], []];
    while (!isOver()) {
      const startedAt = performance.now();
      const status = await ask(agent, ...call());
      tookMs.push(performance.now() - startedAt);
      if (status < 200 || status > 299) failed.push(status);
      await setTimeout(15);
    }
    figures[name] = { sorted: tookMs.toSorted((one, other) => one - other), failed: failed.length };
  });
  await Promise.all([flooding, ...others]);
  agent.destroy();
  return figures;
}

function describe(figures, quiet) {
  const at = ({ sorted }, share) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return Object.entries(figures)
    .map(([name, one]) => {
      const times = quiet === undefined ? '' : ` (${(at(one, 0.99) / at(quiet[name], 0.99)).toFixed(1)} x)`;
      const failed = one.failed === 0 ? '' : ` ${one.failed} REFUSED`;
      return `${name} p50 ${at(one, 0.5).toFixed(0)} p99 ${at(one, 0.99).toFixed(0)} ms${times}${failed}`;
    })
    .join(' · ');
}
