-- Events can be found by the person that they name, one that asks for several keys has a row for each, and nothing that
-- others wrote is kept in clear.

alter table inbound_events
  -- the row of the event's first key; this row is about another one
  add column first_key_id text references inbound_events,
  -- keyed hashes of the Okta id and the lower-cased login of the user that the event names; null where it names none, and
  -- once the body is erased
  add column user_index text,
  add column login_index text,
  -- how often it was delivered again, and when last
  add column redeliveries integer not null default 0,
  add column redelivered_at timestamptz,
  -- false until the worker has stored uuid and type of an event of an earlier version as this one does: what is not in
  -- Okta's own form as keyed hashes
  add column is_protected boolean not null default false;

create index inbound_events_to_protect on inbound_events (id) where not is_protected;
create index inbound_events_redelivered on inbound_events (tenant, id desc) where redeliveries > 0;
create index inbound_events_more_keys on inbound_events (first_key_id) where first_key_id is not null;
create index inbound_events_by_tenant on inbound_events (tenant, id desc);
create index inbound_events_by_time on inbound_events (tenant, received_at);
create index inbound_events_by_outcome on inbound_events (tenant, state, id desc);
create index inbound_events_by_user on inbound_events (tenant, user_index, id desc) where user_index is not null;
create index inbound_events_by_login on inbound_events (tenant, login_index, id desc) where login_index is not null;
