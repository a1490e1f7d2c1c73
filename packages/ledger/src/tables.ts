import type { CatchUpProblem } from '@keycourier/journey/model/catch-up';
import type { RegistrationProblem } from '@keycourier/journey/model/registration';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { ColumnType, Generated, JSONColumnType } from 'kysely';

import type { ConsoleTables } from './console-tables.ts';
import type { DirectoryTables } from './directory/tables.ts';
import type { HubTables } from './hub/tables.ts';
import type { ShipmentsTable } from './shipments/shipments-table.ts';

type Time = Date;
/** A column that is `bigint`: node-postgres gives those as text. */
type BigInteger = ColumnType<string, string | number | undefined, string | number>;

export interface OutboxTable {
  subject_id: string;
  step: string;
  tenant: string;
  dispatch_id: BigInteger;
  attempts: Generated<number>;
  failures: Generated<number>;
  waits_for: string | null;
  is_probe: Generated<boolean>;
  priority: Generated<number>;
  due_at: Generated<Time>;
  published_at: Time | null;
}

export interface RegistrationsTable {
  id: string;
  tenant: string;
  okta_user_id: string;
  wanted: boolean;
  version: ColumnType<string, number | undefined, number>;
  wanted_at: Generated<Time>;
  written: boolean | null;
  written_at: Time | null;
  verified_at: Time | null;
  check_due_at: Generated<Time>;
  problem: RegistrationProblem | null;
  problem_since: Time | null;
  lease_id: string | null;
  leased_until: Time | null;
  request_ids: Generated<string[]>;
}

export interface CatchUpTable {
  tenant: string;
  next_link: string | null;
  log_filter: string | null;
  page_limit: Generated<number>;
  started_from: Time | null;
  read_to: Time | null;
  polled_at: Time | null;
  overlap_read_at: Time | null;
  last_published: Time | null;
  cursor_refusals: Generated<number>;
  cursor_refused_at: Time | null;
  problem: CatchUpProblem | null;
  problem_detail: string | null;
  problem_since: Time | null;
  failures: Generated<number>;
  window_ends_at: Time | null;
  window_calls_left: number | null;
  hook_status: string | null;
  hook_problem: string | null;
  hook_checked_at: Time | null;
  cap_warned_on: ColumnType<never, string | null, string | null>;
  due_at: Generated<Time>;
  blocked_until: Time | null;
  leased_by: string | null;
  leased_until: Time | null;
}

export interface AuditEntriesTable {
  tenant: string;
  seq: BigInteger;
  at: Time;
  actor_kind: string;
  actor_index: string | null;
  role: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  /** JSON, as text. */
  detail: string;
  request_id: string | null;
  sealed: string | null;
  digest: Buffer;
  previous_hash: Buffer;
  hash: Buffer;
}

export interface Tables extends DirectoryTables, ConsoleTables, HubTables {
  tenants: {
    name: string;
    paused_until: Time | null;
    pause_reason: string | null;
    pause_service: string | null;
    pause_credential: string | null;
  };
  outages: { tenant: string; service: string; since: Generated<Time>; probe_every_ms: number; probe_at: Time };
  flows: { tenant: string; slug: string; enabled: boolean; updated_at: Generated<Time> };
  idempotency_keys: {
    api_key_id: string;
    key: string;
    body_hash: Buffer;
    status: number;
    answer: string;
    created_at: Generated<Time>;
  };
  inbound_events: {
    id: string;
    tenant: string;
    uuid: string;
    event_type: string;
    envelope_event_id: string | null;
    published: Time | null;
    received_at: Generated<Time>;
    body: string | null;
    state: 'received' | 'ignored' | 'accepted' | 'set_aside';
    reason: string | null;
    shipment_id: string | null;
    processed_at: Time | null;
    first_key_id: string | null;
    user_index: string | null;
    login_index: string | null;
    source: Generated<'hook' | 'catch_up' | 'scim'>;
    delivered_at: Time | null;
    redeliveries: Generated<number>;
    redelivered_at: Time | null;
    is_protected: Generated<boolean>;
  };
  inbound_deliveries: {
    tenant: string;
    priority: number;
    id: string;
    received_at: Time;
    body: string;
    failures: Generated<number>;
    due_at: Generated<Time>;
  };
  catch_up: CatchUpTable;
  event_counts: {
    tenant: string;
    /** node-postgres reads a date as midnight of the process's own zone: select it as text. */
    day: ColumnType<never, string, string>;
    shard: number;
    delivered: BigInteger;
    read_from_log: BigInteger;
    last_delivery_at: Time | null;
  };
  flow_switches: { tenant: string; slug: string; at: Time; enabled: boolean };
  batches: {
    id: string;
    tenant: string;
    api_key_id: string | null;
    total: number;
    accepted: number;
    rejected: JSONColumnType<readonly { row: number; problems: readonly Problem[] }[]>;
    rejected_total: number;
    dry_run: Generated<boolean>;
    dry_run_id: string | null;
    created_at: Generated<Time>;
  };
  batch_rejections: {
    batch_id: string;
    row: number;
    subject: string | null;
    problems: JSONColumnType<readonly Problem[]>;
  };
  shipments: ShipmentsTable;
  secrets: { shipment_id: string; name: string; sealed: string };
  history: {
    id: Generated<string>;
    shipment_id: string;
    at: Time;
    event: string;
    detail: JSONColumnType<Readonly<Record<string, string | number | boolean | null>>> | null;
  };
  step_attempts: {
    id: string;
    shipment_id: string;
    step: string;
    attempt: number;
    started_at: Time;
    leased_until: Generated<Time>;
    ended_at: Time | null;
    outcome: string | null;
    why: string | null;
  };
  outbox: OutboxTable;
  call_budgets: {
    tenant: string;
    service: string;
    rate_limit: string;
    calls: number;
    window_ms: number;
    remaining: number;
    resets_at: Time;
    credit: number;
    batch_credit: number;
    credited_at: Generated<Time>;
  };
  audit_entries: AuditEntriesTable;
  audit_heads: { tenant: string; last_seq: BigInteger; last_hash: Buffer; mac: Buffer };
  registrations: RegistrationsTable;
  registration_settings: {
    tenant: string;
    target: string;
    problem: RegistrationProblem | null;
    problem_since: Time | null;
    retry_at: Time | null;
    probe_id: string | null;
  };
}
