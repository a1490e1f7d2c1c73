-- The causes of holds are read by hold code first, so that a code with many causes hides no other.
create index shipments_held_by_code on shipments (tenant, hold_code, hold_cause, id desc) include (hold_since)
  where hold_code is not null and not dry_run;
drop index shipments_held_by_cause;

-- A tenant's snoozed holds are found without its other shipments. A former version inserts none.
alter table hold_claims add column tenant text;
update hold_claims set tenant = shipments.tenant from shipments where shipments.id = shipment_id;
create index hold_claims_snoozed on hold_claims (tenant, snoozed_until) where snoozed_until is not null;

-- Who acted and why are erased after a day at the earliest: no tenant's retention is shorter.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  -- Details may be sealed by another key, or erased with their keyed hash.
  if tg_op = 'UPDATE' and tg_table_name = 'audit_entries' then
    if (to_jsonb(new) - 'sealed' - 'actor_index') = (to_jsonb(old) - 'sealed' - 'actor_index')
      and ((new.sealed is not null and old.sealed is not null and new.actor_index = old.actor_index)
        or (new.sealed is null and new.actor_index is null
          and (old.sealed is null or old.at <= now() - interval '1 day'))) then
      return new;
    end if;
  end if;
  -- One entry at a time.
  if tg_op = 'UPDATE' and tg_table_name = 'audit_heads' then
    if new.tenant = old.tenant and new.last_seq = old.last_seq + 1 then
      return new;
    end if;
  end if;
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
