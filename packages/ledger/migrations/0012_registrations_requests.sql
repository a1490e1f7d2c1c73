-- The requests of our last writes, as Okta names them in the events that they raise: an event hook's event has no User-Agent.
alter table registrations add column request_ids text[] not null default '{}';
