import { factorTables } from '../oidc/account.ts';
import { stateTables } from '../oidc/adapter.ts';
import { clientTables } from '../oidc/client.ts';
import { roleTables } from '../roles/admin-role.ts';
import { appTables } from './app-tables.ts';
import type { Queryable } from './database.ts';

const tables = `
  create table if not exists setting (name text primary key, value jsonb not null);

  create table if not exists org_user (
    ordinal bigint generated always as identity,
    id text primary key,
    login_key text not null unique,
    status text not null,
    profile jsonb not null,
    has_password boolean not null,
    created timestamptz not null,
    activated timestamptz,
    status_changed timestamptz,
    password_changed timestamptz,
    last_updated timestamptz not null
  );

  create table if not exists org_group (
    ordinal bigint generated always as identity,
    id text primary key,
    type text not null,
    name text not null unique,
    description text,
    created timestamptz not null,
    last_updated timestamptz not null,
    last_membership_updated timestamptz not null
  );

  create table if not exists membership (
    ordinal bigint generated always as identity,
    group_id text not null references org_group on delete cascade,
    user_id text not null references org_user on delete cascade,
    primary key (group_id, user_id)
  );
  create index if not exists membership_of_user on membership (user_id);

  create table if not exists event_hook (
    ordinal bigint generated always as identity,
    id text primary key,
    name text not null,
    description text,
    status text not null,
    verification_status text not null,
    events jsonb not null,
    channel jsonb not null,
    sealed_secret text,
    created timestamptz not null,
    created_by text not null,
    last_updated timestamptz not null
  );

  create table if not exists log_event (
    seq bigint generated always as identity primary key,
    uuid uuid not null unique,
    event_type text not null,
    published timestamptz not null,
    persisted timestamptz not null,
    body jsonb not null
  );
  create index if not exists log_event_published on log_event (published, seq);
  create index if not exists log_event_type on log_event (event_type, seq);

  create table if not exists hook_queue (
    hook_id text not null references event_hook on delete cascade,
    seq bigint not null references log_event,
    primary key (hook_id, seq)
  );

  create table if not exists hook_delivery (
    event_id uuid primary key,
    hook_id text not null references event_hook on delete cascade,
    seqs bigint[] not null,
    event_time timestamptz not null,
    attempts integer not null default 0,
    due timestamptz not null
  );

  -- Where an event stands in the log; null until it has arrived there. Numbers come from the sequence of seq.
  alter table log_event add column if not exists position bigint;
  alter table log_event add column if not exists arrives timestamptz;
  update log_event set position = seq where position is null and arrives is null;
  create unique index if not exists log_event_position on log_event (position);
  create index if not exists log_event_late on log_event (arrives) where position is null;
  alter table hook_queue add column if not exists due timestamptz not null default clock_timestamp();
  alter table hook_queue add column if not exists rank double precision not null default 0;

  create table if not exists enrollment (
    ordinal bigint generated always as identity,
    id text primary key,
    user_id text not null references org_user on delete cascade,
    status text not null,
    rp_id text not null,
    challenge text not null,
    challenge_expires timestamptz not null,
    request_id text not null,
    key_id text not null,
    sealed_response_keys text,
    sealed_pin text,
    credential_id text unique,
    public_key text,
    aaguid text,
    serial text,
    firmware text,
    authenticator_name text,
    created timestamptz not null,
    last_updated timestamptz not null
  );
  create index if not exists enrollment_of_user on enrollment (user_id);

  create table if not exists service_app (
    client_id text primary key,
    jwks jsonb not null,
    scopes text[] not null,
    dpop boolean not null
  );

  create table if not exists access_token (
    jti text primary key,
    client_id text not null references service_app on delete cascade
  );

  create table if not exists used_jti (
    kind text not null,
    jti text not null,
    good_until timestamptz not null,
    primary key (kind, jti)
  );

  -- Where a user's profile comes from, if not from the org itself: then the org refuses edits of what the source owns.
  alter table org_user add column if not exists profile_source text;

  create table if not exists identity_provider (
    ordinal bigint generated always as identity,
    id text primary key,
    type text not null,
    name text not null unique,
    created timestamptz not null
  );

  create table if not exists routing_rule (
    ordinal bigint generated always as identity,
    id text primary key,
    name text not null unique,
    priority integer not null,
    status text not null,
    conditions jsonb not null,
    actions jsonb not null,
    created timestamptz not null,
    last_updated timestamptz not null
  );

  create table if not exists dpop_nonce (nonce text primary key, created timestamptz not null);
`;

/** Creates the tables that are missing; runs at every start. */
export async function createTables(db: Queryable): Promise<void> {
  await db.query(tables);
  await db.query(appTables + roleTables);
  await db.query(clientTables + stateTables + factorTables);
}
