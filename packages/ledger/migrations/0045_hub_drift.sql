-- People whose users in the two orgs differ.
create index mirrors_with_drift on mirrors (tenant, id) where drift <> '{}';
