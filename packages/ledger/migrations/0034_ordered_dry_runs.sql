-- The dry run that a batch was ordered from: each is ordered once. A former version inserts none.
alter table batches add column dry_run_id text;
create unique index batches_of_dry_run on batches (dry_run_id) where dry_run_id is not null;
