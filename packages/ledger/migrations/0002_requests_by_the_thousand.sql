-- Cancels, corrections and revocations; batches of any size; API keys that are limited and rotated.

alter table shipments
  add column cancel_requested boolean not null default false,
  add column revoke_requested boolean not null default false,
  add column edit_requested boolean not null default false,
  -- the data row of the batch, from 1
  add column batch_row integer,
  -- who the row asks for, as it was sent: the same twice in one file is a duplicate, also in a rehearsal
  add column batch_person text;

drop index shipments_by_batch;
create unique index one_row_per_person_in_batch on shipments (batch_id, batch_person) where batch_person is not null;
create unique index shipments_by_batch on shipments (batch_id, batch_row) where batch_id is not null;
-- What is over and still owes a door: an enrollment to take back, a credential to revoke, a PIN to send once more.
create index shipments_over_and_owing on shipments (id)
  where (order_state = 'cancelled' and credential_state = 'pending')
    or (order_state = 'closed' and credential_state = 'active' and (revoke_requested or pin_state <> 'sent'));

-- Many at once let few go first: what an event or a person asked for is published before rows of batches, and rehearsals last.
alter table knocks add column priority smallint not null default 0;
drop index knocks_to_publish;
create index knocks_to_publish on knocks (priority, due_at, turn) where published_at is null;

alter table batches add column dry_run boolean not null default false;
create table batch_rejections (
  batch_id text not null references batches,
  row integer not null,
  -- the row's login or user id, sealed, so that a report can name it
  subject text,
  problems jsonb not null,
  primary key (batch_id, row)
);

alter table api_keys
  -- null: as the process says
  add column requests_per_minute integer,
  -- a rotated key's former secret, and until when it is still taken
  add column former_hash bytea unique,
  add column former_until timestamptz;
