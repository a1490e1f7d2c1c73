-- When a service answered a tenant's calls last and accepted the credentials: to the minute, so that no call costs a write.
create table service_answers (
  tenant text not null,
  service text not null,
  answered_at timestamptz not null,
  primary key (tenant, service)
);
