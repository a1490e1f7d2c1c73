/**
 * What the ledger does in a second on an embedded Postgres that waits for its disk as a real one does.
 * Build first, then run: node packages/ledger/bench/moves.mjs
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { knownSteps } from '@keycourier/journey/steps/steps';

import { claimStep } from '../dist/attempts/claim-step.js';
import { connectLedger } from '../dist/connect-ledger.js';
import { startEmbeddedPostgres } from '../dist/embedded-postgres.js';
import { recordDelivery } from '../dist/events/record-delivery.js';
import { recordVerdict } from '../dist/events/record-verdict.js';
import { migrate } from '../dist/migrate.js';
import { publishDue } from '../dist/outbox/publish-due.js';
import { createSealing, generateKeyring, parseKeyring } from '../dist/sealing.js';
import { commitMoves } from '../dist/shipments/commit-moves.js';
import { createShipment } from '../dist/shipments/create-shipment.js';
import { move } from '../dist/shipments/move.js';

const secondsPerScenario = Number(process.env.SECONDS ?? 4);
const connections = 16;

/** Every step follows at once. */
const chain = { admit: () => true, onClaim: () => undefined, intentOf: () => null };

const jwe = 'x'.repeat(800);
const profile = {
  firstName: 'Noor',
  lastName: 'Haddad',
  email: 'noor@example.com',
  secondEmail: null,
  primaryPhone: '+442079460000',
  organization: 'Acme',
  streetLine1: '1 High Street',
  streetLine2: null,
  city: 'London',
  state: null,
  zipCode: 'N1 9GU',
  countryCode: 'GB',
  isNewUser: false,
  sources: {},
  normalisations: [],
};

/** The decisions of the stages, step by step. */
const attempts = [
  {
    step: 'check-profile',
    changes: (id) => [
      { user: { id: `okta-${id}` }, secrets: { login: `${id}@example.com` } },
      { order: 'ready', profileChecked: true, secrets: { profile } },
    ],
  },
  {
    step: 'enroll-credential',
    changes: (id) => [
      { order: 'enrolling', intents: { enroll: { at: new Date().toISOString(), knownEnrollmentIds: [] } } },
      {
        order: 'enrolled',
        credential: 'pending',
        credentialDetails: { enrollmentId: `e-${id}`, keyId: 'k' },
        secrets: { requestEnvelopes: { pinRequestJwe: jwe, credRequestJwe: jwe } },
      },
    ],
  },
  {
    step: 'place-order',
    changes: (id) => [
      { order: 'placing', intents: { order: { at: new Date().toISOString(), reference: `${id}-1`, attempt: 1 } } },
      {
        order: 'placed',
        parcel: 'preparing',
        orderDetails: { providerId: `o-${id}`, providerState: 1 },
        secrets: { requestEnvelopes: null },
      },
    ],
  },
  {
    step: 'track-parcel',
    changes: () => [
      {
        programmed: true,
        pin: 'sealed',
        parcel: 'in_transit',
        secrets: { responseEnvelopes: { pinResponseJwe: jwe, credResponseJwe: jwe }, pinCopy: { jwe } },
      },
    ],
  },
  { step: 'activate-credential', changes: () => [{ credential: 'active', secrets: { responseEnvelopes: null } }] },
  { step: 'release-pin', changes: () => [{ pin: 'released' }] },
  { step: 'send-pin', changes: () => [{ pin: 'sending' }, { pin: 'sent', secrets: { pinCopy: null } }] },
];
const movesOfAShipment = attempts.flatMap(({ changes }) => changes('')).length;

