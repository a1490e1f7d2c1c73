-- What the directory does for shipments: whom a group of it requested a key for, and who is suspended.
alter table shipments
  add column directory_person_id text,
  -- when a SCIM client deactivated the person; null: not suspended
  add column suspended_since timestamptz,
  -- an operator lets this shipment go on nevertheless
  add column suspension_lifted boolean not null default false;
create index shipments_of_directory_person on shipments (directory_person_id, tenant) where directory_person_id is not null;

-- Welcome mails are spaced: the next one of a connection, and each person's own turn.
alter table scim_connections add column next_welcome_at timestamptz;
alter table people add column welcome_due_at timestamptz;
