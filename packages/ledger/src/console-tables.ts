import type { StockProblem } from '@keycourier/journey/model/stock';
import type { ColumnType, Generated } from 'kysely';

type Time = Date;
/** A column that is `bigint`: node-postgres gives those as text. */
type BigInteger = ColumnType<string, string | number | undefined, string | number>;

/** `in` and `out` are what the dry run found; of those that are in, the others are what became of them. */
export type BulkOutcome = 'unjudged' | 'in' | 'out' | 'done' | 'unchanged' | 'refused' | 'failed';

/** Who acts, in the audit log. */
export const actorKinds = ['operator', 'api_key', 'cli', 'system'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** What the console keeps, and what is counted for it. */
export interface ConsoleTables {
  service_answers: { tenant: string; service: string; answered_at: Time };
  api_keys: {
    id: string;
    tenant: string;
    name: string;
    hash: Buffer;
    scopes: string[];
    created_at: Generated<Time>;
    revoked_at: Time | null;
    requests_per_minute: number | null;
    former_hash: Buffer | null;
    former_until: Time | null;
    created_by: string | null;
    expires_at: Time | null;
    last_used_at: Time | null;
    owner: string | null;
    rotated_by: Generated<string[]>;
  };
  daily_counts: { tenant: string; day: ColumnType<string, string, never>; what: string; count: BigInteger };
  count_positions: { name: string; counted_to: BigInteger; next_to: BigInteger | null; next_xid: string | null };
  stock: {
    tenant: string;
    inventory_product_id: string;
    product_id: string;
    product_name: string;
    inventory_type: string;
    quantity: number;
    ordered: Generated<number>;
    ordered_days: Generated<number>;
    under_way: Generated<number>;
    low_since: Time | null;
    read_at: Generated<Time>;
  };
  stock_days: {
    tenant: string;
    inventory_product_id: string;
    product_id: string;
    day: ColumnType<string, string, never>;
    quantity: number;
  };
  stock_reads: { tenant: string; read_at: Time | null; problem: StockProblem | null; due_at: Generated<Time> };
  saved_views: {
    tenant: string;
    name: string;
    path: string;
    query: string;
    created_by: string;
    created_at: Generated<Time>;
  };
  operator_preferences: {
    operator: string;
    preferences: ColumnType<unknown, string, string>;
    updated_at: Generated<Time>;
  };
  hold_claims: {
    shipment_id: string;
    tenant: string | null;
    claimed_by: string | null;
    claimed_at: Time | null;
    snoozed_by: string | null;
    snoozed_at: Time | null;
    snoozed_until: Time | null;
  };
  name_prefixes: { tenant: string; token: Buffer; shipment_id: string };
  name_backfills: { tenant: string; before_id: string };
  bulk_actions: {
    id: string;
    tenant: string;
    action: string;
    state: 'checking' | 'checked' | 'running' | 'ended';
    filter_index: string;
    sealed: string;
    access: string;
    total: number;
    is_cut_off: boolean;
    created_at: Time;
    checked_at: Time | null;
    started_at: Time | null;
    stop_requested: 'operator' | 'access_ended' | null;
    ended_at: Time | null;
    turn_at: Generated<Time>;
    lease_id: string | null;
    leased_until: Time | null;
  };
  bulk_items: {
    bulk_action_id: string;
    position: number;
    shipment_id: string;
    outcome: Generated<BulkOutcome>;
    code: string | null;
    seen: string | null;
    at: Time | null;
  };
  hold_comments: { id: string; shipment_id: string; operator: string; at: Time; sealed: string };
}
