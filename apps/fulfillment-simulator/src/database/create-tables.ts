import type { PoolClient } from 'pg';

/**
 * All state of the provider. `provider` has one row: its clock and its programming mode. The request JWEs of a shipment
 * are set to null when its key has been programmed or the order deleted; PINs, challenges and the private keys of
 * credentials have no column.
 */
const tables = `
create table if not exists provider (
  only_row boolean primary key default true check (only_row),
  speed double precision not null,
  provider_ms double precision not null,
  since_ms double precision not null,
  programming_mode text not null
);
create table if not exists provider_keys (
  kid text primary key,
  purpose text not null,
  private_jwk jsonb not null,
  x5c jsonb not null
);
create table if not exists stock (
  organization text not null,
  inventory_product_id integer not null,
  quantity integer not null check (quantity >= 0),
  primary key (organization, inventory_product_id)
);
create table if not exists shipments (
  shipment_id text primary key,
  position bigint generated always as identity,
  organization text not null,
  customer_reference text,
  delivery_type integer not null,
  recipient jsonb not null,
  mailing_address jsonb not null,
  address_validation_bypass boolean not null,
  item jsonb not null,
  pin_request_jwe text,
  credential_request_jwes jsonb,
  verdict jsonb not null,
  route_started_ms double precision not null,
  next_change_ms double precision,
  state_id integer not null,
  set_by_hand boolean not null default false,
  product_data jsonb,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  shipped_at timestamptz,
  delivered_at timestamptz,
  deleted_at timestamptz
);
create index if not exists shipments_newest_first on shipments (organization, position desc) where deleted_at is null;
create index if not exists shipments_due on shipments (next_change_ms) where deleted_at is null and not set_by_hand;
create table if not exists order_requests (
  position bigint generated always as identity primary key,
  organization text,
  reference text,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  status integer
);
do $$ begin
  if to_regclass('yubikey_serials') is null then
    execute format('create sequence yubikey_serials minvalue 10000000 maxvalue 99999999 start %s',
      20000000 + floor(random() * 70000000)::integer);
  end if;
end $$;`;

const creationLock = 7_103_104;

/** Creates the tables that are missing. Holds a lock until the transaction ends. */
export async function createTables(client: PoolClient): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [creationLock]);
  await client.query(tables);
}
