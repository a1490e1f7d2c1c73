-- Who made a key, when it ends by itself, and when it was used last.

alter table api_keys
  -- the key that made it; null for one that was made on the command line beside the database
  add column created_by text references api_keys,
  add column expires_at timestamptz,
  -- to the minute
  add column last_used_at timestamptz;

create index api_keys_by_creator on api_keys (created_by) where created_by is not null;
