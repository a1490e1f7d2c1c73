-- Whether the provider still accepts changes of an order is stored as the connector says it; the ids of the provider's
-- states mean nothing outside the connector. Until now, an id above 9 meant a locked order.
alter table shipments add column order_locked boolean not null default false;
update shipments set order_locked = true where provider_state > 9;
