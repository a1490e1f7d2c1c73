-- Dry runs are few among a tenant's shipments: their pages are found without the others.
create index shipments_dry_run on shipments (tenant, id desc) where dry_run;
-- A trigger that is rare is found without the others.
create index shipments_by_trigger on shipments (tenant, trigger, id desc);
