-- How the keys of a stock are used, as counted when it was read, and since when it has been low.
alter table stock
  add column ordered integer not null default 0,
  add column ordered_days integer not null default 0,
  add column under_way integer not null default 0,
  add column low_since timestamptz;
