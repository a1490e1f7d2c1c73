import type { HubPersonProblem, MirrorStateName } from '@keycourier/journey/hub/person-changes';
import { hubDrifts, type HubDrift } from '@keycourier/journey/model/hub-user';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { decryptSecrets } from '../shipments/secrets.ts';

/** A person of a link, as the ledger knows them. */
export interface Mirror {
  id: string;
  userId: string;
  hubUserId: string | null;
  state: MirrorStateName;
  /** Null for one who is as wanted, or is about to be. */
  problem: HubPersonProblem | null;
  problemFields: readonly string[];
  problemSince: Date | null;
  /** In what the person's two users differ, as it was seen last. */
  drift: readonly HubDrift[];
  isDue: boolean;
  writtenAt: Date | null;
}

/** One with a problem is tried again at times, or where an operator asks for it. */
const isDue = sql<boolean>`(written_version is distinct from version and problem is null
  or problem is not null and check_due_at <= now())`;

/** What most of a link's people have not. */
const conditions = {
  problem: sql<boolean>`problem is not null`,
  due: isDue,
  drift: sql<boolean>`drift <> '{}'`,
} as const satisfies Record<string, RawBuilder<boolean>>;

export type MirrorCondition = keyof typeof conditions;

export interface MirrorQuery {
  tenant: string;
  /** The id of the last one of the page before. */
  after: string | null;
  limit: number;
  state?: MirrorStateName | undefined;
  /** Those alone who meet each of these. */
  only?: MirrorCondition | readonly MirrorCondition[] | undefined;
  id?: string | undefined;
  /** Ids in the spoke. */
  userIds?: readonly string[] | undefined;
}

/** A page of a tenant's people, in the order of their ids. */
export async function listMirrors(
  ledger: Pick<Ledger, 'db'>,
  { tenant, after, limit, state, only = [], id, userIds }: MirrorQuery,
): Promise<readonly Mirror[]> {
  const rows = await ledger.db
    .selectFrom('mirrors')
    .select(['id', 'okta_user_id', 'hub_user_id', 'state', 'problem', 'problem_fields', 'problem_since', 'written_at'])
    .select(['drift', isDue.as('isDue')])
    .where('tenant', '=', tenant)
    .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
    .$if(userIds !== undefined, (query) =>
      query.where(sql<boolean>`okta_user_id = any(${[...(userIds ?? [])]}::text[])`),
    )
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .$if(state !== undefined, (query) => query.where(sql<boolean>`state = ${state}`))
    .where((query) => query.and([only].flat().map((name) => conditions[name])))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    userId: row.okta_user_id,
    hubUserId: row.hub_user_id,
    state: row.state,
    problem: row.problem,
    problemFields: row.problem_fields ?? [],
    problemSince: row.problem_since,
    drift: hubDrifts.filter((drift) => row.drift.includes(drift)),
    isDue: row.isDue,
    writtenAt: row.written_at,
  }));
}

/** Null where the tenant's link has no such person. */
export async function readMirror(ledger: Pick<Ledger, 'db'>, tenant: string, id: string): Promise<Mirror | null> {
  const [found = null] = await listMirrors(ledger, { tenant, id, after: null, limit: 1 });
  return found;
}

export interface MirrorCounts {
  /** By state; those with a problem count in both. */
  states: Readonly<Record<MirrorStateName, number>>;
  problems: readonly { code: HubPersonProblem; people: number }[];
  due: number;
  /** Those whose two users differ. */
  drift: number;
}

interface CountRow {
  state: MirrorStateName;
  problem: HubPersonProblem | null;
  people: number;
  due: number;
  drift: number;
}

/** How many people of each of these tenants have users that differ; none: no row. */
export async function countDrifting(
  { db }: Pick<Ledger, 'db'>,
  tenants: readonly string[],
): Promise<readonly { tenant: string; people: number }[]> {
  const { rows } = await sql<{ tenant: string; people: number }>`
    select tenant, count(*)::int as people from mirrors
    where tenant = any(${[...tenants]}::text[]) and ${conditions.drift} group by tenant`.execute(db);
  return rows;
}

/** How far the people of each tenant are pushed. */
export async function countMirrors({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<MirrorCounts> {
  const { rows } = await sql<CountRow>`
    select state, problem, count(*)::int as people, (count(*) filter (where ${conditions.due}))::int as due,
      (count(*) filter (where ${conditions.drift}))::int as drift
    from mirrors where tenant = ${tenant} group by state, problem order by problem`.execute(db);
  const states = { new: 0, creating: 0, waking: 0, linked: 0, left: 0 };
  const problems = new Map<HubPersonProblem, number>();
  for (const { state, problem, people } of rows) {
    states[state] += people;
    if (problem !== null) problems.set(problem, (problems.get(problem) ?? 0) + people);
  }
  return {
    states,
    problems: [...problems].map(([code, people]) => ({ code, people })),
    due: rows.reduce((sum, { due }) => sum + due, 0),
    drift: rows.reduce((sum, { drift }) => sum + drift, 0),
  };
}

/**
 * The ids in the spoke of whom a text may name: an id of either org, or a login for which a key was requested. The ledger
 * knows no other logins.
 */
export async function findUserIds(ledger: Ledger, tenant: string, sought: string): Promise<readonly string[]> {
  const { rows } = await sql<{ userId: string }>`
    select okta_user_id as "userId" from mirrors where tenant = ${tenant} and ${sought} in (okta_user_id, hub_user_id)
    union select okta_user_id from shipments
    where tenant = ${tenant} and login_index = ${loginIndexOf(ledger, sought)} and okta_user_id is not null`.execute(
    ledger.db,
  );
  return rows.map(({ userId }) => userId);
}

/** The logins of those of these people for whom a key was requested, by their ids in the spoke: of the newest shipment. */
export async function readLogins(
  ledger: Ledger,
  tenant: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ userId: string; id: string; login: string }>`
    select distinct on (okta_user_id) okta_user_id as "userId", id, sealed as login
    from shipments join secrets on shipment_id = id and name = 'login'
    where tenant = ${tenant} and okta_user_id = any(${[...userIds]}::text[]) order by okta_user_id, id desc`.execute(
    ledger.db,
  );
  return new Map(
    rows.flatMap(({ userId, id, login: sealed }) => {
      const { login } = decryptSecrets(ledger, id, { login: sealed });
      return login === undefined ? [] : [[userId, login] as const];
    }),
  );
}
