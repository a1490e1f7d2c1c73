/**
 * How Postgres carries out the ledger's hot statements among 100,000 open shipments, 300,000 that are over, and 100,000
 * outbox messages. Build first, then run: node packages/ledger/bench/plans.mjs [--full]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';
import pg from 'pg';

import { claimStep } from '../dist/attempts/claim-step.js';
import { connectLedger } from '../dist/connect-ledger.js';
import { startEmbeddedPostgres } from '../dist/embedded-postgres.js';
import { recordDelivery } from '../dist/events/record-delivery.js';
import { migrate } from '../dist/migrate.js';
import { publishDue } from '../dist/outbox/publish-due.js';
import { repairOutbox } from '../dist/outbox/repair-outbox.js';
import { sweepOverdue } from '../dist/outbox/sweep-overdue.js';
import { createSealing, generateKeyring, parseKeyring } from '../dist/sealing.js';
import { createShipment } from '../dist/shipments/create-shipment.js';
import { listShipments } from '../dist/shipments/list-shipments.js';
import { move } from '../dist/shipments/move.js';

const isFull = process.argv.includes('--full');
const dir = await mkdtemp(join(tmpdir(), 'keycourier-bench-'));
await chmod(dir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: dir, throwaway: true });
await postgres.createDatabase('bench');
const ledger = connectLedger({
  databaseUrl: postgres.url('bench'),
  sealing: createSealing(parseKeyring(generateKeyring())),
  maxConnections: 4,
  maxRequestsInFlight: () => 3,
});
try {
  await migrate(ledger.db);
  await populate();
  await explainAll();
} finally {
  await ledger.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}

async function populate() {
  await sql`
    insert into shipments (id, tenant, trigger, purpose, person, okta_user_id, login_index, product_id, inventory_product_id,
      customization_id, order_state, parcel_state, credential_state, pin_state, status, profile_checked, in_slot, pin_recipient,
      pin_channel, pin_release, created_at, updated_at, hold_code, hold_since)
    select 'shp_' || lpad(n::text, 26, '0'), 'tenant-' || (n / 4) % 20, 'api', 'primary', 'okta:00u' || n, '00u' || n, md5(n::text),
      '1', '106', 'X', state, case when state in ('placed', 'closed') then 'preparing' else 'none' end,
      case when state = 'closed' then 'active' when state = 'placed' then 'pending' else 'none' end,
      case when state = 'closed' then 'sent' else 'none' end,
      case state when 'closed' then 'completed' when 'placed' then 'ordered' else state end,
      state <> 'requested', state = 'ready' and n < 240, 'auto', 'smtp', 'on_activation',
      now() - interval '1 day', now() - interval '1 day',
      case when n % 100 = 7 and state <> 'closed' then 'profile_problems' end, case when n % 100 = 7 then now() end
    from (select n, case when n % 4 <> 0 then 'closed' when n % 20 < 12 then 'placed' when n % 200 < 190 then 'ready' else 'requested' end as state
      from generate_series(1, 400000) n) s`.execute(ledger.db);
  await sql`update shipments set in_slot = false where in_slot and hold_code is not null`.execute(ledger.db);
  await repairOutbox(ledger, 10).catch(() => undefined);
  await sql`
    insert into outbox (subject_id, step, tenant, due_at, published_at)
    select id, case order_state when 'placed' then 'track-parcel' when 'requested' then 'check-profile' else 'enroll-credential' end,
      tenant, now() + random() * interval '1 hour', now()
    from shipments
    where order_state = 'placed' or (hold_code is null and (order_state = 'requested' or in_slot))
    on conflict do nothing`.execute(ledger.db);
  await sql`update outbox set published_at = null, due_at = now() - interval '1 minute'
    where subject_id in (select subject_id from outbox order by subject_id limit 2000)`.execute(ledger.db);
  await sql`update outbox set due_at = now() - interval '5 minutes' where published_at is not null and random() < 0.01`.execute(
    ledger.db,
  );
  await sql`vacuum analyze`.execute(ledger.db);
  const { rows } =
    await sql`select (select count(*) from shipments where order_state <> 'closed') as open, (select count(*) from outbox) as outbox`.execute(
      ledger.db,
    );
  console.log(rows[0]);
}

async function explainAll() {
  const one = async (where) =>
    (await sql`select id from shipments where ${sql.raw(where)} order by id limit 1`.execute(ledger.db)).rows[0].id;
  const [requested, inSlot] = [await one("order_state = 'requested' and hold_code is null"), await one('in_slot')];
  const list = (query) => listShipments(ledger, { tenant: 'tenant-4', dryRun: false, limit: 50, ...query });
  const request = (changes) =>
    ledger.db.transaction().execute((tx) =>
      createShipment(ledger, tx, {
        tenant: 'tenant-4',
        trigger: 'group-add',
        purpose: 'primary',
        userId: '00u1',
        login: 'new@example.com',
        groupId: null,
        product: { productId: '1', inventoryProductId: '106', customizationId: 'X' },
        pinPolicy: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
        ...changes,
      }),
    );
  await explain('publishDue', () => publishDue(ledger, { knownSteps, limit: 500 }, async () => undefined));
  await explain('sweepOverdue', () =>
    sweepOverdue(ledger, { knownSteps, graceMs: 60_000, limit: 1_000, isAlive: async () => true }),
  );
  await explain('repairOutbox', () => repairOutbox(ledger, 1_000));
  await explain('claimStep', () =>
    claimStep(ledger, { step: 'check-profile', shipmentId: requested, dispatchId: null, leaseMs: 1 }),
  );
  await explain('a move that grants a slot', () =>
    move(ledger, inSlot, () => ({ change: { order: 'cancelled' }, note: { event: 'x' } })),
  );
  await explain('a move to ready', () =>
    move(ledger, requested, () => ({ change: { order: 'ready', profileChecked: true }, note: { event: 'x' } })),
  );
  await explain('createShipment', () => request({}));
  await explain('listShipments', () => list({}));
  await explain('listShipments, a later page', () => list({ before: 'shp_00000000000000000000200000' }));
  await explain('listShipments by status', () => list({ status: 'held' }));
  await explain('listShipments by user', () => list({ user: '00u4004' }));
  await explain('recordDelivery', () =>
    recordDelivery(ledger, {
      tenant: 'acme',
      envelopeEventId: null,
      events: [{ uuid: 'u', eventType: 't', published: null, setAside: null, body: {} }],
    }),
  );
}

/** Runs something, and has Postgres explain each of its statements as it carries them out. */
async function explain(name, work) {
  console.log(`\n== ${name}`);
  const original = pg.Client.prototype.query;
  /** @type {(client: pg.Client, text: string, values?: unknown[]) => Promise<pg.QueryResult>} */
  const query = (client, text, values) => original.call(client, text, values);
  pg.Client.prototype.query = async function explained(text, values) {
    if (typeof text !== 'string' || !/^\s*(select|with|insert|update|delete)/.test(text))
      return query(this, text, values);
    await query(this, 'savepoint explained').catch(() => query(this, 'begin'));
    const { rows } = await query(this, `explain (analyze, buffers) ${text}`, values);
    await query(this, 'rollback to savepoint explained').catch(() => query(this, 'rollback'));
    report(
      text,
      rows.map((row) => row['QUERY PLAN']),
    );
    return query(this, text, values);
  };
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
}

function report(text, plan) {
  const [planning, id] = plan.slice(-2).map((line) => line.replace(/.*: /, ''));
  const scans = plan.filter((line) => /Seq Scan|Index|Bitmap Heap/.test(line) && !/Searches|Cond/.test(line));
  const how = scans.map((line) =>
    line
      .trim()
      .replace(/^->\s+/, '')
      .replace(/\s+\(cost.*actual/, ' (actual')
      .replace(/actual time=\S+ /, ''),
  );
  console.log(`-- ${text.replaceAll(/\s+/g, ' ').trim().slice(0, 90)}…\n   planning ${planning}, execution ${id}`);
  console.log((isFull ? plan : how).map((line) => `     ${line}`).join('\n'));
}
