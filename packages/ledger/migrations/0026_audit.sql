-- Who looked and who acted: entries are only ever added, and each is chained to the one before it by a keyed hash (decision 0061).
create table audit_entries (
  tenant text not null,
  -- 1, 2, 3 … in each tenant, without gaps.
  seq bigint not null,
  at timestamptz(3) not null,
  actor_kind text not null,
  -- Keyed hash of the actor's id, to filter by; erased with the sealed details.
  actor_index text,
  role text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  -- JSON of names, codes and counts, as the hash has it: not jsonb, which would rewrite it.
  detail text not null,
  request_id text,
  -- The actor's id and the reason; null once erased.
  sealed text,
  -- Keyed hash of the sealed details, salted: it stays when they are erased or sealed by another key.
  digest bytea not null,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (tenant, seq)
);
create index audit_entries_by_time on audit_entries (tenant, at);
create index audit_entries_by_actor on audit_entries (tenant, actor_index, seq) where actor_index is not null;
create index audit_entries_by_action on audit_entries (tenant, action, seq);
create index audit_entries_by_subject on audit_entries (tenant, subject_id, seq);
create index audit_entries_with_details on audit_entries (at) where sealed is not null;

-- The last entry of each tenant's chain. Its row lock is what puts entries in order.
create table audit_heads (
  tenant text primary key,
  last_seq bigint not null,
  last_hash bytea not null,
  -- Keyed hash of the three above.
  mac bytea not null
);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  -- Details may be sealed by another key, or erased with their keyed hash.
  if tg_op = 'UPDATE' and tg_table_name = 'audit_entries' then
    if (to_jsonb(new) - 'sealed' - 'actor_index') = (to_jsonb(old) - 'sealed' - 'actor_index')
      and ((new.sealed is not null and old.sealed is not null and new.actor_index = old.actor_index)
        or (new.sealed is null and new.actor_index is null)) then
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

create trigger audit_entries_append_only before update or delete on audit_entries
  for each row execute function refuse_audit_change();
create trigger audit_entries_kept before truncate on audit_entries
  for each statement execute function refuse_audit_change();
create trigger audit_heads_kept before update or delete on audit_heads for each row execute function refuse_audit_change();
create trigger audit_heads_not_emptied before truncate on audit_heads
  for each statement execute function refuse_audit_change();
