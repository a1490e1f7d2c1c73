import type { ComparisonCounts, ComparisonKind } from '@keycourier/journey/ports/hub-comparisons';
import { sql } from 'kysely';

import type { Database, Tx } from '../connect-ledger.ts';
import { countsSchema } from './comparisons.ts';
import type { ComparisonState } from './tables.ts';

export interface Comparison {
  id: string;
  kind: ComparisonKind;
  state: ComparisonState;
  isDryRun: boolean;
  pages: number;
  counts: ComparisonCounts;
  heldShare: number | null;
  problem: string | null;
  requestedBy: string;
  requestedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** A page of a tenant's runs, the newest first, before one of them; of one kind, or all. */
export async function listComparisons(
  { db }: { db: Database | Tx },
  {
    tenant,
    before,
    limit,
    kind,
    id,
  }: { tenant: string; before: string | null; limit: number; kind?: ComparisonKind; id?: string },
): Promise<readonly Comparison[]> {
  const rows = await db
    .selectFrom('comparisons')
    .select(['id', 'kind', 'state', 'dry_run', 'pages', 'counts', 'held_share', 'problem'])
    .select(['requested_by', 'requested_at', 'started_at', 'ended_at'])
    .where('tenant', '=', tenant)
    .$if(before !== null, (query) => query.where('id', '<', before ?? ''))
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'people'))
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    isDryRun: row.dry_run,
    pages: row.pages,
    counts: countsSchema.parse(row.counts),
    heldShare: row.held_share,
    problem: row.problem,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }));
}

export const readComparison = async (
  ledger: { db: Database | Tx },
  { tenant, id }: { tenant: string; id: string },
): Promise<Comparison | null> => (await listComparisons(ledger, { tenant, before: null, limit: 1, id }))[0] ?? null;

/** A person who is not as wanted, by ids alone. */
export interface Compared {
  userId: string;
  /** Null where the person has none, or another person has it. */
  hubUserId: string | null;
  outcome: string;
  isDue: boolean;
  isOff: boolean;
}

/** A page of a run's report, in the order of the spoke's ids; of one outcome, or all. */
export async function listCompared(
  { db }: { db: Database | Tx },
  {
    tenant,
    id,
    after,
    limit,
    outcome,
  }: { tenant: string; id: string; after: string | null; limit: number; outcome?: string },
): Promise<readonly Compared[]> {
  const { rows } = await sql<Compared>`
    select okta_user_id as "userId", compared_people.hub_user_id as "hubUserId", outcome, is_due as "isDue", is_off as "isOff"
    from compared_people join comparisons on comparisons.id = comparison_id
    where tenant = ${tenant} and comparison_id = ${id} and outcome is not null
      and (${after}::text is null or okta_user_id > ${after}) and (${outcome ?? null}::text is null or outcome = ${outcome ?? null})
    order by okta_user_id limit ${limit}`.execute(db);
  return rows;
}
