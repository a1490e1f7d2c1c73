-- A batch looks up its people row by row. Each index that serves this begins with the column that distinguishes people: while
-- the statistics are out of date, any index that begins with the tenant looks as cheap.
create index shipments_by_login_index on shipments (login_index, tenant) where login_index is not null;
drop index shipments_by_login;
alter index shipments_by_login_index rename to shipments_by_login;

create index shipments_by_user_id on shipments (okta_user_id, tenant) where okta_user_id is not null;
drop index shipments_by_user;
alter index shipments_by_user_id rename to shipments_by_user;

create unique index one_person_in_batch on shipments (batch_person, batch_id) where batch_person is not null;
drop index one_row_per_person_in_batch;
alter index one_person_in_batch rename to one_row_per_person_in_batch;
