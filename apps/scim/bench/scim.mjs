/**
 * The figures of docs/scim/supported.md: 100,000 people in one connection, look-ups, pages, filters, an import with one POST for
 * each user and in bulk, and a PATCH with 10,000 members, with the memory of the process. apps/scim is its real main.js, and
 * Postgres writes to the disk before it commits. After a build:
 * node apps/scim/bench/scim.mjs [people] [reads,filters,members,import,bulk] [directory that keeps the filled database]
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { personOf } from '@keycourier/ledger/bench/directory-people.mjs';

import { startFilled } from './process.mjs';

const total = Number(process.argv[2] ?? 100_000);
const parts = (process.argv[3] ?? 'reads,filters,members,import,bulk').split(',');
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';
/** As many in a request as stay below its MiB. */
const perBulk = 500;
const rows = [];
const { large, empty, ids, residentBytes, cpuMs, stop } = await startFilled({ total, keptDir: process.argv[4] });
const measures = {
  reads: () => measureReads(large),
  filters: () => measureFilters(large),
  members: () => measureMembers(large),
  import: () => measureImport(empty, { first: 0, create: createOneByOne }),
  bulk: () => measureImport(empty, { first: importCount(), create: createInBulk }),
};
try {
  for (const part of parts) await measures[part]();
} finally {
  await stop();
}
print();

async function measureReads(call) {
  const eq = (n) => encodeURIComponent(`userName eq "${personOf((n * 7919) % total).userName}"`);
  const search = (n) => call('GET', `/Users?filter=${eq(n)}`);
  await percentiles('GET /Users?filter=userName eq, first', { times: 500, expected: 1 }, search);
  await percentiles('GET /Users?filter=userName eq', { times: 1_000, warmUp: 3_000, expected: 1 }, search);
  const { Resources } = await call('GET', '/Users?count=100');
  await percentiles('GET /Users/{id}', { times: 300 }, async (n) => ({
    Resources: [await call('GET', `/Users/${Resources[n % 100].id}`)],
  }));
  for (const startIndex of [1, Math.floor(total / 2), total - 100])
    await percentiles(`GET /Users?startIndex=${startIndex}&count=100`, { times: 100, warmUp: 200, expected: 100 }, () =>
      call('GET', `/Users?startIndex=${startIndex}&count=100`),
    );
}

/** What no index decides: everyone who has the attribute is decrypted. */
async function measureFilters(call) {
  for (const query of ['filter=userName co "smith"', 'filter=title eq "Engineer"', 'sortBy=name.familyName'])
    await percentiles(`GET /Users?${query}`, { times: 2 }, () =>
      call('GET', `/Users?${query.replace(/=(.*)/, (_, value) => `=${encodeURIComponent(value)}`)}`),
    );
}

/** Sequential requests, after `warmUp` that do not count: V8 compiles what runs often, and a service runs for days. */
async function percentiles(what, { times, warmUp = Math.floor(times / 2), expected }, work) {
  const took = [];
  for (let n = 0; n < warmUp; n += 1) await work(n);
  const cpuOf = await watchCpu();
  for (let n = 0; n < times; n += 1) {
    const started = performance.now();
    const { Resources } = await work(n);
    took.push(performance.now() - started);
    if (expected !== undefined && Resources.length !== expected)
      throw new RangeError(`${what} found ${Resources.length}`);
  }
  took.sort((one, other) => one - other);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1);
  add(what, `p50 ${at(0.5)} ms`, `p95 ${at(0.95)} ms`, await cpuOf(times));
}

/** What the processes compute for each request: the same beside other work, which the time that it takes is not. */
async function watchCpu() {
  const before = await cpuMs();
  return async (times) => {
    const after = await cpuMs();
    const each = (name) => ((after[name] - before[name]) / times).toFixed(2);
    return `CPU ${each('app')} + ${each('postgres')} ms`;
  };
}

