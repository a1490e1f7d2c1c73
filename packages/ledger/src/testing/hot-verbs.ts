import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { readEvent } from '../events/read-event.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { recordVerdict } from '../events/record-verdict.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { comparedAtOnce, repairOutbox } from '../outbox/repair-outbox.ts';
import { sweepOverdue } from '../outbox/sweep-overdue.ts';
import { listShipments, type ShipmentQuery } from '../shipments/list-shipments.ts';
import { move } from '../shipments/move.ts';
import { readHistory } from '../shipments/read-history.ts';
import { readShipment } from '../shipments/read-shipment.ts';
import { eventUuid } from './event-uuid.ts';
import { aRequest, change, open, profile } from './sample-shipments.ts';

const tenant = 'tenant-4';

/** Creates what a verb works on, and returns the verb. */
type Prepare = (ledger: Ledger) => Promise<() => Promise<unknown>> | (() => Promise<unknown>);

/** Shipments of 20 tenants, with an event for each: most ended, some at the provider, some that wait for a slot or for their check. */
export async function fillTenants(ledger: Ledger, { from, to }: { from: number; to: number }): Promise<void> {
  const isNew = sql`shipments.id between 'shp_' || lpad(${from}::text, 26, '0') and 'shp_' || lpad(${to}::text, 26, '0')`;
  await sql`set session_replication_role = replica`.execute(ledger.db);
  await sql`
    insert into shipments (id, tenant, trigger, purpose, person, okta_user_id, login_index, product_id, inventory_product_id,
      customization_id, order_state, parcel_state, credential_state, pin_state, status, profile_checked, pin_recipient, pin_channel,
      pin_release, created_at, updated_at)
    select 'shp_' || lpad(n::text, 26, '0'), 'tenant-' || n % 20, 'api', 'primary', 'okta:00u' || n, '00u' || n, md5(n::text), '1', '106',
      'X', state, case when state in ('placed', 'closed') then 'delivered' else 'none' end,
      case when state = 'closed' then 'active' when state = 'placed' then 'pending' else 'none' end,
      case when state = 'closed' then 'sent' else 'none' end,
      case state when 'closed' then 'completed' when 'placed' then 'ordered' else state end, state <> 'requested', 'auto', 'smtp',
      'on_activation', now() - interval '1 day', now() - interval '1 day'
    from (select n, case when n / 20 % 100 < 70 then 'closed' when n / 20 % 100 < 90 then 'placed' when n / 20 % 100 < 98 then 'ready'
      else 'requested' end as state from generate_series(${from}::integer, ${to}::integer) n) s`.execute(ledger.db);
  await sql`
    insert into outbox (subject_id, step, tenant, due_at, priority)
    select id, case order_state when 'placed' then 'track-parcel' else 'check-profile' end, tenant, now() + interval '1 hour', 8
    from shipments where order_state in ('placed', 'requested') and ${isNew}`.execute(ledger.db);
  await sql`
    insert into history (shipment_id, at, event) select id, now(), 'test' from shipments where ${isNew}`.execute(
    ledger.db,
  );
  await sql`insert into secrets select id, 'profile', 'x' from shipments where ${isNew}`.execute(ledger.db);
  await sql`
    insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until, ended_at, outcome)
    select 'run_' || id, id, 'check-profile', 1, now(), now(), now(), 'done' from shipments where ${isNew}`.execute(
    ledger.db,
  );
  await sql`
    insert into inbound_events (id, tenant, uuid, event_type, state)
    select 'evt_' || lpad(n::text, 26, '0'), 'tenant-' || n % 20, 'u' || n, 'group.user_membership.add',
      'accepted' from generate_series(${from}::integer, ${to}::integer) n`.execute(ledger.db);
  await sql`set session_replication_role = origin`.execute(ledger.db);
}

const list = (query: Partial<ShipmentQuery>) => (ledger: Ledger) => () =>
  listShipments(ledger, { tenant: 'tenant-none', dryRun: false, limit: 50, ...query });
