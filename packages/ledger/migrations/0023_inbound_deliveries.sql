-- Deliveries of an event hook with many events, as they came: the worker unpacks them into `inbound_events`. A row holds those
-- that were committed together.
create table inbound_deliveries (
  tenant text not null,
  -- of the most urgent event in it, as in the outbox
  priority smallint not null,
  id text not null,
  received_at timestamptz not null,
  body text not null, -- sealed
  -- attempts to unpack it that failed, and when the next may begin; never, once it is set aside
  failures smallint not null default 0,
  due_at timestamptz not null default now(),
  -- the order in which a tenant's deliveries are unpacked
  primary key (tenant, priority, id)
);
-- Sealed text cannot be compressed, and rows live for moments.
alter table inbound_deliveries alter column body set storage external;
alter table inbound_deliveries set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000);
