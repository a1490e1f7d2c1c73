-- A shipment shows the event that asked for it.
create index inbound_events_by_shipment on inbound_events (shipment_id) where shipment_id is not null;
