/**
 * Two tenants: one floods, and globex sends a few requests at fixed times. Prints globex's p99 during each flood as a multiple of
 * its quiet p99, what the flood was answered, and the CPU time of each process (1.00 is one core). Quiet and flooded rounds
 * alternate, and which of the two comes first does too; the samples of all rounds of a kind count together. At the end a table has
 * the multiples of the quiet rounds of all floods, which are one situation, with the interval in which the multiple is with a
 * probability of 90 %, had other rounds come of the same kind. Each round's flood comes from a tenant of its own with the limits
 * that keys have by default, so none begins with a quota that another used up. API and receiver are their real main.js, on an
 * embedded Postgres. After a build: npm run flood (ROUNDS=6 of SECONDS=6.3, some 90 s a flood), or npm run flood -- 'status reads'
 * 'slow uploads' for some of them. With FLOOR=1 each flood goes to a server that only answers: what globex notices then is the
 * machine, and nothing that we do.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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

import { measureCalls } from './flood-measure.mjs';
import { printTable, report } from './flood-report.mjs';
import { ask, floods, hookSecretOf, requestsOf } from './flood-requests.mjs';
import { keepSegments } from './flood-segments.mjs';

const seconds = Number(process.env.SECONDS ?? 6.3);
const rounds = Array.from({ length: Number(process.env.ROUNDS ?? 6) }, (_, round) => round);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(floods);
const unknown = chosen.filter((name) => !Object.hasOwn(floods, name));
if (unknown.length > 0) {
  console.error(`no such flood: ${unknown.join(', ')}; there are: ${Object.keys(floods).join(', ')}`);
  process.exit(2);
}

const flooderOf = (name, round) => `flooder${Object.keys(floods).indexOf(name) + 1}r${round + 1}`;
const flooders = chosen.flatMap((name) =>
  [...rounds, rounds.length].map((round) => ({ name, tenant: flooderOf(name, round) })),
);
const tenants = ['globex', ...flooders.map(({ tenant }) => tenant)];

const tenantConfig = (name) => `
  ${name}:
    okta: { orgUrl: 'https://${name}.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK_${name.toUpperCase()} }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

/** As in docker-compose.yml. */
const heaps = {
  api: ['--max-old-space-size=128', '--heap-growing-percent=100', '--no-memory-reducer'],
  receiver: ['--max-old-space-size=96', '--max-semi-space-size=4', '--no-memory-reducer'],
};

const dir = await mkdtemp(join(tmpdir(), 'keycourier-flood-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
const { environment, keys } = await prepare();
const [api, receiver] = [await start('api'), await start('receiver')];
const bare = process.env.FLOOR === undefined ? null : await startIn(new URL('flood-bare-server.mjs', import.meta.url));
const started = [api, receiver, ...(bare === null ? [] : [bare])];
process.once('SIGTERM', () => void end().then(() => process.exit(1)));
try {
  await run();
} finally {
  await end();
}

async function end() {
  for (const { child } of started) child.kill('SIGTERM');
  await Promise.all(started.map(async ({ child }) => child.exitCode === null && once(child, 'exit')));
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
  for (const { name, tenant } of flooders) made[tenant] = await keysOf(tenant, floods[name].keys ?? 1);
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
      // Uploads are in memory, as in docker-compose.yml, not on the database's disk.
      ...(existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {}),
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
  return startIn(main, [...heaps[app], ...profile]);
}

/** In a session of its own, as a service has: Linux divides the processors among sessions. */
async function startIn(main, execArgv = []) {
  const child = fork(main, { env: { ...process.env, ...environment }, execArgv, detached: true });
  const [{ url }] = await once(child, 'message');
  return { child, url };
}

async function run() {
  await warmUp();
  if (bare !== null) console.log('each flood goes to a server that only answers');
  const rows = [];
  for (const name of chosen) {
    const row = { name, quiet: [], flooded: [], answers: [] };
    for (const round of rounds) await runRound(row, round);
    report(row);
    rows.push(row);
  }
  printTable(rows);
  if (process.env.SAMPLES !== undefined) await writeFile(process.env.SAMPLES, JSON.stringify(rows));
}

/** Every other round begins with the flood, so that neither kind has the older tables. */
async function runRound({ name, quiet, flooded, answers }, round) {
  const isFloodFirst = round % 2 === 1;
  const generator = await startFlood(name, flooderOf(name, round));
  if (!isFloodFirst) quiet.push(await measure(() => undefined));
  flooded.push(
    await measure(() => {
      generator.send('go');
      return once(generator, 'message');
    }),
  );
  answers.push((await flooded.at(-1).ended)[0]);
  await untilIdle();
  if (isFloodFirst) quiet.push(await measure(() => undefined));
}

/** Until the code is compiled, that of the floods too: a process that has run for a while is measured, not its first minute. */
async function warmUp() {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const globex = requestsOf({ api: api.url, receiver: receiver.url, tenant: 'globex', keys: keys.globex });
  const send = async (make) => {
    for (let sent = 0; sent < 100; sent += 1) await ask(agent, make());
  };
  for (const make of [() => globex.read(1), () => globex.single(), () => globex.delivery(1)])
    await Promise.all(Array.from({ length: 4 }, () => send(make)));
  agent.destroy();
  for (const name of chosen) {
    const generator = await startFlood(name, flooderOf(name, rounds.length), 2);
    generator.send('go');
    await once(generator, 'message');
    await untilIdle();
  }
  await keepSegments(postgres.url('flood'));
}

async function startFlood(name, tenant, forSeconds = seconds) {
  const child = fork(new URL('flood-generator.mjs', import.meta.url), { detached: true });
  const flooded = { api: (bare ?? api).url, receiver: (bare ?? receiver).url };
  child.send({ name, seconds: forSeconds, from: { ...flooded, tenant, keys: keys[tenant] } });
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
  const globex = requestsOf({ api: api.url, receiver: receiver.url, tenant: 'globex', keys: keys.globex });
  const calls = { read: () => globex.read(1), request: () => globex.single(), hook: () => globex.delivery(1) };
  const before = await cpuSeconds();
  const ended = startFlooding();
  const figures = await measureCalls(calls, forSeconds);
  const after = await cpuSeconds();
  const cpu = Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, (used - before[name]) / forSeconds]),
  );
  return { figures, cpu, ended };
}
