/**
 * How long files of many rows take until they are answered, and how much memory the API needs meanwhile, on an embedded
 * Postgres that waits for its disk as a real one does. The API is its real main.js, a fresh process for each upload.
 * Run after a build: npm run bench -w apps/api (RUNS=3 uploads of each kind)
 *
 * With the heap that Node gives itself on a large machine, garbage of a long upload waits longer for its collection than
 * that of a short one: the two last scenarios show it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { sql } from 'kysely';

const runs = Number(process.env.RUNS ?? 3);

const config = `
tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: UNUSED }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

const person = (run, index) => ({
  login: `person-${index}.of-run-${run}@acme.example`,
  firstName: 'Noor',
  lastName: `Haddad-${index}`,
  primaryPhone: '+44 20 7946 0123',
  streetAddress: `${index} Canary Wharf`,
  city: 'London',
  zipCode: 'E14 5AB',
  countryCode: 'GB',
  note: 'Starts on Monday',
});

const people = (run, count) => Array.from({ length: count }, (_, index) => person(run, index));

const asCsv = (rows) =>
  [Object.keys(rows[0]).join(','), ...rows.map((row) => Object.values(row).join(',')), ''].join('\r\n');

const asJson = (rows) => JSON.stringify({ rows });

/** As npm start and docker-compose.yml start it. */
const flags = ['--max-old-space-size=128'];

const scenarios = [
  { name: '10,000 rows, CSV', type: 'text/csv', count: 10_000, write: asCsv, flags },
  { name: '50,000 rows, CSV', type: 'text/csv', count: 50_000, write: asCsv, flags },
  { name: '10,000 rows, JSON', type: 'application/json', count: 10_000, write: asJson, flags },
  { name: '50,000 rows, JSON', type: 'application/json', count: 50_000, write: asJson, flags },
  { name: "10,000 rows, CSV, Node's own heap", type: 'text/csv', count: 10_000, write: asCsv },
  { name: "50,000 rows, CSV, Node's own heap", type: 'text/csv', count: 50_000, write: asCsv },
];

const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
const ledger = await openBenchLedger();
try {
  await migrate(ledger.db);
  const { key } = await createApiKey(ledger, { tenant: 'acme', name: 'bench', scopes: ['read', 'write', 'addresses'] });
  let run = 0;
  for (let round = 0; round < runs; round += 1) {
    for (const scenario of scenarios) {
      run += 1;
      await sql`truncate shipments, batches, batch_rejections, secrets, history, outbox cascade`.execute(ledger.db);
      report(scenario, await upload(key, scenario, scenario.write(people(run, scenario.count))));
    }
  }
} finally {
  await ledger.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

async function openBenchLedger() {
  await postgres.createDatabase('bench');
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring);
  await writeFile(join(dir, 'keycourier.yaml'), config);
  return connectLedger({
    databaseUrl: postgres.url('bench'),
    sealing: createSealing(parseKeyring(keyring)),
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
}

/** While the file is processed, another client probes the process: its latency is how long other requests wait. */
async function upload(key, { type, count, flags: nodeFlags = [] }, body) {
  const api = fork(new URL('../dist/main.js', import.meta.url), {
    env: { ...process.env, ...environment() },
    execArgv: nodeFlags,
  });
  const [{ url }] = await once(api, 'message');
  const idleMib = await peakMib(api.pid);
  const others = new AbortController();
  const waiting = longestWait(url, others.signal);
  const startedAt = performance.now();
  const answer = await fetch(`${url}/v1/batches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type },
    body,
  });
  const { accepted } = await answer.json();
  const seconds = (performance.now() - startedAt) / 1_000;
  if (answer.status !== 202 || accepted !== count) throw new RangeError(`answered ${answer.status}`);
  others.abort();
  const figures = { seconds, idleMib, peakMib: await peakMib(api.pid), waitMs: await waiting, bytes: body.length };
  api.kill('SIGTERM');
  await once(api, 'exit');
  return figures;
}

async function longestWait(url, signal) {
  let longestMs = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await fetch(`${url}/healthz`).then((answer) => answer.text());
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    await setTimeout(5);
  }
  return longestMs;
}

async function peakMib(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) / 1_024;
}

function environment() {
  return {
    KEYCOURIER_MODE: 'local',
    DATABASE_URL: postgres.url('bench'),
    KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    API_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
  };
}

function report({ name }, { seconds, idleMib, peakMib: peak, waitMs, bytes }) {
  console.log(
    `${name.padEnd(28)} ${(bytes / 1_048_576).toFixed(1).padStart(5)} MiB  ${seconds.toFixed(2).padStart(6)} s  ` +
      `peak ${peak.toFixed(0)} MiB (idle ${idleMib.toFixed(0)})  others waited ${waitMs.toFixed(0)} ms at most`,
  );
}
