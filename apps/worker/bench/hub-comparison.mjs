/**
 * A comparison of 10,000 people who are as required, and of a tenth who differ: CPU of this process and of Postgres, jobs, and memory.
 * The two orgs are a server in a process of its own. Build first, then run: node --expose-gc apps/worker/bench/hub-comparison.mjs [people]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { connectOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createHubPort } from '@keycourier/connectors/okta/hub/create-hub-port';
import { tenantOfHub } from '@keycourier/journey/ports/hub';
import { runPageStep } from '@keycourier/journey/steps/run-hub-step';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { readComparison } from '@keycourier/ledger/hub/list-comparisons';
import { requestComparison } from '@keycourier/ledger/hub/require-comparisons';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { sql } from 'kysely';

import { createComparisonPort } from '../dist/comparison-port.js';
import { createMirrorPort } from '../dist/hub-port.js';

const total = Number(process.argv[2] ?? 10_000);
const idOf = (kind, index) => `00u${kind}${String(index).padStart(16, '0')}`;
const pageSize = 200;

/** Users as Okta shows them, with some thirty attributes and links. */
function userOf(kind, index, differing) {
  const profile = { login: `person${index}@acme.example`, email: `person${index}@acme.example`, firstName: 'Ada' };
  const more = { lastName: `Lovelace ${index}`, city: 'London', state: 'LND', zipCode: 'SW1A 1AA', countryCode: 'GB' };
  const others = { department: 'Engineering', costCenter: '4711', title: 'Engineer', primaryPhone: '+44 20 7946 0000' };
  return {
    id: idOf(kind, index),
    status: 'ACTIVE',
    created: '2026-01-01T00:00:00.000Z',
    profile: { ...profile, ...more, ...others, ...(kind === 'H' && index < differing ? { city: 'Paris' } : {}) },
    credentials: { provider: { type: 'OKTA', name: 'OKTA' } },
    _links: { self: { href: `https://acme.okta.com/api/v1/users/${idOf(kind, index)}` } },
  };
}

function serve() {
  let differing = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const kind = request.headers['authorization']?.includes('spoke') === true ? 'S' : 'H';
    const from = Number(url.searchParams.get('after') ?? 0);
    const users = Array.from({ length: Math.min(pageSize, total - from) }, (_, at) =>
      userOf(kind, from + at, differing),
    );
    const next = `${url.origin}${url.pathname}?limit=${pageSize}&after=${from + pageSize}`;
    const link = from + pageSize < total ? { link: `<${next}>; rel="next"` } : {};
    response.writeHead(200, { 'content-type': 'application/json', ...link }).end(JSON.stringify(users));
  }).listen(0, '127.0.0.1', () => process.send?.(server.address()));
  process.on('message', (count) => {
    differing = Number(count);
    process.send?.('ok');
  });
}

const ticksPerSecond = 100;

/** CPU seconds of all processes of a Postgres, those that have ended too. */
function cpuOf(pid) {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [
          readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' '),
        ];
      } catch {
        return [];
      }
    });
  const own = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const sum = (fields) => fields.reduce((total_, field) => total_ + Number(field), 0);
  const children = stats.filter(([, parent]) => parent === String(pid)).map((fields) => sum(fields.slice(11, 13)));
  return (sum(own.slice(11, 15)) + sum(children)) / ticksPerSecond;
}

const parentOf = (pid) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

async function measure(ledger, context, { title, postgresPid }) {
  globalThis.gc?.();
  const before = { cpu: process.cpuUsage(), postgres: cpuOf(postgresPid), rss: process.memoryUsage().rss };
  let [jobs, peak] = [0, 0];
  const { id } = await requestComparison(ledger.db, {
    tenant: 'acme',
    kind: 'people',
    isDryRun: false,
    requestedBy: 'bench',
  });
  let run = null;
  while (run === null || run.endedAt === null) {
    await runPageStep(context, { step: 'compare-page', comparisonId: id, dispatchId: null });
    run = await readComparison(ledger, { tenant: 'acme', id });
    jobs += 1;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const { user, system } = process.cpuUsage(before.cpu);
  const worker = (user + system) / 1e6;
  const postgres = cpuOf(postgresPid) - before.postgres;
  const memory = Math.round((peak - before.rss) / 1e6);
  console.log(
    `${title}: ${JSON.stringify(run.counts)}, ${jobs} jobs, worker ${worker.toFixed(2)} s, Postgres ${postgres.toFixed(2)} s of CPU, ${memory} MB more memory at most`,
  );
}

async function main() {
  const orgs = fork(fileURLToPath(import.meta.url), [String(total)], { env: { ...process.env, ORGS: '1' } });
  const [{ port }] = await once(orgs, 'message');
  const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
  await chmod(dir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: dir, throwaway: true });
  await postgres.createDatabase('bench');
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const ledger = connectLedger({
    databaseUrl: postgres.url('bench'),
    sealing,
    maxConnections: 4,
    maxRequestsInFlight: () => 3,
  });
  try {
    await migrate(ledger.db);
    await fill(ledger, port);
    const connected = connectOrgs((name) => ({
      orgUrl: `http://127.0.0.1:${port}`,
      auth: { token: async () => (tenantOfHub(name) === null ? 'spoke' : 'hub') },
      timeoutMs: 30_000,
    }));
    const hub = createHubPort({ orgs: connected, hubOrgOf: async () => `127.0.0.1:${port}` });
    const mirrors = createMirrorPort(ledger, 30_000, () => 'acme.okta.com');
    const context = { hub, mirrors, comparisons: createComparisonPort(ledger, 30_000), alarm: () => undefined };
    const { rows } = await sql`select pg_backend_pid() as pid`.execute(ledger.db);
    const postgresPid = parentOf(rows[0].pid);
    await measure(ledger, context, { title: 'all as required, at first', postgresPid });
    await measure(ledger, context, { title: 'all as required, again', postgresPid });
    orgs.send(total / 10);
    await once(orgs, 'message');
    await measure(ledger, context, { title: 'a tenth differs', postgresPid });
  } finally {
    orgs.kill();
    await ledger.close();
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Everyone is assigned by themselves and linked. */
async function fill(ledger, port) {
  await changeHubSettings(ledger, 'acme', {
    switches: { create: true, update: true, deactivate: true, reactivate: true },
  });
  await sql`
    insert into link_assignments (tenant, subject_kind, spoke_id, assigned_by)
    select 'acme', 'person', '00uS' || lpad(n::text, 16, '0'), 'bench' from generate_series(0, ${total - 1}::int) as n`.execute(
    ledger.db,
  );
  await sql`
    insert into mirrors (id, tenant, okta_user_id, hub_org, hub_user_id, state, written_version, check_due_at)
    select 'mir_' || n, 'acme', '00uS' || lpad(n::text, 16, '0'), ${`127.0.0.1:${port}`}, '00uH' || lpad(n::text, 16, '0'), 'linked', 1, null
    from generate_series(0, ${total - 1}::int) as n`.execute(ledger.db);
}

if (process.env['ORGS'] === '1') serve();
else await main();
