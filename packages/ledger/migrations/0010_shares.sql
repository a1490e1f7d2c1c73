-- What waits for a service that does not answer is known, so that it can be tried again when the service is back. Failed
-- attempts in a row are counted apart from attempts: polls and refusals that name a time are no reason to wait longer.
alter table outbox
  add column failures integer not null default 0,
  add column waits_for text,
  add column is_probe boolean not null default false;
create index outbox_waiting on outbox (tenant, waits_for) where waits_for is not null;

-- A service that a tenant's steps wait for: one of them is made due every `probe_every_ms`.
create table outages (
  tenant text not null,
  service text not null,
  since timestamptz not null default now(),
  probe_every_ms integer not null,
  probe_at timestamptz not null,
  primary key (tenant, service)
);

-- A pause is about the credentials of one service: others make it obsolete. The hash is keyed.
alter table tenants add column pause_service text, add column pause_credential text;

-- Each tenant's messages are published in turn, step by step.
create index outbox_to_publish_by_tenant on outbox (tenant, step, priority, due_at, dispatch_id) where published_at is null;
create index outbox_published_by_tenant on outbox (tenant, step, due_at) where published_at is not null;
drop index outbox_to_publish;
