-- Whether Okta shows that a person has a key that works: what is wanted, and what was written. A row changes with the
-- shipment that is the reason, in its transaction.
create table registrations (
  id text primary key,
  tenant text not null,
  okta_user_id text not null,
  wanted boolean not null,
  -- Another one whenever something else is wanted, so that an attempt that ends late knows.
  version bigint not null default 1,
  wanted_at timestamptz not null default now(),
  -- What Okta was last found to have; null before that, and once it is to be written somewhere else.
  written boolean,
  written_at timestamptz,
  verified_at timestamptz,
  check_due_at timestamptz not null default now(),
  problem text,
  problem_since timestamptz,
  lease_id text,
  leased_until timestamptz,
  unique (tenant, okta_user_id)
);
create index registrations_to_check on registrations (tenant, check_due_at);
create index registrations_with_problem on registrations (tenant, problem) where problem is not null;

-- Where a tenant's registrations are written, and what an administrator has to change before they can be.
create table registration_settings (
  tenant text primary key,
  target text not null,
  problem text,
  problem_since timestamptz,
  retry_at timestamptz,
  probe_id text
);
