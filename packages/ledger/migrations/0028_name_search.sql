-- Search by name: a keyed hash of the first letters of each word of a name, another key than that of logins, different ones for
-- each tenant. Without the key it shows which shipments' names begin alike, and how common that is.
create table name_prefixes (
  tenant text not null,
  token bytea not null,
  shipment_id text not null,
  primary key (tenant, token, shipment_id)
);
create index name_prefixes_of_shipment on name_prefixes (shipment_id);

-- How far the shipments of before, newest first, have been given theirs: the id of the last one; empty once all have.
create table name_backfills (
  tenant text primary key,
  before_id text not null
);
