-- A registration in a hub is that of the hub's user, in the hub's name (hub:<tenant>): whether it is wanted says the tenant's
-- shipments whose key is of that user.
create index shipments_by_hub_user on shipments (hub_user_id, tenant) where hub_user_id is not null;
