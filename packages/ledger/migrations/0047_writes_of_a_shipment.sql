-- Rows of `shipments` are never deleted, and each attempt is written by a statement that reads or writes its shipment, or by a process
-- that has: checking the reference locked the shipment's row once more for each of them (as in 0021).
alter table step_attempts drop constraint step_attempts_shipment_id_fkey;

-- Each publication wrote into it. The sweep finds what is overdue by `outbox_published_by_tenant`: no more is published at once than may be in flight.
drop index outbox_published;

-- Up to a page each, the secrets of a shipment stay in their rows: they are always read, and cannot be compressed.
alter table secrets set (toast_tuple_target = 8160);
