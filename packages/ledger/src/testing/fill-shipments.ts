import { until } from '@keycourier/runtime/testing/until';
import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Tables } from '../tables.ts';

/** The tenant that `fillShipments` fills. */
export const filledTenant = 'acme';

/** The shipment with this number: the larger, the newer. */
export const filledId = (nth: number): string => `shp_${String(nth).padStart(26, '0')}`;

/**
 * The tables with pages whose rows are not visible to all, so that an index is not enough to read them. Vacuum leaves such where
 * another session of this database, as that of an automatic analyze, began while an older transaction was under way anywhere.
 */
async function hiddenTables(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relallvisible < relpages`.execute(db);
  return rows.map(({ name }) => name);
}

/**
 * Fills a tenant by SQL, with what stands in no other test's way of reading it: most shipments completed, some in each other
 * status, three in a hundred held for one of six causes; with history, attempts, outbox messages and an event for each.
 * Nothing of it is sealed.
 */
export async function fillShipments({ db }: Pick<Ledger, 'db'>, count: number): Promise<void> {
  await db.connection().execute(async (one) => {
    await sql`set session_replication_role = replica`.execute(one);
    await sql`
      insert into shipments (id, tenant, trigger, purpose, person, okta_user_id, login_index, product_id, inventory_product_id,
        customization_id, order_state, parcel_state, credential_state, pin_state, hold_code, hold_problems, hold_since, hold_cause,
        status, profile_checked, programmed, pin_recipient, pin_channel, pin_release, pin_sent_at, provider_order_id, placed_at,
        carrier, tracking_number, serial, in_transit_since, created_at, updated_at)
      select 'shp_' || lpad(n::text, 26, '0'), ${filledTenant}, 'api', 'primary', 'okta:00u' || n, '00u' || n, 'login' || n, '29',
        '106', 'RXJN83', case kind when 'completed' then 'closed' when 'cancelled' then 'cancelled' when 'requested' then 'requested'
          when 'ready' then 'ready' when 'held' then 'requested' else 'placed' end,
        case kind when 'completed' then 'delivered' when 'in_transit' then 'in_transit' when 'ordered' then 'preparing' else 'none' end,
        case kind when 'completed' then 'active' when 'ordered' then 'pending' when 'in_transit' then 'pending' else 'none' end,
        case kind when 'completed' then 'sent' else 'none' end,
        case kind when 'held' then 'profile_problems' end,
        case kind when 'held' then jsonb_build_array(jsonb_build_object('field', field, 'code', 'missing')) end,
        case kind when 'held' then at end,
        case kind when 'held' then 'profile_problems ' || field || '/missing' end,
        kind, kind not in ('requested', 'held'), kind = 'completed', 'auto', 'smtp', 'on_activation',
        case kind when 'completed' then at end,
        case when kind in ('completed', 'ordered', 'in_transit') then 'order-' || n end,
        case when kind in ('completed', 'ordered', 'in_transit') then at end,
        case when kind in ('completed', 'in_transit') then 'FEDEX' end,
        case when kind in ('completed', 'in_transit') then 'TRACK' || n end,
        case when kind = 'completed' then (10000000 + n)::text end,
        case when kind = 'in_transit' then at end, at, at
      from (
        select n, now() - (${count} - n) * interval '35 s' as at,
          (array['primaryPhone', 'zipCode', 'city', 'streetAddress', 'organization', 'countryCode'])[n % 6 + 1] as field,
          case when n % 100 < 3 then 'held' when n % 100 < 13 then 'in_transit' when n % 100 < 20 then 'ordered'
            when n % 100 < 22 then 'requested' when n % 100 < 26 then 'ready' when n % 100 < 28 then 'cancelled'
            else 'completed' end as kind
        from generate_series(1, ${count}::integer) n
      ) as filled`.execute(one);
    await sql`
      insert into history (shipment_id, at, event, detail)
      select id, created_at + step * interval '1 s', event, detail::jsonb from shipments, (values
        (0, 'shipment.requested', '{"trigger": "api"}'), (1, 'profile.checked', '{"order": "requested → ready"}'),
        (2, 'order.placed', '{"order": "placing → placed", "parcel": "none → preparing"}')) as happened (step, event, detail)
      where tenant = ${filledTenant} order by 2`.execute(one);
    await sql`
      insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until, ended_at, outcome)
      select replace(id, 'shp', 'run'), id, 'check-profile', 1, created_at, created_at, created_at, 'done' from shipments
      where tenant = ${filledTenant}`.execute(one);
    await sql`
      insert into outbox (subject_id, step, tenant, due_at, published_at, priority)
      select id, case order_state when 'placed' then 'track-parcel' else 'check-profile' end, tenant, now() + interval '1 hour',
        case order_state when 'placed' then now() end, 4
      from shipments where tenant = ${filledTenant} and order_state in ('placed', 'requested') and hold_code is null`.execute(
      one,
    );
    await sql`
      insert into inbound_events (id, tenant, uuid, event_type, state, reason, shipment_id, received_at, is_protected)
      select replace(id, 'shp', 'evt'), tenant, 'u' || id, 'group.user_membership.add', 'accepted', 'created', id, created_at, true
      from shipments where tenant = ${filledTenant}`.execute(one);
    await sql`
      insert into daily_counts (tenant, day, what, count)
      select ${filledTenant}, current_date - day, what, 100 from generate_series(0, 400) day, unnest(array['requested', 'ordered', 'held']) what`.execute(
      one,
    );
    await sql`set session_replication_role = origin`.execute(one);
    await until(
      async () => {
        await sql`vacuum analyze`.execute(one);
        return hiddenTables(one);
      },
      (names) => names.length === 0,
    );
  });
}