const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir });
await postgres.createDatabase('bench');
const ledger = connectLedger({
  databaseUrl: postgres.url('bench'),
  sealing: createSealing(parseKeyring(generateKeyring())),
  maxConnections: connections,
  maxRequestsInFlight: () => 1_000_000,
  checkGraceMs: 0,
});
try {
  await migrate(ledger.db);
  await measure('recordDelivery, 1 event each, 1 client', 1, () => deliver(1));
  await measure('recordDelivery, 1 event each', connections, () => deliver(1));
  await measure('recordDelivery, 100 events each', connections, () => deliver(100), 100);
  const received = await ledger.db.selectFrom('inbound_events').select('id').limit(20_000).execute();
  await measure('recordVerdict that opens a shipment', connections, () => derive(received.pop().id));
  await measure('createShipment in a transaction of the caller', connections, () => open('acme'));
  await measure('moves of whole journeys, 1 tenant, 1 client', 1, () => travel('acme'), movesOfAShipment);
  await measure('moves of whole journeys, 1 tenant', connections, () => travel('acme'), movesOfAShipment);
  await measure('moves of whole journeys, 50 tenants', connections, () => travel(anyTenant()), movesOfAShipment);
  await measure(
    'attempts (claim, moves, finish), 50 tenants',
    connections,
    () => attemptAll(anyTenant()),
    attempts.length,
  );
  await measurePublishing();
} finally {
  await ledger.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

/** A closed loop: each client begins again as soon as it is done. */
async function measure(name, clients, work, size = 1) {
  const endsAt = performance.now() + secondsPerScenario * 1_000;
  const startedAt = performance.now();
  const tookMs = [];
  const client = async () => {
    while (performance.now() < endsAt) {
      const began = performance.now();
      await work();
      tookMs.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  print(name, tookMs.length * size, performance.now() - startedAt, tookMs);
}

async function measurePublishing() {
  await ledger.db.deleteFrom('outbox').execute();
  for (let rows = 0; rows < 50_000; rows += 1_000) await deliver(1_000);
  const startedAt = performance.now();
  const tookMs = [];
  let published = 0;
  for (;;) {
    const began = performance.now();
    const count = await publishDue(ledger, { knownSteps, limit: 500 }, async () => undefined);
    if (count === 0) break;
    tookMs.push(performance.now() - began);
    published += count;
  }
  print('publishDue, 500 a call', published, performance.now() - startedAt, tookMs);
}

function print(name, count, ms, tookMs) {
  const sorted = tookMs.toSorted((one, other) => one - other);
  const at = (share) => `${(sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1)} ms`;
  const rate = Math.round((count / ms) * 1_000);
  console.log(`${name.padEnd(46)} ${String(rate).padStart(7)}/s   a call: p50 ${at(0.5)}, p99 ${at(0.99)}`);
}

function deliver(count) {
  const events = Array.from({ length: count }, () => ({
    uuid: randomUUID(),
    eventType: 'group.user_membership.add',
    published: new Date(),
    setAside: null,
    body: { target: [{ id: '00u1', type: 'User', alternateId: 'noor@example.com' }], padding: 'x'.repeat(1_000) },
  }));
  return recordDelivery(ledger, { tenant: 'acme', envelopeEventId: randomUUID(), events });
}

function derive(eventId) {
  const { pinPolicy, ...request } = requestOf('acme', { userId: eventId, trigger: 'mfa-initiated' });
  return recordVerdict(ledger, { eventId, verdict: { verdict: 'key_request', request }, pinPolicyOf: () => pinPolicy });
}

function anyTenant() {
  return `tenant-${Math.floor(Math.random() * 50)}`;
}

function requestOf(tenant, changes = {}) {
  return {
    tenant,
    trigger: 'api',
    purpose: 'primary',
    userId: null,
    login: `${randomUUID()}@example.com`,
    groupId: null,
    product: { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
    pinPolicy: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
    ...changes,
  };
}

async function open(tenant) {
  const opened = await ledger.db.transaction().execute((tx) => createShipment(ledger, tx, requestOf(tenant)));
  return opened.shipment.id;
}

function moveBy(id, change) {
  return move(ledger, id, () => ({ change, note: { event: 'bench.moved' } }));
}

async function travel(tenant) {
  const id = await open(tenant);
  for (const change of attempts.flatMap(({ changes }) => changes(id))) await moveBy(id, change);
}

/** As a worker does it: the last move of an attempt ends it, and claims the next step where it makes one next. */
async function attemptAll(tenant) {
  const id = await open(tenant);
  let next = null;
  for (const { step, changes } of attempts) {
    const attempt = next?.step === step ? next : await claim(step, id);
    const moves = changes(id).map((change) => () => ({ change, note: { event: 'bench.moved' } }));
    let known = attempt.shipment;
    for (const decide of moves.slice(0, -1))
      known = (await commitMoves(ledger, { id, known, moves: [decide] })).moved.shipment;
    const finish = { attempt, resultOf: () => ({ outcome: 'done', why: null }), chain, leaseMs: 15_000 };
    ({ next } = await commitMoves(ledger, { id, known, moves: moves.slice(-1), finish }));
  }
}

/** Those with an earlier position may have to get a slot first. */
async function claim(step, shipmentId) {
  const result = await claimStep(ledger, { step, shipmentId, dispatchId: null, leaseMs: 15_000 });
  return result.outcome === 'claimed' ? result.attempt : claim(step, shipmentId);
}
