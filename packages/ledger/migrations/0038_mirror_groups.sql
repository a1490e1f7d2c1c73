-- Groups of a spoke that are pushed to its hub. A row has ids and the names of groups, and of no person.
create table mirror_groups (
  id text primary key,
  tenant text not null,
  -- In the spoke, with its name as it was last read; null before that.
  okta_group_id text not null,
  group_name text,
  target text not null check (target in ('new', 'existing')),
  -- An existing group of the hub, as an operator named it: by its id or by its name.
  target_id text,
  target_name text,
  -- The hub's host; both null until the group of the hub is known.
  hub_org text,
  hub_group_id text,
  is_paused boolean not null default false,
  -- An operator ended the mapping and its group is to be deleted, too.
  is_deleting boolean not null default false,
  -- Another one whenever the group is due as a whole.
  version bigint not null default 1,
  written_version bigint,
  -- Of the members, as they were last compared as a whole.
  members integer,
  pushed_at timestamptz,
  problem text,
  problem_since timestamptz,
  lease_id text,
  leased_until timestamptz,
  check_due_at timestamptz default now(),
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (tenant, okta_group_id)
);
create index mirror_groups_of_hub on mirror_groups (hub_org, hub_group_id) where hub_group_id is not null;
create index mirror_groups_to_check on mirror_groups (check_due_at) where check_due_at is not null;

-- Memberships that are to be written, that wait for the person's user in the hub, or that the hub refused. One that is as wanted
-- has no row.
create table mirror_members (
  group_id text not null references mirror_groups (id) on delete cascade,
  tenant text not null,
  okta_user_id text not null,
  -- Null: an event said that it changed, and the spoke is to be asked.
  wanted boolean,
  is_due boolean not null default true,
  version bigint not null default 1,
  problem text,
  primary key (group_id, okta_user_id)
);
create index mirror_members_due on mirror_members (group_id, okta_user_id) where is_due;
create index mirror_members_of_person on mirror_members (tenant, okta_user_id);
