-- Personal data and PIN copies are in `sealed` columns only: AES-256-GCM, the key's id in front (invariant 6).

-- What is known about a tenant while it runs; its settings are in the config file.
create table tenants (
  -- whoever gives or takes a place in a tenant's line holds its row
  name text primary key,
  paused_until timestamptz,
  pause_reason text
);

create table flows (
  tenant text not null,
  slug text not null,
  enabled boolean not null,
  updated_at timestamptz not null default now(),
  primary key (tenant, slug)
);

create table api_keys (
  id text primary key,
  tenant text not null,
  name text not null,
  -- SHA-256 of a 256-bit random key: nothing to guess, so nothing to stretch
  hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create table idempotency_keys (
  api_key_id text not null references api_keys,
  key text not null,
  body_hash bytea not null,
  status integer not null,
  answer text not null, -- sealed
  created_at timestamptz not null default now(),
  primary key (api_key_id, key)
);

create table inbound_events (
  id text primary key,
  tenant text not null,
  -- Okta's event uuid: opaque text, also the System Log's key, so hook and catch-up converge
  uuid text not null,
  event_type text not null,
  envelope_event_id text,
  published timestamptz,
  received_at timestamptz not null default now(),
  body text, -- sealed; null once erased
  state text not null check (state in ('received', 'ignored', 'accepted', 'set_aside')),
  reason text,
  shipment_id text,
  settled_at timestamptz,
  unique (tenant, uuid)
);
create index inbound_events_to_accept on inbound_events (id) where state = 'received';
create index inbound_events_set_aside on inbound_events (tenant) where state = 'set_aside';

create table batches (
  id text primary key,
  tenant text not null,
  api_key_id text references api_keys,
  total integer not null,
  accepted integer not null,
  rejected jsonb not null,
  rejected_total integer not null,
  created_at timestamptz not null default now()
);

create sequence line_number;

create table shipments (
  id text primary key,
  tenant text not null,
  trigger text not null,
  purpose text not null,
  -- who it is for: 'okta:<id>' once Okta has resolved it, else 'login:<keyed hash of the lower-cased login>'
  person text not null,
  okta_user_id text,
  login_index text,
  note text, -- sealed
  product_id text not null,
  inventory_product_id text not null,
  customization_id text not null,
  group_id text,
  dry_run boolean not null default false,

  order_state text not null,
  parcel_state text not null,
  credential_state text not null,
  pin_state text not null,
  hold_code text,
  hold_problems jsonb,
  hold_since timestamptz,
  failure jsonb,
  lifted_hold jsonb,
  status text not null,

  profile_checked boolean not null default false,
  programmed boolean not null default false,
  in_slot boolean not null default false,
  receipt_confirmed boolean not null default false,
  release_overridden boolean not null default false,
  line bigint not null default nextval('line_number'),

  pin_recipient text not null,
  pin_channel text not null,
  pin_release text not null,
  pin_sent_to text,
  pin_sent_at timestamptz,

  provider_order_id text,
  provider_state integer,
  placed_at timestamptz,
  carrier text,
  tracking_number text,
  tracking_url text,
  in_transit_since timestamptz,
  enrollment_id text,
  credential_key_id text,
  serial text,
  firmware text,
  intents jsonb not null default '{}',
  duplicate_of text,
  batch_id text references batches,
  requested_by text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Invariant 2: whatever fires, however often, one open shipment per person and purpose.
create unique index one_open_shipment on shipments (tenant, person, purpose)
  where not dry_run and order_state not in ('closed', 'cancelled', 'failed');
create unique index one_shipment_per_order on shipments (tenant, provider_order_id) where provider_order_id is not null;
create index shipments_newest on shipments (tenant, id desc);
create index shipments_by_status on shipments (tenant, status, id desc);
create index shipments_by_user on shipments (tenant, okta_user_id) where okta_user_id is not null;
create index shipments_by_login on shipments (tenant, login_index) where login_index is not null;
create index shipments_by_batch on shipments (batch_id) where batch_id is not null;
create index shipments_held on shipments (hold_since) where hold_code is not null;
-- who has a key of ours already
create index shipments_with_key on shipments (tenant, person, purpose) where credential_state = 'active';
-- what the sweep looks through: whatever may still owe a door
create index shipments_not_over on shipments (id) where order_state not in ('closed', 'cancelled', 'failed');
-- a tenant's line: who is at the counter, who waits for a place, and who is yet to be checked. Each is looked through at
-- most moves, so each has an index with nothing else in it.
create index shipments_at_the_counter on shipments (tenant) where in_slot;
create index shipments_in_line on shipments (tenant, line)
  where profile_checked and not in_slot and hold_code is null and not dry_run
    and order_state in ('ready', 'enrolling', 'enrolled', 'placing');
create index shipments_to_check on shipments (tenant, created_at) include (line)
  where order_state = 'requested' and hold_code is null and not dry_run;

create table secrets (
  shipment_id text not null references shipments,
  name text not null,
  sealed text not null,
  primary key (shipment_id, name)
);

create table history (
  id bigint generated always as identity primary key,
  shipment_id text not null references shipments,
  at timestamptz not null,
  event text not null,
  detail jsonb
);
create index history_of_shipment on history (shipment_id, id);

create table card_executions (
  id text primary key,
  shipment_id text not null references shipments,
  card text not null,
  attempt integer not null,
  started_at timestamptz not null,
  -- A visit under way: nobody else passes this door before it ends or the lease runs out. By the database's clock: a
  -- lease must end at one moment for all processes.
  leased_until timestamptz not null default now(),
  ended_at timestamptz,
  outcome text,
  why text
);
create index card_executions_of_shipment on card_executions (shipment_id, started_at);
create index card_executions_under_way on card_executions (shipment_id, card) where ended_at is null;

-- The outbox, and the shadow of the queues: a row for each door that a shipment owes, and each event to look at. The
-- relay publishes what is due; the sweep publishes again what is overdue; dropping the queues loses nothing.
create sequence knock_turn;

create table knocks (
  subject_id text not null,
  door text not null,
  tenant text not null,
  -- part of the job's id: a fresh one for each publishing, so that a finished job in the queue does not swallow it
  turn bigint not null default nextval('knock_turn'),
  attempts integer not null default 0,
  -- the database's time too
  due_at timestamptz not null default now(),
  published_at timestamptz,
  primary key (subject_id, door)
);
create index knocks_to_publish on knocks (due_at, turn) where published_at is null;
create index knocks_published on knocks (due_at) where published_at is not null;