async function measureMembers(call) {
  for (let n = 0; n < 500; n += 1) await call('GET', '/Users?count=1');
  const members = ids.slice(0, 10_000).map((value) => ({ value }));
  for (const displayName of ['Makes none', 'Makes shipments']) {
    // What a run left behind that was ended.
    const { Resources: left } = await call(
      'GET',
      `/Groups?filter=${encodeURIComponent(`displayName eq "${displayName}"`)}`,
    );
    for (const { id } of left) await call('DELETE', `/Groups/${id}`);
    const { id } = await call('POST', '/Groups', { schemas: [groupUrn], displayName });
    for (const op of ['add', 'replace', 'remove'])
      await withMemory(`PATCH ${op} of ${members.length} members, a group that ${displayName.toLowerCase()}`, () =>
        call('PATCH', `/Groups/${id}?excludedAttributes=members`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op, path: 'members', value: members }],
        }),
      );
    await withMemory(`PUT of ${members.length} members, the same group`, () =>
      call('PUT', `/Groups/${id}?excludedAttributes=members`, { schemas: [groupUrn], displayName, members }),
    );
    await call('DELETE', `/Groups/${id}`);
  }
}

/** The most that the process's resident memory grows, and the longest that another request waits meanwhile. */
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
  let slowest = 0;
  const cpuOf = await watchCpu();
  const others = (async () => {
    while (!isOver) {
      const sent = performance.now();
      await large('GET', '/ServiceProviderConfig');
      slowest = Math.max(slowest, performance.now() - sent);
      await sleep(5);
    }
  })();
  await work();
  const took = performance.now() - started;
  isOver = true;
  await Promise.all([watch, others]);
  const grown = `${((most - before) / 1e6).toFixed(0)} MB more of ${(before / 1e6).toFixed(0)} MB`;
  add(what, `${took.toFixed(0)} ms`, `${grown}, another request at most ${slowest.toFixed(0)} ms`, await cpuOf(1));
}

function importCount() {
  return Math.min(10_000, total);
}

async function measureImport(call, { first, create }) {
  const count = importCount();
  const cpuOf = await watchCpu();
  const started = performance.now();
  const { what, ids: made } = await create(call, { first, count });
  const users = performance.now() - started;
  const cpu = await cpuOf(count);
  await inParallel(4, 50, (group) =>
    call('POST', '/Groups?excludedAttributes=members', {
      schemas: [groupUrn],
      displayName: `Imported ${first + group} ${process.pid}`,
      members: Array.from({ length: Math.min(500, count) }, (_, index) => ({
        value: made[(group * 200 + index) % count],
      })),
    }),
  );
  const all = performance.now() - started;
  const rate = (ms) => `${Math.round(count / (ms / 1_000))} users/s`;
  add(`${what}, ${count} users`, `${(users / 1_000).toFixed(1)} s`, `${rate(users)}, ${cpu} each`);
  add('  with 50 groups of 500, 4 at once', `${(all / 1_000).toFixed(1)} s`, rate(all));
}

async function createOneByOne(call, { first, count }) {
  const made = [];
  await inParallel(8, count, async (n) => {
    made[n] = (await call('POST', '/Users', bodyOf(first + n))).id;
  });
  return { what: 'POST /Users, 8 at once', ids: made };
}

async function createInBulk(call, { first, count }) {
  const made = [];
  await inParallel(2, Math.ceil(count / perBulk), async (part) => {
    const numbers = Array.from({ length: Math.min(perBulk, count - part * perBulk) }, (_, n) => part * perBulk + n);
    const { Operations } = await call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: numbers.map((n) => ({ method: 'POST', path: '/Users', bulkId: `b${n}`, data: bodyOf(first + n) })),
    });
    for (const [index, { status, location }] of Operations.entries()) {
      if (status !== '201') throw new RangeError(`An operation was answered ${status}`);
      made[numbers[index]] = location.split('/').at(-1);
    }
  });
  return { what: `POST /Bulk of ${perBulk}, 2 at once`, ids: made };
}

async function inParallel(width, count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function bodyOf(n) {
  const { userName, externalId, attributes } = personOf(n, `imported${process.pid}.`);
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
  console.log('\n| over HTTP | | | |\n|---|---|---|---|');
  for (const row of rows) console.log(`| ${row.map((cell) => cell.replace('|', '\\|')).join(' | ')} |`);
}
