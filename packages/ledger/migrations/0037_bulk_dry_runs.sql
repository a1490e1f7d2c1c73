-- An action on a filter is tried first by a dry run, as a file is: its states have the API's names.
alter table bulk_actions drop constraint bulk_actions_state_check;
update bulk_actions set state = case state when 'rehearsing' then 'checking' else 'checked' end
  where state in ('rehearsing', 'rehearsed');
alter table bulk_actions add constraint bulk_actions_state_check check (state in ('checking', 'checked', 'running', 'ended'));
drop index bulk_actions_under_way;
create index bulk_actions_under_way on bulk_actions (tenant, turn_at) where state in ('checking', 'running');
