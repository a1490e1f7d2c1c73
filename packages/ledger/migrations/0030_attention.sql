-- The causes of holds are read by hold code first, so that a code with many causes hides no other.
create index shipments_held_by_code on shipments (tenant, hold_code, hold_cause, id desc) include (hold_since)
  where hold_code is not null and not dry_run;
drop index shipments_held_by_cause;

-- A tenant's snoozed holds are found without its other shipments. A former version inserts none.
alter table hold_claims add column tenant text;
update hold_claims set tenant = shipments.tenant from shipments where shipments.id = shipment_id;
create index hold_claims_snoozed on hold_claims (tenant, snoozed_until) where snoozed_until is not null;
