-- The directory: people and groups that SCIM clients provision or that are entered by hand, and the connections of those
-- clients. Personal data is in sealed columns and keyed hashes only (invariant 6).

create table scim_connections (
  -- part of the base URL: lower-case letters and digits
  id text primary key check (id ~ '^[a-z0-9]+$' and id <> 'manual'),
  tenant text not null,
  name text not null,
  send_enrollment_mails boolean not null default false,
  include_manual boolean not null default false,
  read_all boolean not null default false,
  take_over_by_local_part boolean not null default false,
  mapping jsonb not null default '[]',
  user_name_rules jsonb not null default '{}',
  created_by text,
  created_at timestamptz not null,
  revoked_at timestamptz,
  -- to the minute
  last_request_at timestamptz
);
create unique index scim_connections_by_name on scim_connections (tenant, lower(name)) where revoked_at is null;

create table scim_tokens (
  id text primary key,
  connection_id text not null references scim_connections,
  kind text not null check (kind in ('bearer', 'client', 'access')),
  -- SHA-256 of 256 random bits: nothing to guess, so nothing to stretch
  hash bytea not null unique,
  -- of an access token: the client that it was issued to
  client_id text references scim_tokens,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- to the minute
  last_used_at timestamptz
);
create index scim_tokens_by_connection on scim_tokens (connection_id, kind, id);
create index scim_tokens_by_client on scim_tokens (client_id) where client_id is not null;
create index scim_tokens_expiring on scim_tokens (expires_at) where kind = 'access';

create table people (
  id text primary key,
  tenant text not null,
  -- null: entered by hand
  connection_id text references scim_connections,
  owner text not null generated always as (coalesce(connection_id, 'manual')) stored,
  -- keyed hashes of the folded user name, of its part before the @, and of the externalId
  user_name_index text not null,
  local_part_index text not null,
  external_id_index text,
  active boolean not null,
  deactivated_at timestamptz,
  created_at timestamptz not null,
  last_modified timestamptz not null,
  version bigint not null default 1,
  welcomed_at timestamptz,
  -- keyed hashes of the values that filters look up, a letter for the attribute in front
  tokens text[] not null default '{}'
);
create unique index people_user_name on people (tenant, user_name_index);
create index people_local_part on people (tenant, local_part_index);
create index people_external_id on people (connection_id, external_id_index) where external_id_index is not null;
-- pages of a list, and their counts, without the rows themselves
create index people_by_owner on people (tenant, owner, id);
create index people_by_id on people (tenant, id);
create index people_modified on people (tenant, last_modified);
create index people_inactive on people (deactivated_at) where not active;
create index people_tokens on people using gin (tokens);

create table person_attributes (
  person_id text not null references people on delete cascade,
  -- of a top-level attribute, or the URN of an extension
  name text not null,
  -- what a keyed hash of the value was: a write that changes nothing is known without unsealing
  digest text not null,
  sealed text not null,
  primary key (person_id, name)
);

create table directory_groups (
  id text primary key,
  tenant text not null,
  connection_id text references scim_connections,
  owner text not null generated always as (coalesce(connection_id, 'manual')) stored,
  display_name text not null,
  folded text not null,
  external_id text,
  created_at timestamptz not null,
  last_modified timestamptz not null,
  version bigint not null default 1
);
create unique index directory_groups_name on directory_groups (tenant, folded);
create index directory_groups_by_owner on directory_groups (tenant, owner, id);
create index directory_groups_external_id on directory_groups (connection_id, external_id) where external_id is not null;

create table directory_members (
  group_id text not null references directory_groups on delete cascade,
  person_id text not null references people on delete cascade,
  -- of this membership: one that ends and begins again is another one
  id text not null,
  since timestamptz not null,
  primary key (group_id, person_id)
);
create index directory_members_of_person on directory_members (person_id);

-- How many people each owner has, as differences that add up: writers never wait for each other, and the worker's sweep
-- merges the rows.
create table directory_sizes (
  id bigint generated always as identity primary key,
  tenant text not null,
  owner text not null,
  users bigint not null
);
create index directory_sizes_by_owner on directory_sizes (tenant, owner) include (users);

create function count_people() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    insert into directory_sizes (tenant, owner, users) select tenant, owner, count(*) from added group by tenant, owner;
  end if;
  if tg_op <> 'INSERT' then
    insert into directory_sizes (tenant, owner, users) select tenant, owner, -count(*) from gone group by tenant, owner;
  end if;
  return null;
end $$;
create trigger people_added after insert on people
  referencing new table as added for each statement execute function count_people();
create trigger people_gone after delete on people
  referencing old table as gone for each statement execute function count_people();

-- Only a claim changes the owner.
create function count_claimed() returns trigger language plpgsql as $$
begin
  insert into directory_sizes (tenant, owner, users) values (old.tenant, old.owner, -1), (new.tenant, new.owner, 1);
  return null;
end $$;
create trigger people_claimed after update of connection_id on people
  for each row when (old.owner is distinct from new.owner) execute function count_claimed();

-- Requests of a connection by UTC day. Requests that run at once count in different shards.
create table scim_counts (
  connection_id text not null references scim_connections,
  day date not null,
  shard smallint not null,
  requests bigint not null default 0,
  -- answered 4xx, and 5xx
  refused bigint not null default 0,
  failed bigint not null default 0,
  primary key (connection_id, day, shard)
);

-- The last refusal of each person or group of a connection.
create table scim_failures (
  connection_id text not null references scim_connections,
  -- the id that the request named, or a keyed hash of the user name
  subject text not null,
  person_id text,
  at timestamptz not null,
  status integer not null,
  scim_type text,
  detail text not null,
  times integer not null default 1,
  primary key (connection_id, subject)
);
create index scim_failures_by_person on scim_failures (person_id) where person_id is not null;
create index scim_failures_newest on scim_failures (connection_id, at);

-- What the directory writes goes through the same inbox as the events of hooks. Rows that exist meet the narrower rule of
-- before: they need not be read for this one.
alter table inbound_events drop constraint inbound_events_source_check;
alter table inbound_events add constraint inbound_events_source_check check (source in ('hook', 'catch_up', 'scim')) not valid;
