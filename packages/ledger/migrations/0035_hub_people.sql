-- What a tenant's link may do in its hub. Each part is off until it is switched on.
create table hub_settings (
  tenant text primary key,
  -- Another one with each change.
  revision bigint not null default 1,
  creates boolean not null default false,
  updates boolean not null default false,
  deactivates boolean not null default false,
  reactivates boolean not null default false,
  status_on_create text not null default 'active_without_pass',
  status_on_link text not null default 'active_without_pass',
  status_on_reactivation text not null default 'active_without_pass',
  sends_email boolean not null default true,
  -- Rows of path and target; none: the default ones.
  mapping jsonb not null default '[]',
  -- Null: no comparison by itself.
  compare_every_ms bigint default 86400000,
  compare_due_at timestamptz
);

-- Who is pushed to the hub: a user of the spoke, or each member of a group.
create table link_assignments (
  tenant text not null,
  subject_kind text not null check (subject_kind in ('person', 'group')),
  spoke_id text not null,
  -- Null: those of the link.
  initial_status text,
  -- A security question with its answer, sealed; erased once it was set in the hub.
  question text,
  assigned_by text not null,
  assigned_at timestamptz not null default now(),
  primary key (tenant, subject_kind, spoke_id)
);

-- The hub's user of a user of the spoke. A row has ids, hashes and versions, and no attribute of either.
create table mirrors (
  id text primary key,
  tenant text not null,
  okta_user_id text not null,
  -- The hub's host; both null until the user of the hub is known.
  hub_org text,
  hub_user_id text,
  -- An intent is committed before its calls: a worker that finds creating or waking looks before it goes on.
  state text not null default 'new' check (state in ('new', 'creating', 'waking', 'linked', 'left')),
  -- The login of the user who is being created, sealed.
  creating_login text,
  -- An operator asks for it: that alone activates again whom the hub deactivated.
  is_forced boolean not null default false,
  version bigint not null default 1,
  written_version bigint,
  written_hash text,
  wanted_at timestamptz not null default now(),
  written_at timestamptz,
  problem text,
  problem_fields text[],
  problem_since timestamptz,
  lease_id text,
  leased_until timestamptz,
  check_due_at timestamptz default now(),
  unique (tenant, okta_user_id)
);
-- The same login in two spokes: the second one's link is refused, also between two workers.
create unique index mirrors_of_hub on mirrors (hub_org, hub_user_id) where hub_user_id is not null;
create index mirrors_to_check on mirrors (tenant, check_due_at) where check_due_at is not null;
create index mirrors_with_problem on mirrors (tenant, problem) where problem is not null;

-- A reading of both sides of a link, page by page.
create table comparisons (
  id text primary key,
  tenant text not null,
  kind text not null,
  state text not null default 'pending'
    check (state in ('pending', 'spoke', 'hub', 'held', 'ended', 'failed')),
  -- A dry run reports, and makes nothing due.
  dry_run boolean not null default false,
  -- The next page of each side: a path of Okta's API.
  spoke_cursor text,
  hub_cursor text,
  pages integer not null default 0,
  counts jsonb not null default '{}',
  -- The share of the linked people that it would change, of one that is held.
  held_share real,
  problem text,
  requested_by text not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  lease_id text,
  leased_until timestamptz
);
create unique index comparisons_open on comparisons (tenant, kind) where ended_at is null;
create index comparisons_by_time on comparisons (tenant, requested_at);

-- What one has read of a person: those that are as wanted are deleted when it ends, and the others are its report.
create table compared_people (
  comparison_id text not null references comparisons (id) on delete cascade,
  okta_user_id text not null,
  hub_user_id text,
  -- Of what the hub should have, and of the login; both keyed, and erased when the comparison ends.
  wanted_hash text,
  login_index text,
  outcome text,
  primary key (comparison_id, okta_user_id)
);
create index compared_people_logins on compared_people (comparison_id, login_index) where login_index is not null;
create index compared_people_ids on compared_people (comparison_id, hub_user_id) where hub_user_id is not null;
