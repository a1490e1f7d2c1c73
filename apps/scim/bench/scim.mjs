/**
 * The figures of docs/limits.md over HTTP: 100,000 people in one connection, look-ups, pages, an import, and a PATCH with 10,000
 * members, with the memory of the process. apps/scim is its real main.js, on an embedded Postgres. After a build:
 * node apps/scim/bench/scim.mjs [people]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createConnection } from '@keycourier/ledger/directory/connections/connections';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';

// The same people as in the ledger's benchmark.
const people = new URL('../../../packages/ledger/bench/directory-people.mjs', import.meta.url);
const { personOf, populate } = await import(people);

const total = Number(process.argv[2] ?? 100_000);
const dir = await mkdtemp(join(tmpdir(), 'keycourier-scim-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir, throwaway: true });
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const rows = [];
let app;
try {
  const { large, empty, ids } = await prepare();
  app = await start();
  await measureReads(large);
  await measureMembers(large, ids);
  await measureImport(empty);
} finally {
  agent.destroy();
  app?.child.kill('SIGTERM');
  if (app !== undefined) await app.ended;
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}
print();

async function prepare() {
  await postgres.createDatabase('bench');
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring, { mode: 0o600 });
  await writeFile(
    join(dir, 'keycourier.yaml'),
    `tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    groups: [{ name: Makes shipments, productId: 1, inventoryProductId: 106 }]
    pin: { channel: okta }
`,
  );
  const sealing = createSealing(parseKeyring(keyring));
  const databaseUrl = postgres.url('bench');
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 });
  await migrate(ledger.db);
  const off = { sendEnrollmentMails: false, includeManual: false, readAll: false, takeOverByLocalPart: false };
  const options = (name) => ({ name, ...off, mapping: [], userNameRules: {} });
  const connect = (name) => createConnection(ledger, { tenant: 'acme', createdBy: null, options: options(name) });
  const [large, empty] = [await connect('large'), await connect('empty')];
  const ids = await populate(ledger, large.connection, total);
  await ledger.close();
  return { large: access(large), empty: access(empty), ids };
}

/** A client of a connection: the parsed body of what must succeed. */
function access({ connection, token }) {
  return (method, path, body) => send(method, `/${connection.id}${path}`, { token: token.secret, body });
}

