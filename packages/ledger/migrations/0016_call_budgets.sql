-- What is left of a service's rate limit for a tenant's calls, as the service's last answers said, and how many calls have
-- been granted to steps since: every relay grants from this one row, so that limits do not multiply by processes.
create table call_budgets (
  tenant text not null,
  service text not null,
  -- Which of the service's limits: at Okta the beginning of a path; empty for one that all calls to the service count in.
  rate_limit text not null,
  -- Calls in a window; 0 where the service only named a time until which it refuses all.
  calls integer not null,
  window_ms integer not null,
  remaining integer not null,
  resets_at timestamptz not null,
  -- Calls that may be granted now, below zero after more than that were made: to anything, and to batches and dry runs.
  credit double precision not null,
  batch_credit double precision not null,
  credited_at timestamptz not null default now(),
  primary key (tenant, service, rate_limit)
);

-- Messages of single requests and events were 1, and those of users who set up a key now 0, as are keys on their way.
update outbox set priority = 4 where priority = 1;
update outbox set priority = 2 where priority = 0 and step in ('accept-event', 'check-profile', 'enroll-credential',
  'place-order', 'edit-order', 'cancel-order', 'track-parcel', 'delete-enrollment');
