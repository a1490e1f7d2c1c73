/**
 * How long each read model of the console takes with 200,000 shipments of one tenant, on an embedded Postgres, and each page as a
 * whole, from a request to the end of its answer: p50, p95 and the worst.
 * Build first, then run: node apps/console/bench/read-models.mjs
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { readClaims } from '@keycourier/ledger/holds/claims';
import { changesFromNow, readChangesSince } from '@keycourier/ledger/live/read-changes';
import { migrate } from '@keycourier/ledger/migrate';
import { countDays } from '@keycourier/ledger/overview/count-days';
import { readDailyCounts } from '@keycourier/ledger/overview/daily-counts';
import { readHealth } from '@keycourier/ledger/overview/health';
import { readHeldCauses } from '@keycourier/ledger/overview/held-causes';
import { createStatusCounts } from '@keycourier/ledger/overview/status-counts';
import { readKeyHolder } from '@keycourier/ledger/people/read-key-holder';
import { createSealing, parseKeyring } from '@keycourier/ledger/sealing';
import { tokensOfName } from '@keycourier/ledger/search/name-tokens';
import { search } from '@keycourier/ledger/search/search';
import { countShipments, listShipments } from '@keycourier/ledger/shipments/list-shipments';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { readSteps } from '@keycourier/ledger/shipments/read-steps';
import { filledId, filledTenant as tenant, fillShipments } from '@keycourier/ledger/testing/fill-shipments';
import { sql } from 'kysely';

import { closeAll } from '../dist/testing/close-all.js';
import { ada, startTestConsole } from '../dist/testing/running-console.js';
import { sampleKeyring } from '../dist/testing/sample-ledger.js';
import { TestClient } from '../dist/testing/test-client.js';

const shipments = Number(process.env.SHIPMENTS ?? 200_000);
const runs = Number(process.env.RUNS ?? 40);
const targetMs = 50;

const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
// A server that is started by root runs as another user, who must reach its directory.
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
await postgres.createDatabase('bench');
const sealing = createSealing(parseKeyring(sampleKeyring));
const ledger = connectLedger({
  databaseUrl: postgres.url('bench'),
  sealing,
  maxConnections: 4,
  use: 'migration',
  maxRequestsInFlight: () => 1,
});
await migrate(ledger.db);
const begun = performance.now();
await fillShipments(ledger, shipments);
await nameAll();
console.log(`${shipments} shipments in ${((performance.now() - begun) / 1000).toFixed(1)} s`);

/** Ten first names and ten last names, by the last two digits of an id. */
async function nameAll() {
  const [letters, digits, tokens] = ['abcdefghij', [], []];
  for (let nth = 0; nth < 100; nth += 1)
    for (const token of tokensOfName(sealing, tenant, [
      `${letters[Math.floor(nth / 10)]}name`,
      `${letters[nth % 10]}dashian`,
    ])) {
      digits.push(String(nth).padStart(2, '0'));
      tokens.push(token);
    }
  await sql`
    insert into name_prefixes (tenant, token, shipment_id) select tenant, token, id
    from shipments join unnest(${digits}::text[], ${tokens}::bytea[]) as named (digits, token) on right(id, 2) = digits
    where tenant = ${tenant} order by 2, 3`.execute(ledger.db);
  await sql`vacuum analyze name_prefixes`.execute(ledger.db);
}

const now = new Date();
const list = (filter) => () => listShipments(ledger, { tenant, dryRun: false, limit: 50, ...filter });
const counts = createStatusCounts(ledger.db);
const readModels = {
  'list: newest': list({}),
  'list: after a deep cursor': list({ before: filledId(Math.floor(shipments / 10)) }),
  'list: held': list({ statuses: ['held'] }),
  'list: a status that none has': list({ statuses: ['failed'] }),
  'list: cause': list({ cause: 'profile_problems zipCode/missing' }),
  'list: name of a tenth': list({ name: 'adash' }),
  'list: two names': list({ name: 'bna adash' }),
  'list: trigger that none has': list({ triggers: ['scim-group-add'] }),
  'count: completed': () => countShipments(ledger, { tenant, dryRun: false, statuses: ['completed'] }, 1_001),
  'search: login': () => search(ledger, tenant, 'no.one@example.com'),
  'search: serial': () => search(ledger, tenant, String(10_000_077)),
  'search: tracking number': () => search(ledger, tenant, 'TRACK77777'),
  'search: name': () => search(ledger, tenant, 'adashian'),
  'search: event uuid': () => search(ledger, tenant, '8f14e45f-ceea-467f-9b1d-4e0c1c1b2d3a'),
  'detail: shipment': () => readShipment(ledger, tenant, filledId(77)),
  'detail: steps': () => readSteps(ledger.db, filledId(77)),
  person: () => readKeyHolder(ledger, tenant, '00u77'),
  'overview: causes': () => readHeldCauses(ledger, tenant),
  'overview: counts, cached': () => counts.read(tenant),
  'overview: counts, first': () => createStatusCounts(ledger.db).read(tenant),
  'overview: 90 days': () => readDailyCounts(ledger.db, tenant, { now, days: 90 }),
  'overview: health': () => readHealth(ledger.db, tenant, now),
  'claims of a page': () =>
    readClaims(
      ledger.db,
      Array.from({ length: 50 }, (_, nth) => filledId(nth + 1)),
    ),
  'live: a second without changes': async () => readChangesSince(ledger.db, await changesFromNow(ledger.db, now), now),
};

async function measure(name, read) {
  const times = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await read();
    times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  const at = (share) => (times[Math.min(runs - 1, Math.floor(runs * share))] ?? 0).toFixed(1);
  const isMissed = Number(at(0.95)) > targetMs;
  console.log(
    `${name.padEnd(34)} p50 ${at(0.5).padStart(6)}  p95 ${at(0.95).padStart(6)}  worst ${at(1).padStart(6)} ms${isMissed ? '  MISSED' : ''}`,
  );
}

for (const [name, read] of Object.entries(readModels)) await measure(name, read);

const pages = {
  overview: '',
  'list: newest': '/shipments',
  'list: after a deep cursor': `/shipments?before=${filledId(Math.floor(shipments / 10))}`,
  'list: held': '/shipments?status=held',
  held: '/held',
  'search: login': '/search?q=no.one@example.com',
  'search: name': '/search?q=adashian',
  'search: serial': '/search?q=10000077',
  'one shipment': `/shipments/${filledId(77)}`,
  person: '/people?user=00u77',
  events: '/events',
  'act on a filter': '/bulk/new?status=held',
};
const { url } = await startTestConsole({ databaseUrl: postgres.url('bench'), tenants: [tenant] });
const client = new TestClient(url);
await client.signIn(ada);
const open = (path) => async () => {
  const answer = await client.request(`/t/${tenant}${path}`);
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
  await answer.text();
};
// Until the code is compiled.
for (const path of Object.values(pages)) for (let run = 0; run < 10; run += 1) await open(path)();
for (const [name, path] of Object.entries(pages)) await measure(`page ${name}`, open(path));
await closeAll();

const countBegun = performance.now();
let parts = 0;
for (let calls = 0; calls < 60; calls += 1) if (await countDays(ledger, 20_000)) parts += 1;
console.log(`counted the history by day in ${parts} calls and ${(performance.now() - countBegun).toFixed(0)} ms`);

await ledger.close();
await postgres.stop();
await rm(dir, { recursive: true, force: true });