function send(method, path, { token, body }) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text === '' ? {} : { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${app.url}/scim/v2${path}`, { method, headers, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode >= 300)
          reject(new RangeError(`${method} ${path.slice(0, 100)}: ${response.statusCode} ${answer.slice(0, 300)}`));
        else resolve(answer === '' ? null : JSON.parse(answer));
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function start() {
  const environment = {
    KEYCOURIER_MODE: 'local',
    KEYCOURIER_DATA_DIR: dir,
    KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    DATABASE_URL: postgres.url('bench'),
    SCIM_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    UNUSED: 'unused-but-long-enough-to-be-a-secret-of-a-tenant',
    HOOK: 'a-hook-secret-that-nothing-is-signed-with-here-0001',
  };
  const { PATH, HOME, TMPDIR } = process.env;
  const child = fork(new URL('../dist/main.js', import.meta.url), { env: { PATH, HOME, TMPDIR, ...environment } });
  const ended = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), ended.then(() => [{}])]);
  if (message.url === undefined) throw new RangeError('apps/scim did not start');
  return { child, ended, url: message.url };
}

async function measureReads(call) {
  const eq = (n) => encodeURIComponent(`userName eq "${personOf((n * 7919) % total).userName}"`);
  await percentiles('GET /Users?filter=userName eq', 500, (n) => call('GET', `/Users?filter=${eq(n)}`), 1);
  const { Resources } = await call('GET', '/Users?count=100');
  await percentiles('GET /Users/{id}', 300, async (n) => ({
    Resources: [await call('GET', `/Users/${Resources[n % 100].id}`)],
  }));
  for (const startIndex of [1, Math.floor(total / 2), total - 100])
    await percentiles(
      `GET /Users?startIndex=${startIndex}&count=100`,
      40,
      () => call('GET', `/Users?startIndex=${startIndex}&count=100`),
      100,
    );
}

/** Sequential requests, after some that do not count. */
async function percentiles(what, times, work, expected) {
  const took = [];
  for (let n = 0; n < Math.ceil(times / 4); n += 1) await work(n);
  for (let n = 0; n < times; n += 1) {
    const started = performance.now();
    const { Resources } = await work(n);
    took.push(performance.now() - started);
    if (expected !== undefined && Resources.length !== expected)
      throw new RangeError(`${what} found ${Resources.length}`);
  }
  took.sort((one, other) => one - other);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1);
  add(what, `p50 ${at(0.5)} ms`, `p95 ${at(0.95)} ms`);
}

async function measureMembers(call, ids) {
  const members = ids.slice(0, 10_000).map((value) => ({ value }));
  for (const displayName of ['Makes none', 'Makes shipments']) {
    const { id } = await call('POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName,
    });
    for (const op of ['add', 'replace', 'remove'])
      await withMemory(`PATCH ${op} of ${members.length} members, a group that ${displayName.toLowerCase()}`, () =>
        call('PATCH', `/Groups/${id}?excludedAttributes=members`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op, path: 'members', value: members }],
        }),
      );
  }
}

/** The most that the process's resident memory grows, looked at every few milliseconds. */
async function withMemory(what, work) {
  // Until the garbage of what was before is collected, as far as it will be.
  await sleep(500);
  const before = await residentBytes();
  const started = performance.now();
  let [most, isOver] = [before, false];
  const watch = (async () => {
    while (!isOver) {
      most = Math.max(most, await residentBytes());
      await sleep(3);
    }
  })();
  await work();
  const took = performance.now() - started;
  isOver = true;
  await watch;
  add(
    what,
    `${took.toFixed(0)} ms`,
    `${((most - before) / 1e6).toFixed(0)} MB more of ${(before / 1e6).toFixed(0)} MB`,
  );
}

async function residentBytes() {
  const [, pages] = (await readFile(`/proc/${app.child.pid}/statm`, 'utf8')).split(' ');
  return Number(pages) * 4_096;
}

async function measureImport(call) {
  const count = Math.min(10_000, total);
  const ids = [];
  const started = performance.now();
  let next = 0;
  const importer = async () => {
    while (next < count) {
      const n = next++;
      ids[n] = (await call('POST', '/Users', bodyOf(n))).id;
    }
  };
  await Promise.all(Array.from({ length: 8 }, importer));
  const users = performance.now() - started;
  for (let group = 0; group < 50; group += 1)
    await call('POST', '/Groups?excludedAttributes=members', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: `Imported ${group}`,
      members: Array.from({ length: Math.min(500, count) }, (_, index) => ({
        value: ids[(group * 200 + index) % count],
      })),
    });
  const all = performance.now() - started;
  const rate = (ms) => `${Math.round(count / (ms / 1_000))} users/s`;
  add(`POST /Users, ${count} of them, 8 at once`, `${(users / 1_000).toFixed(1)} s`, rate(users));
  add('  with 50 groups of 500', `${(all / 1_000).toFixed(1)} s`, rate(all));
}

function bodyOf(n) {
  const { userName, externalId, attributes } = personOf(n, 'imported.');
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    ...Object.fromEntries(attributes),
    userName,
    externalId: `${externalId}i`,
    active: true,
    password: 'placeholder-Zx9!',
  };
}

function add(...row) {
  rows.push(row);
  console.log(row.join('   '));
}

function print() {
  console.log('\n| over HTTP | | |\n|---|---|---|');
  for (const row of rows) console.log(`| ${row.map((cell) => cell.replace('|', '\\|')).join(' | ')} |`);
}
