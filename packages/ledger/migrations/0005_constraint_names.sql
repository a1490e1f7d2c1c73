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
