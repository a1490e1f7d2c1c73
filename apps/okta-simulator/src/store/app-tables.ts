/** The tables of apps, their users and groups, and the calls of their SCIM servers that are still to be made. */
export const appTables = `
  alter table org_user add column if not exists sealed_password text;
  alter table org_user add column if not exists recovery_question text;

  create table if not exists app (
    ordinal bigint generated always as identity,
    id text primary key,
    name text not null,
    label text not null,
    sign_on_mode text not null,
    status text not null,
    settings jsonb not null,
    visibility jsonb not null,
    capabilities jsonb not null,
    options jsonb not null,
    custom_attributes jsonb not null default '{}',
    mapping_id text not null unique,
    mapping jsonb not null,
    created timestamptz not null,
    last_updated timestamptz not null
  );

  create table if not exists app_connection (
    app_id text primary key references app on delete cascade,
    base_url text not null,
    sealed_token text not null,
    status text not null
  );

  create table if not exists app_user (
    ordinal bigint generated always as identity,
    app_id text not null references app on delete cascade,
    user_id text not null references org_user on delete cascade,
    scope text not null,
    user_name text not null,
    profile jsonb not null,
    status text not null,
    sync_state text not null,
    has_password boolean not null default false,
    created timestamptz not null,
    status_changed timestamptz not null,
    password_changed timestamptz,
    last_sync timestamptz,
    last_updated timestamptz not null,
    primary key (app_id, user_id)
  );
  create index if not exists app_user_of_user on app_user (user_id);

  create table if not exists app_group (
    ordinal bigint generated always as identity,
    app_id text not null references app on delete cascade,
    group_id text not null references org_group on delete cascade,
    priority integer not null,
    profile jsonb not null,
    last_updated timestamptz not null,
    primary key (app_id, group_id)
  );

  -- Under which id a SCIM server knows a user; outlives the assignment.
  create table if not exists app_link (
    app_id text not null references app on delete cascade,
    user_id text not null,
    external_id text not null,
    primary key (app_id, user_id)
  );

  create table if not exists app_target_group (
    id text primary key,
    app_id text not null references app on delete cascade,
    external_id text not null,
    name text not null,
    unique (app_id, external_id)
  );

  create table if not exists group_push (
    ordinal bigint generated always as identity,
    id text primary key,
    app_id text not null references app on delete cascade,
    group_id text not null references org_group on delete cascade,
    status text not null,
    target_name text,
    target_id text references app_target_group on delete set null,
    error_summary text not null default '',
    last_push timestamptz,
    created timestamptz not null,
    last_updated timestamptz not null,
    unique (app_id, group_id)
  );

  -- The members that were pushed to the server.
  create table if not exists group_push_member (
    push_id text not null references group_push on delete cascade,
    user_id text not null,
    external_id text not null,
    primary key (push_id, user_id)
  );

  create table if not exists provisioning_task (
    seq bigint generated always as identity primary key,
    app_id text not null references app on delete cascade,
    kind text not null,
    subject text not null,
    data jsonb not null,
    state text not null default 'queued',
    tries integer not null default 0,
    due timestamptz not null,
    problem text,
    failed_at timestamptz
  );
  create index if not exists provisioning_task_of_subject on provisioning_task (app_id, subject, seq);

  create table if not exists app_import (
    ordinal bigint generated always as identity,
    id uuid primary key,
    app_id text not null references app on delete cascade,
    started timestamptz not null,
    result jsonb not null
  );
`;
