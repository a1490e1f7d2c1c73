-- Names in the words of the field: the transactional outbox, steps and their attempts. Besides names, two stored codes
-- change: an attempt whose worker crashed is `expired`, and a call whose effect is not known is `outcome_unknown`.

alter table knocks rename to outbox;
alter table outbox rename column door to step;
alter table outbox rename column turn to dispatch_id;
alter sequence knock_turn rename to outbox_dispatch_id;
alter index knocks_pkey rename to outbox_pkey;
alter index knocks_to_publish rename to outbox_to_publish;
alter index knocks_published rename to outbox_published;

alter table card_executions rename to step_attempts;
alter table step_attempts rename column card to step;
alter table step_attempts rename constraint card_executions_shipment_id_fkey to step_attempts_shipment_id_fkey;
alter index card_executions_pkey rename to step_attempts_pkey;
alter index card_executions_of_shipment rename to step_attempts_of_shipment;
alter index card_executions_under_way rename to step_attempts_running;
update step_attempts set outcome = 'expired' where outcome = 'lost';

-- The order in which a tenant's requests get a slot at the provider.
alter table shipments rename column line to position;
alter sequence line_number rename to shipment_position;
alter index shipments_at_the_counter rename to shipments_in_slot;
alter index shipments_in_line rename to shipments_waiting_for_slot;
alter index shipments_not_over rename to shipments_open;
alter index shipments_over_and_owing rename to shipments_ended_with_next_step;

alter table inbound_events rename column settled_at to processed_at;

update shipments set hold_problems = replace(hold_problems::text, '"code": "lost"', '"code": "outcome_unknown"')::jsonb
  where hold_problems::text like '%"code": "lost"%';

-- Jobs of the version before carry their ids under other names: each is published again, as a new dispatch.
update outbox set published_at = null, dispatch_id = nextval('outbox_dispatch_id') where published_at is not null;

-- Postgres 18 keeps "not null" as a constraint with a name, which a renamed table or column does not change.
do $$
declare
  stale record;
begin
  for stale in
    select conrelid::regclass as in_table, conname, relname || '_' || attname || '_not_null' as new_name
    from pg_constraint
      join pg_class on pg_class.oid = conrelid
      join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'n' and connamespace = current_schema()::regnamespace
      and conname <> relname || '_' || attname || '_not_null'
      and relname in ('outbox', 'step_attempts', 'shipments')
  loop
    execute format('alter table %s rename constraint %I to %I', stale.in_table, stale.conname, stale.new_name);
  end loop;
end $$;
