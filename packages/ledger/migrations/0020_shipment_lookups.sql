-- A key on a desk or a parcel at the gate is looked up by the number that is printed on it.
create index shipments_by_serial on shipments (tenant, serial) where serial is not null;
create index shipments_by_tracking_number on shipments (tenant, tracking_number) where tracking_number is not null;
