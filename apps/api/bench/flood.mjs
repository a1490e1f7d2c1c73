/**
 * Two tenants: one floods, and globex sends a few requests. Prints globex's p50 and p99 during each flood, how many times
 * the quiet value that is, what the flood was answered, and the CPU time of each process (1.00 is one core). The quiet
 * value is measured just before each flood, since other work on the machine changes it. Each flood comes from a tenant of its own with the limits that keys have by default, so none begins with a
 * quota that another used up. API and receiver are their real main.js, on an embedded Postgres. After a build: npm run
 * flood (SECONDS=6 for each), or npm run flood -- 'status reads' 'slow uploads' for some of them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';

import { ask, floods, hookSecretOf, requestsOf } from './flood-requests.mjs';

const seconds = Number(process.env.SECONDS ?? 6);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(floods);
const unknown = chosen.filter((name) => !Object.hasOwn(floods, name));
if (unknown.length > 0) {
  console.error(`no such flood: ${unknown.join(', ')}; there are: ${Object.keys(floods).join(', ')}`);
  process.exit(2);
}

const flooders = Object.fromEntries(Object.keys(floods).map((name, index) => [name, `flooder${index + 1}`]));
const tenants = ['globex', ...Object.values(flooders)];

const tenantConfig = (name) => `
  ${name}:
    okta: { orgUrl: 'https://${name}.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK_${name.toUpperCase()} }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

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

async function prepare() {
  await postgres.createDatabase('flood');
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring, { mode: 0o600 });
  await writeFile(join(dir, 'keycourier.yaml'), `tenants:${tenants.map(tenantConfig).join('')}`);
  const sealing = createSealing(parseKeyring(keyring));
  const databaseUrl = postgres.url('flood');
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  await migrate(ledger.db);
  const keysOf = async (tenant, count, limit = {}) => {
    const made = [];
    for (let index = 0; index < count; index += 1)
      made.push(
        (await createApiKey(ledger, { tenant, name: `flood ${index}`, scopes: ['read', 'write'], ...limit })).key,
      );
    return made;
  };
  // The measured tenant has a wide limit: it sends for as long as the floods take.
  const made = { globex: await keysOf('globex', 1, { requestsPerMinute: 1_000_000 }) };
  for (const [name, tenant] of Object.entries(flooders)) made[tenant] = await keysOf(tenant, floods[name].keys ?? 1);
  await ledger.close();
  return {
    keys: made,
    environment: {
      KEYCOURIER_MODE: 'local',
      KEYCOURIER_DATA_DIR: dir,
      DATABASE_URL: databaseUrl,
      ...Object.fromEntries(tenants.map((name) => [`HOOK_${name.toUpperCase()}`, hookSecretOf(name)])),
      // The defaults outside local.
      API_REQUESTS_PER_MINUTE: '600',
      API_TENANT_REQUESTS_PER_MINUTE: '1800',
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
  const profile = process.env.PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.PROFILE}`];
  const execArgv = ['--max-old-space-size=128', ...profile];
  const child = fork(main, { env: { ...process.env, ...environment }, execArgv });
  const [{ url }] = await once(child, 'message');
  return { child, url };
}

async function run() {
  // Twice as long as a flood: until the code is compiled.
  await measure(() => undefined, seconds * 2);
  for (const name of chosen) {
    const generator = await startFlood(name);
    const quiet = await measure(() => undefined);
    const figures = await measure(() => {
      generator.send('go');
      return once(generator, 'message');
    });
    const [{ statuses, cpuShare }] = await figures.ended;
    console.log(
      `${name.padEnd(26)} ${describe(figures, quiet)}\n${''.padEnd(26)} answers ${JSON.stringify(statuses)} · generator ${cpuShare.toFixed(2)}`,
    );
    await untilIdle();
  }
}

async function startFlood(name) {
  const tenant = flooders[name];
  const child = fork(new URL('flood-generator.mjs', import.meta.url));
  child.send({ name, seconds, from: { api: api.url, receiver: receiver.url, tenant, keys: keys[tenant] } });
  await once(child, 'message');
  return child;
}

/** Until what the flood left has been worked off, for a minute at most. */
async function untilIdle() {
  for (let second = 0; second < 60; second += 1) {
    const before = await cpuSeconds();
    await setTimeout(1_000);
    const after = await cpuSeconds();
    if (after.api - before.api + after.receiver - before.receiver < 0.05) return;
  }
}

/** CPU seconds of a process so far, from /proc (Linux). */
async function cpuSecondsOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [user = 0, system = 0] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** Of the machine in all too: what is left is Postgres, globex's requests and the flood itself. */
async function cpuSeconds() {
  const [, ...ticks] = (await readFile('/proc/stat', 'utf8').catch(() => '')).split('\n', 1)[0].trim().split(/ +/);
  const busy = ticks.map(Number).reduce((sum, one, index) => (index === 3 || index === 4 ? sum : sum + one), 0) / 100;
  return { api: await cpuSecondsOf(api.child.pid), receiver: await cpuSecondsOf(receiver.child.pid), machine: busy };
}

/** globex's answers while another tenant floods, if one does. */
async function measure(startFlooding, forSeconds = seconds) {
  const agent = new Agent({ keepAlive: true });
  const globex = requestsOf({ api: api.url, receiver: receiver.url, tenant: 'globex', keys: keys.globex });
  const calls = { read: () => globex.read(1), request: () => globex.single(), hook: () => globex.delivery(1) };
  const before = await cpuSeconds();
  const ended = startFlooding();
  const endsAt = performance.now() + forSeconds * 1_000;
  const figures = Object.fromEntries(
    await Promise.all(Object.entries(calls).map(async ([name, call]) => [name, await timesOf(agent, call, endsAt)])),
  );
  agent.destroy();
  const after = await cpuSeconds();
  const cpu = Object.entries(after).map(([name, used]) => `${name} ${((used - before[name]) / forSeconds).toFixed(2)}`);
  return { figures, cpu, ended };
}

async function timesOf(agent, call, endsAt) {
  const [tookMs, failed] = [[], []];
  while (performance.now() < endsAt) {
    const startedAt = performance.now();
    const status = await ask(agent, call());
    tookMs.push(performance.now() - startedAt);
    if (status < 200 || status > 299) failed.push(status);
    await setTimeout(15);
  }
  return { sorted: tookMs.toSorted((one, other) => one - other), failed: failed.length };
}

function describe({ figures, cpu }, quiet) {
  const at = ({ sorted }, share) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  const lines = Object.entries(figures).map(([name, one]) => {
    const times =
      quiet === undefined
        ? ''
        : ` (${(at(one, 0.99) / at(quiet.figures[name], 0.99)).toFixed(1)} x ${at(quiet.figures[name], 0.99).toFixed(0)})`;
    const failed = one.failed === 0 ? '' : ` ${one.failed} REFUSED`;
    return `${name} p50 ${at(one, 0.5).toFixed(0)} p99 ${at(one, 0.99).toFixed(0)} ms${times}${failed}`;
  });
  return `${lines.join(' · ')} · cpu: ${cpu.join(', ')}`;
}
