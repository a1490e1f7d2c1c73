-- One cursor, of the side that is read now; those who have no user in the hub come last.
alter table comparisons drop column spoke_cursor, drop column hub_cursor, add column cursor text,
  -- The settings that it compares by: after a change it begins again.
  add column settings_revision bigint;
alter table comparisons drop constraint comparisons_state_check, add constraint comparisons_state_check
  check (state in ('pending', 'spoke', 'hub', 'unmatched', 'held', 'ended', 'failed'));

-- Whether a person is to be in the hub; whether the comparison made them due; whether the part of the link is off that would.
alter table compared_people add column is_present boolean not null default true,
  add column is_due boolean not null default false, add column is_off boolean not null default false;
create index compared_people_open on compared_people (comparison_id, okta_user_id) where outcome is null;
