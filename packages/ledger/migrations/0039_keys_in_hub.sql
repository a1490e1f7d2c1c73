-- A key that is registered in the hub: the user there, and in what they differ from the one of the spoke.
alter table shipments
  add column hub_user_id text,
  add column hub_drift text[];

-- In what a person's two users differ, as a shipment saw it last.
alter table mirrors add column drift text[] not null default '{}';

-- A key was requested for the person: they are pushed also before they are activated in the spoke.
alter table link_assignments add column has_key boolean not null default false;
