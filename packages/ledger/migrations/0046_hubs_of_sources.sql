-- The hub whose user it is, as mirrors have it: who is not in another hub has not left this one. Null: of a link that was made before.
alter table sourced_people add column hub_org text;
