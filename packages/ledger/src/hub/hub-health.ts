import { hubNameOf, tenantOfHub } from '@keycourier/journey/ports/hub';
import type { ComparisonKind } from '@keycourier/journey/ports/hub-comparisons';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { recoveryLimits } from '../outages/limits.ts';
import { countedAtMost } from '../overview/held-causes.ts';
import { readHubLink, type HubLink } from './links.ts';
import { listComparisons, type Comparison } from './list-comparisons.ts';
import { countMirrors, type MirrorCounts } from './list-mirrors.ts';
import { comparisonLimits } from './require-comparisons.ts';
import { readHubSettings, type LinkSettings } from './settings.ts';
import { readHubTest, type HubTest } from './tests.ts';

/** How the links of all tenants do, without any person of them. */
export interface HubHealth {
  /** People and groups whom the hub refuses, by tenant and code. */
  refused: readonly { tenant: string; what: 'people' | 'groups'; code: string; count: number }[];
  /** The last comparison of each link that pushes: whether it failed, and the age of the last one that did not. */
  compared: readonly { tenant: string; hasFailed: boolean; ageSeconds: number | null }[];
  /** Each link with an import: whether one waits for an operator, and whether the last one that has ended failed. */
  imported: readonly { tenant: string; isHeld: boolean; hasFailed: boolean }[];
  /** Links whose steps wait, for an org of theirs refuses the credentials or does not answer. */
  waiting: readonly { tenant: string; isRefused: boolean; seconds: number }[];
}

/** Why imports ended that say nothing of the next ones: their settings are not those of now. */
const outdated: readonly string[] = ['settings_changed', 'sourcing_off'];

/** Credentials that are refused are tried less often than an org that does not answer. */
const isRefused = sql<boolean>`probe_every_ms = ${recoveryLimits.refusedProbeEveryMs}`;

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
    from comparisons where ended_at is not null and kind = 'people'
      and not exists (select from hub_settings where hub_settings.tenant = comparisons.tenant and sources)
    group by tenant order by tenant`.execute(db);
  const imported = await sql<HubHealth['imported'][number]>`
    select tenant, bool_or(state = 'held') as "isHeld",
      coalesce((array_agg(state order by ended_at desc) filter (
        where ended_at is not null and coalesce(problem, '') <> all(${outdated}::text[])
      ))[1] = 'failed', false) as "hasFailed"
    from comparisons where kind = 'import' and not dry_run group by tenant order by tenant`.execute(db);
  const waiting = await sql<HubHealth['waiting'][number]>`
    select tenant, ${isRefused} as "isRefused", extract(epoch from now() - since)::float8 as seconds
    from outages order by tenant`.execute(db);
  return {
    refused: refused.rows,
    compared: compared.rows,
    imported: imported.rows,
    waiting: waiting.rows.flatMap(({ tenant: name, ...row }) => {
      const tenant = tenantOfHub(name);
      return tenant === null ? [] : [{ ...row, tenant }];
    }),
  };
}

/** Whether and why the people of a link wait. */
export interface LinkWait {
  /** Since when the person is due who has been so for the longest. */
  dueSince: Date | null;
  /** Why its steps wait: an org of the link refuses the credentials, or does not answer. */
  waitsFor: { isRefused: boolean; since: Date } | null;
}

export async function readLinkWait({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<LinkWait> {
  const due = await sql<{ since: Date | null }>`
    select min(wanted_at) as since from mirrors
    where tenant = ${tenant} and problem is null and written_version is distinct from version`.execute(db);
  const away = await sql<{ isRefused: boolean; since: Date }>`
    select ${isRefused} as "isRefused", since
    from outages where tenant = ${hubNameOf(tenant)} order by since limit 1`.execute(db);
  return { dueSince: due.rows[0]?.since ?? null, waitsFor: away.rows[0] ?? null };
}

/** How the link of a tenant does. */
export interface LinkHealth extends LinkWait {
  /** Null where the API named no hub. */
  link: HubLink | null;
  test: HubTest | null;
  settings: LinkSettings;
  people: MirrorCounts;
  /** When everyone was compared last. */
  comparedAt: Date | null;
  /** The last comparison that has ended, and the last import that has, or is held; a dry run is none. */
  comparison: Comparison | null;
  import: Comparison | null;
}

export async function readLinkHealth({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<LinkHealth> {
  const read = (kind: ComparisonKind) =>
    listComparisons({ db }, { tenant, kind, before: null, limit: comparisonLimits.keptRuns });
  const compared = (await read('people')).filter(({ isDryRun, endedAt }) => !isDryRun && endedAt !== null);
  const imported = (await read('import')).filter(
    ({ isDryRun, problem }) => !isDryRun && !outdated.includes(problem ?? ''),
  );
  return {
    link: await readHubLink({ db }, tenant),
    test: await readHubTest({ db }, tenant),
    settings: await readHubSettings({ db }, tenant),
    people: await countMirrors({ db }, tenant),
    ...(await readLinkWait({ db }, tenant)),
    comparedAt: compared.find(({ state }) => state === 'ended')?.endedAt ?? null,
    comparison: compared[0] ?? null,
    import: imported.find(({ state, endedAt }) => state === 'held' || endedAt !== null) ?? null,
  };
}

/** What an operator is to look at in the hub of one tenant. */
export interface HubProblems {
  /** Whom the hub refuses: at most one more than `countedAtMost`, as the groups. */
  people: number;
  groups: number;
  /** The newest run of a kind, where it failed or waits for an operator; a dry run is none. */
  runs: readonly { id: string; kind: ComparisonKind; state: 'failed' | 'held' }[];
}

/** Costs what has a problem, not who is in the hub. */
export async function readHubProblems({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<HubProblems> {
  const refused = await sql<Pick<HubProblems, 'people' | 'groups'>>`
    select
      (select count(*)::int from (
        select from mirrors where tenant = ${tenant} and problem is not null limit ${countedAtMost + 1}) as found) as people,
      (select count(*)::int from (
        select from mirror_groups where tenant = ${tenant} and problem is not null limit ${countedAtMost + 1}) as found
      ) as groups`.execute(db);
  const runs = await sql<HubProblems['runs'][number]>`
    select id, kind, state from (
      select distinct on (kind) id, kind, state from comparisons
      where tenant = ${tenant} and not dry_run and (ended_at is not null or state = 'held')
        and coalesce(problem, '') <> all(${outdated}::text[])
      order by kind, requested_at desc, id desc
    ) as newest where state in ('failed', 'held') order by kind`.execute(db);
  return { people: 0, groups: 0, ...refused.rows[0], runs: runs.rows };
}
