-- Actions on all shipments that a filter selects: which ones, who is out and why, and what became of each.
create table bulk_actions (
  id text primary key,
  tenant text not null,
  action text not null,
  state text not null check (state in ('rehearsing', 'rehearsed', 'running', 'ended')),
  -- A keyed hash of the action and the filter: one runs at a time.
  filter_index text not null,
  -- The filter, who acts and why.
  sealed text not null,
  -- Whose access ends it: an API key's id, or the reference of an operator's session.
  access text not null,
  total integer not null,
  is_cut_off boolean not null,
  created_at timestamptz not null,
  checked_at timestamptz,
  started_at timestamptz,
  stop_requested text check (stop_requested in ('operator', 'access_ended')),
  ended_at timestamptz,
  turn_at timestamptz not null default now(),
  lease_id text,
  leased_until timestamptz
);
create unique index bulk_actions_running on bulk_actions (tenant, filter_index) where state = 'running';
create index bulk_actions_under_way on bulk_actions (tenant, turn_at) where state in ('rehearsing', 'running');
create index bulk_actions_by_tenant on bulk_actions (tenant, id desc);
create index bulk_actions_by_turn on bulk_actions (turn_at);

create table bulk_items (
  bulk_action_id text not null references bulk_actions (id) on delete cascade,
  position integer not null,
  shipment_id text not null,
  -- unjudged; in, out; then done, unchanged, refused, failed.
  outcome text not null default 'unjudged',
  code text,
  -- A keyed hash of what the rehearsal saw.
  seen text,
  at timestamptz,
  primary key (bulk_action_id, position)
);
create index bulk_items_by_outcome on bulk_items (bulk_action_id, outcome, code, position);
