import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';

/** How the links of all tenants do, without any person of them. */
export interface HubHealth {
  /** People and groups whom the hub refuses, by tenant and code. */
  refused: readonly { tenant: string; what: 'people' | 'groups'; code: string; count: number }[];
  /** The last comparison of each link that has ended: whether it failed, and the age of the last one that did not. */
  compared: readonly { tenant: string; hasFailed: boolean; ageSeconds: number | null }[];
  /** Each link with an import: whether one waits for an operator, and whether the last one that has ended failed. */
  imported: readonly { tenant: string; isHeld: boolean; hasFailed: boolean }[];
}

export async function readHubHealth({ db }: Pick<Ledger, 'db'>): Promise<HubHealth> {
  const refused = await sql<HubHealth['refused'][number]>`
    select tenant, 'people' as what, problem as code, count(*)::int as count from mirrors
    where problem is not null group by tenant, problem
    union all
    select tenant, 'groups', problem, count(*)::int from mirror_groups where problem is not null group by tenant, problem
    order by 1, 2, 3`.execute(db);
  const compared = await sql<HubHealth['compared'][number]>`
    select tenant, (array_agg(state order by ended_at desc))[1] = 'failed' as "hasFailed",
      extract(epoch from now() - max(ended_at) filter (where state = 'ended' and not dry_run))::float8 as "ageSeconds"
    from comparisons where ended_at is not null and kind = 'people' group by tenant order by tenant`.execute(db);
  const imported = await sql<HubHealth['imported'][number]>`
    select tenant, bool_or(state = 'held') as "isHeld",
      coalesce((array_agg(state order by ended_at desc) filter (where ended_at is not null))[1] = 'failed', false) as "hasFailed"
    from comparisons where kind = 'import' group by tenant order by tenant`.execute(db);
  return { refused: refused.rows, compared: compared.rows, imported: imported.rows };
}
