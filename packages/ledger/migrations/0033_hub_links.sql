-- The hub org of a tenant's people, where it was named by API and not in keycourier.yaml: it signs in with a key of ours.
create table hub_links (
  tenant text primary key,
  org_url text not null,
  -- Of the service app in the hub that has our public key; null until an administrator has made it.
  client_id text,
  public_jwk jsonb not null,
  -- Sealed.
  private_key text not null,
  created_by text not null,
  created_at timestamptz not null default now()
);

-- The last test of a tenant's hub that the API was asked for. A worker runs it, since the API calls no one.
create table hub_tests (
  tenant text primary key,
  id text not null,
  requested_at timestamptz not null default now(),
  lease_id text,
  leased_until timestamptz,
  ended_at timestamptz,
  org_url text,
  checks jsonb
);
create index hub_tests_to_run on hub_tests (requested_at) where ended_at is null;