const following = { admit: () => true, onClaim: () => undefined, intentOf: () => null };
let delivered = 0;
const anEvent = (ledger: Ledger) => {
  delivered += 1;
  const body = { target: [{ id: '00uNew', type: 'User' }] };
  const event = {
    uuid: eventUuid(`hot-${delivered}`),
    eventType: 'group.user_membership.add',
    published: null,
    setAside: null,
  };
  return recordDelivery(ledger, { tenant, envelopeEventId: null, events: [{ ...event, body }] });
};

/** What each verb of the ledger may read, however much its tables hold: some rows of the one shipment, and a page of a queue. */
export const hotVerbs: readonly [string, number, Prepare][] = [
  ['a delivery', 60, (ledger) => () => anEvent(ledger)],
  [
    'reading an event and its verdict, and claiming its first step',
    300,
    async (ledger) => {
      await anEvent(ledger);
      const { id } = await ledger.db
        .selectFrom('inbound_events')
        .select('id')
        .where('state', '=', 'received')
        .executeTakeFirstOrThrow();
      return async () => {
        await readEvent(ledger, id);
        const { pinPolicy, ...request } = aRequest({ tenant, userId: `00uNew${delivered}`, trigger: 'mfa-initiated' });
        const recorded = await recordVerdict(ledger, {
          eventId: id,
          verdict: { verdict: 'key_request', request },
          pinPolicyOf: () => pinPolicy,
          first: { chain: following, leaseMs: 10_000 },
        });
        if (recorded.outcome !== 'created') throw new RangeError(recorded.outcome);
      };
    },
  ],
  ['a request', 200, (ledger) => () => open(ledger, { tenant })],
  [
    'claiming a step and finishing its attempt',
    200,
    async (ledger) => {
      const { id } = await open(ledger, { tenant });
      return async () => {
        const claimed = await claimStep(ledger, {
          step: 'check-profile',
          shipmentId: id,
          dispatchId: null,
          leaseMs: 10_000,
        });
        if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
        await finishAttempt(ledger, claimed.attempt, { outcome: 'later', why: null });
      };
    },
  ],
  [
    'a move to ready, behind others that wait for a slot',
    400,
    async (ledger) => {
      const { id } = await open(ledger, { tenant });
      return () => change(ledger, id, { order: 'ready', profileChecked: true, secrets: { profile } });
    },
  ],
  [
    'a move that removes a secret',
    200,
    async (ledger) => {
      const { id } = await open(ledger, { tenant });
      await change(ledger, id, { secrets: { profile } });
      return () => change(ledger, id, { secrets: { profile: null } });
    },
  ],
  [
    'a move that grants a slot',
    400,
    async (ledger) => {
      const { id } = await open(ledger, { tenant: 'tenant-new' });
      const { id: next } = await open(ledger, { tenant: 'tenant-new' });
      for (const one of [id, next])
        await change(ledger, one, { order: 'ready', profileChecked: true, secrets: { profile } });
      return () => change(ledger, id, { order: 'cancelled' });
    },
  ],
  [
    'publishing what is due',
    400,
    (ledger) => () => publishDue(ledger, { knownSteps, limit: 10, slotsOf: () => 8 }, async () => undefined),
  ],
  [
    'sweeping what is overdue',
    400,
    (ledger) => () => sweepOverdue(ledger, { knownSteps, graceMs: 60_000, limit: 50, isAlive: async () => true }),
  ],
  [
    'comparing a part of the open shipments with the outbox',
    comparedAtOnce * 4,
    (ledger) => () => repairOutbox(ledger, 1_000, { shipment: '', event: '', ends: { shipments: true, events: true } }),
  ],
  [
    'reading a shipment and its history',
    100,
    async (ledger) => {
      const { id } = await open(ledger, { tenant });
      return async () => {
        await readShipment(ledger, tenant, id);
        await readHistory(ledger, id);
      };
    },
  ],
  [
    'declining to move',
    100,
    async (ledger) => {
      const { id } = await open(ledger, { tenant });
      return () => move(ledger, id, () => null);
    },
  ],
  ['a page of shipments', 200, list({})],
  ['a page of shipments by status', 200, list({ statuses: ['held'] })],
  ['a page of shipments of a user', 200, list({ user: '00uNone' })],
];
