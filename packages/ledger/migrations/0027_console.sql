-- What the console's pages read and keep.

-- What is wrong with a held shipment, as one text: the hold's code, and field and code of each problem. Shipments with the same
-- text have the same remedy.
alter table shipments add column hold_cause text;
update shipments set hold_cause = left(hold_code || coalesce((
    select string_agg(' ' || part, '' order by part collate "C") from (
      select distinct (problem ->> 'field') || '/' || (problem ->> 'code') as part from jsonb_array_elements(hold_problems) as problem
    ) as parts
  ), ''), 500)
  where hold_code is not null;
create index shipments_held_by_cause on shipments (tenant, hold_cause, id desc) include (hold_since)
  where hold_code is not null and not dry_run;

-- Counts by status leave dry runs out without reading the rows.
create index shipments_by_status_of_kind on shipments (tenant, status, id desc) include (dry_run);
drop index shipments_by_status;
alter index shipments_by_status_of_kind rename to shipments_by_status;

-- What happened to shipments by UTC day, counted from the history; a dry run is not counted.
create table daily_counts (
  tenant text not null,
  day date not null,
  what text not null,
  count bigint not null default 0,
  primary key (tenant, day, what)
);

-- How far a table's ids are counted. Ids become visible in another order than they were assigned, so an end is set first, and
-- counting goes there once every transaction of that time has ended.
create table count_positions (
  name text primary key,
  counted_to bigint not null default 0,
  next_to bigint,
  next_xid xid8
);
insert into count_positions (name) values ('history');

-- What the provider said about a tenant's stock: the last answer, and one quantity a day.
create table stock (
  tenant text not null,
  inventory_product_id text not null,
  product_id text not null,
  product_name text not null,
  inventory_type text not null,
  quantity integer not null,
  read_at timestamptz not null default now(),
  primary key (tenant, inventory_product_id, product_id)
);
create table stock_days (
  tenant text not null,
  inventory_product_id text not null,
  product_id text not null,
  day date not null,
  quantity integer not null,
  primary key (tenant, inventory_product_id, product_id, day)
);
create table stock_reads (
  tenant text primary key,
  read_at timestamptz,
  problem text,
  due_at timestamptz not null default now()
);

-- Views of lists that operators of a tenant share: a page and its query string.
create table saved_views (
  tenant text not null,
  name text not null,
  path text not null,
  query text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, name)
);

create table operator_preferences (
  operator text primary key,
  preferences jsonb not null,
  updated_at timestamptz not null default now()
);

-- Who looks into a held shipment, until when it is left alone, and what operators wrote about it. None of it stops a step.
create table hold_claims (
  shipment_id text primary key references shipments,
  claimed_by text,
  claimed_at timestamptz,
  snoozed_by text,
  snoozed_at timestamptz,
  snoozed_until timestamptz
);
create table hold_comments (
  id text primary key,
  shipment_id text not null references shipments,
  operator text not null,
  at timestamptz not null,
  sealed text not null
);
create index hold_comments_of_shipment on hold_comments (shipment_id, id);
