-- Profile sourcing: the hub is the source of the spoke's people. A link either pushes people or is such a source.
alter table hub_settings
  add column sources boolean not null default false,
  add column source_creates boolean not null default false,
  add column source_deactivates boolean not null default true,
  add column source_reactivates boolean not null default false,
  add column source_max_share real not null default 0.2 check (source_max_share between 0 and 1),
  -- Null: imports run on demand alone.
  add column source_every_ms bigint default 3600000,
  add column source_due_at timestamptz,
  -- What changed in the hub before was imported; null: everyone is to be read.
  add column source_seen_until timestamptz,
  add column source_full_due_at timestamptz,
  add constraint hub_settings_one_direction
    check (not (sources and (creates or updates or deactivates or reactivates)));

-- The spoke's user of a user of the hub, where the hub is the source.
create table sourced_people (
  tenant text not null,
  hub_user_id text not null,
  -- Null while creating.
  okta_user_id text,
  -- An intent is committed before its call: a worker that finds creating looks the login up before it goes on.
  state text not null check (state in ('creating', 'linked', 'left')),
  -- Sealed.
  creating_login text,
  -- When the hub was seen without them.
  left_at timestamptz,
  primary key (tenant, hub_user_id)
);
-- Two users of the hub never become one of the spoke, also between two workers.
create unique index sourced_people_of_spoke on sourced_people (tenant, okta_user_id) where okta_user_id is not null;

create index sourced_people_left on sourced_people (left_at) where left_at is not null;

-- An import is a comparison that goes on: what it found is written, at once or when an operator has released it.
alter table comparisons drop constraint comparisons_state_check, add constraint comparisons_state_check
  check (state in ('pending', 'spoke', 'hub', 'unmatched', 'held', 'writing', 'ended', 'rejected', 'failed'));

-- The spoke's users, as a full import read them: keyed hashes, deleted once the hub was read.
create table import_targets (
  import_id text not null references comparisons (id) on delete cascade,
  okta_user_id text not null,
  login_index text not null,
  content_hash text not null,
  -- Active, and no other system owns the profile.
  is_plain boolean not null,
  primary key (import_id, okta_user_id)
);
create index import_targets_logins on import_targets (import_id, login_index);

-- What an import found of a user of the hub: those who are as they should be are deleted once all is read.
create table imported_people (
  import_id text not null references comparisons (id) on delete cascade,
  hub_user_id text not null,
  okta_user_id text,
  action text not null,
  -- Names of attributes, never values.
  fields text[] not null default '{}',
  problem text,
  written_at timestamptz,
  primary key (import_id, hub_user_id)
);
create index imported_people_to_write on imported_people (import_id, hub_user_id) where written_at is null;
