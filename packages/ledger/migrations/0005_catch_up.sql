-- Catch-up: what an event hook did not deliver is read from Okta's System Log, into the same inbox.

alter table inbound_events
  add column source text not null default 'hook' check (source in ('hook', 'catch_up')),
  -- when a hook delivered an event that catch-up had read first
  add column delivered_at timestamptz;
create index inbound_events_found_by_catch_up on inbound_events (tenant, received_at)
  where source = 'catch_up' and delivered_at is null;

-- How far a tenant's System Log is read. One worker of a fleet polls a tenant, under a lease by the database's clock.
create table catch_up (
  tenant text primary key,
  -- the whole `next` link of the last page, and the filter that it continues
  next_link text,
  log_filter text,
  page_limit integer not null default 1000,
  -- what the org logged before `read_to` was read; nothing that it logged before `started_from` is wanted
  started_from timestamptz,
  read_to timestamptz,
  -- the last poll that found the end of the log, and the last one that read the overlap again
  polled_at timestamptz,
  overlap_read_at timestamptz,
  last_published timestamptz,
  cursor_refusals integer not null default 0,
  cursor_refused_at timestamptz,
  problem text,
  problem_detail text,
  problem_since timestamptz,
  failures integer not null default 0,
  -- how many calls the current rate limit window has left for catch-up; a window outlives a worker
  window_ends_at timestamptz,
  window_calls_left integer,
  hook_status text,
  hook_problem text,
  hook_checked_at timestamptz,
  cap_warned_on date,
  due_at timestamptz not null default now(),
  blocked_until timestamptz,
  leased_by text,
  leased_until timestamptz
);

-- Events by UTC day. Deliveries that run at once count in different shards, or each would wait for the others to commit.
create table event_counts (
  tenant text not null,
  day date not null,
  shard smallint not null,
  delivered bigint not null default 0,
  read_from_log bigint not null default 0,
  last_delivery_at timestamptz,
  primary key (tenant, day, shard)
);

-- An event that is read late is judged by whether its flow was on when it was published.
create table flow_switches (
  tenant text not null,
  slug text not null,
  at timestamptz not null,
  enabled boolean not null,
  primary key (tenant, slug, at)
);
insert into flow_switches (tenant, slug, at, enabled) select tenant, slug, updated_at, enabled from flows;
