-- Okta reported a changed profile after the order was placed: the next poll compares it with what was ordered.
alter table shipments add column profile_changed boolean not null default false;
