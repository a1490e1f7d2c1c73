/**
 * The directory with 100,000 people in one connection: look-ups, pages, filters that decrypt, an import, and a PATCH with 10,000
 * members. Build first, then run: node --expose-gc packages/ledger/bench/directory.mjs [people] [reads,members,decrypting,import]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import { wholeResource } from '@keycourier/scim-protocol/resources/projection';
import { findReference } from '@keycourier/scim-protocol/schemas/find-reference';

import { connectLedger } from '../dist/connect-ledger.js';
import { createConnection } from '../dist/directory/connections/connections.js';
import { createGroup } from '../dist/directory/groups/create-group.js';
import { patchGroup } from '../dist/directory/groups/write-group.js';
import { writeDirectory } from '../dist/directory/scope.js';
import { createUser } from '../dist/directory/users/create-user.js';
import { listUsers } from '../dist/directory/users/list-users.js';
import { startEmbeddedPostgres } from '../dist/embedded-postgres.js';
import { migrate } from '../dist/migrate.js';
import { createSealing, generateKeyring, parseKeyring } from '../dist/sealing.js';
import { personOf, populate } from './directory-people.mjs';

const total = Number(process.argv[2] ?? 100_000);
const parts = (process.argv[3] ?? 'reads,members,decrypting,import').split(',');
const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir, throwaway: true });
await postgres.createDatabase('bench');
const ledger = connectLedger({
  databaseUrl: postgres.url('bench'),
  sealing: createSealing(parseKeyring(generateKeyring())),
  maxConnections: 8,
  maxRequestsInFlight: () => 3,
});
try {
  await migrate(ledger.db);
  const connection = await connect('large');
  const ids = await populate(ledger, connection, total);
  const scope = { ledger, db: ledger.db, origin: { kind: 'connection', connection } };
  if (parts.includes('reads')) await measureReads(scope);
  if (parts.includes('reads'))
    await measureReads(
      { ...scope, origin: { kind: 'connection', connection: { ...connection, readAll: true } } },
      'read all: ',
    );
  if (parts.includes('members')) await measureMembers(connection, ids);
  if (parts.includes('decrypting')) await measureDecrypting(scope);
  if (parts.includes('import')) await measureImport(await connect('import'));
} finally {
  await ledger.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

async function connect(name) {
  const options = {
    name,
    sendEnrollmentMails: false,
    includeManual: false,
    readAll: false,
    takeOverByLocalPart: false,
    mapping: [],
    userNameRules: {},
  };
  return (await createConnection(ledger, { tenant: 'acme', createdBy: null, options })).connection;
}

async function measureReads(scope, what = '') {
  const list = (filter, more = {}) =>
    listUsers(scope, {
      filter: filter === null ? null : parseFilter(filter, 'User'),
      sortBy: null,
      sortOrder: 'ascending',
      startIndex: 1,
      count: 100,
      projection: wholeResource,
      ...more,
    });
  const nameOf = (n) => personOf((n * 7919) % total).userName;
  await percentiles(`${what}userName eq`, 400, (n) => list(`userName eq "${nameOf(n)}"`), 1);
  await percentiles(
    `${what}emails[type eq "work"].value eq`,
    100,
    (n) => list(`emails[type eq "work"].value eq "${nameOf(n)}"`),
    1,
  );
  await percentiles(`${what}externalId eq`, 100, (n) => list(`externalId eq "${personOf(n).externalId}"`), 1);
  for (const share of [0, 0.25, 0.5, 0.75, 0.99])
    await percentiles(`${what}a page of 100 at startIndex ${Math.floor(total * share) + 1}`, 25, () =>
      list(null, { startIndex: Math.floor(total * share) + 1 }),
    );
  await percentiles(
    `${what}userName sw "a", a page of 100 of ${(await list('userName sw "a"')).totalResults}`,
    15,
    () => list('userName sw "a"'),
  );
  await percentiles(`${what}userName sw "anna.sm"`, 15, () => list('userName sw "anna.sm"'));
  await percentiles(`${what}active eq true, a page of 100`, 15, () => list('active eq true'));
  await percentiles(`${what}meta.lastModified gt, sorted by it`, 15, () =>
    list('meta.lastModified gt "2020-01-01T00:00:00Z"', { sortBy: findReference('meta.lastModified', 'User') }),
  );
}

async function measureDecrypting(scope) {
  const list = (filter, more = {}) =>
    listUsers(scope, {
      filter: filter === null ? null : parseFilter(filter, 'User'),
      sortBy: null,
      sortOrder: 'ascending',
      startIndex: 1,
      count: 100,
      projection: wholeResource,
      ...more,
    });
  await percentiles('userName co "smith" (decrypts everyone)', 2, () => list('userName co "smith"'));
  await percentiles('title eq "Engineer" (decrypts everyone)', 2, () => list('title eq "Engineer"'));
  await percentiles('sorted by name.familyName (decrypts everyone)', 2, () =>
    list(null, { sortBy: findReference('name.familyName', 'User') }),
  );
}

async function measureMembers(connection, ids) {
  const members = ids.slice(0, 10_000);
  for (const isTrigger of [false, true]) {
    const write = (work) =>
      writeDirectory(ledger, { origin: { kind: 'connection', connection }, isTriggerGroup: () => isTrigger }, work);
    const group = await write((scope) =>
      createGroup(scope, { displayName: `Large ${isTrigger}`, externalId: null, members: [] }),
    );
    const patch = (kind) => write((scope) => patchGroup(scope, { id: group.id }, [{ kind, ids: members }]));
    const kind = isTrigger ? 'that makes shipments (10,000 events)' : 'that makes none';
    for (const operation of ['add_members', 'replace_members', 'remove_members'])
      await withMemory(`PATCH ${operation} of ${members.length} in a group ${kind}`, () => patch(operation));
  }
}

async function measureImport(connection) {
  const write = (work) =>
    writeDirectory(ledger, { origin: { kind: 'connection', connection }, isTriggerGroup: () => false }, work);
  const count = Math.min(10_000, total);
  const ids = [];
  const started = performance.now();
  let next = 0;
  const importer = async () => {
    while (next < count) {
      const n = next++;
      ids[n] = (await write((scope) => createUser(scope, personOf(n, 'i.')))).id;
    }
  };
  await Promise.all(Array.from({ length: 8 }, importer));
  const users = performance.now() - started;
  for (let group = 0; group < 50; group += 1)
    await write((scope) =>
      createGroup(scope, {
        displayName: `Imported ${group}`,
        externalId: null,
        members: Array.from({ length: Math.min(500, count) }, (_, index) => ids[(group * 200 + index) % count]),
      }),
    );
  const all = performance.now() - started;
  say(`import of ${count} users, a transaction each, 8 at once: ${Math.round(count / (users / 1_000))} users/s`, users);
  say(`  with 50 groups of 500: ${Math.round(count / (all / 1_000))} users/s`, all);
}

async function percentiles(what, times, work, expected) {
  const took = [];
  await work(0);
  for (let n = 0; n < times; n += 1) {
    const started = performance.now();
    const { users } = await work(n);
    took.push(performance.now() - started);
    if (expected !== undefined && users.length !== expected) throw new RangeError(`${what} found ${users.length}`);
  }
  took.sort((one, other) => one - other);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1);
  console.log(`${what.padEnd(75)} p50 ${at(0.5).padStart(8)} ms   p95 ${at(0.95).padStart(8)} ms`);
}

/** The most that the process grows, looked at every few milliseconds: more often, looking would be most of the work. */
async function withMemory(what, work) {
  globalThis.gc?.();
  const used = () => process.memoryUsage().rss;
  const [before, started] = [used(), performance.now()];
  let [most, isOver] = [before, false];
  const watch = (async () => {
    while (!isOver) {
      most = Math.max(most, used());
      await setTimeout(5);
    }
  })();
  await work();
  const took = performance.now() - started;
  isOver = true;
  await watch;
  say(`${what}: at most ${((most - before) / 1e6).toFixed(0)} MB more`, took);
}

function say(what, ms) {
  console.log(`${what.padEnd(75)} ${ms.toFixed(0).padStart(12)} ms`);
}
