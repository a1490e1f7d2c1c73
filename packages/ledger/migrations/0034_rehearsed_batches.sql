-- The rehearsal that a batch was ordered from: each is ordered once. A former version inserts none.
alter table batches add column rehearsal_id text;
create unique index batches_of_rehearsal on batches (rehearsal_id) where rehearsal_id is not null;
