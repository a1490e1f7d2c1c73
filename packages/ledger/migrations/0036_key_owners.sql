-- Who answers for an API key, and the keys to which its secret was shown when they rotated it. Of keys of before, the owner is
-- not known until an operator names it. A former version inserts none.
alter table api_keys
  add column owner text,
  add column rotated_by text[] not null default '{}';
