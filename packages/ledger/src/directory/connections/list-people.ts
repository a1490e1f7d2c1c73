import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import type { Tables } from '../../tables.ts';
import { userNameIndex } from '../keyed.ts';
import { readAttributes } from '../users/attributes.ts';
import { findOpenShipments } from '../users/find-open-shipments.ts';
import type { Failure } from './failures.ts';

export interface PeopleQuery {
  tenant: string;
  id?: string | undefined;
  /** A connection's id, or `manual`. */
  owner?: string | undefined;
  /** In any letter case. */
  userName?: string | undefined;
  active?: boolean | undefined;
  /** Whether the last request about them was refused. */
  problem?: boolean | undefined;
  /** The id of the last person of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface ListedPerson {
  id: string;
  userName: string | null;
  displayName: string | null;
  /** Of shipments that are not finished, newest first. */
  openShipments: readonly string[];
  owner: string;
  active: boolean;
  lastModified: Date;
  deactivatedAt: Date | null;
  /** Of the last refusal since the last success, by any connection. */
  lastError: Pick<Failure, 'at' | 'detail'> | null;
}

type Row = Omit<ListedPerson, 'userName' | 'displayName' | 'openShipments' | 'lastError'> & {
  errorAt: Date | null;
  detail: string | null;
};

/** A page of a tenant's people for its operators, newest first; `nextCursor` is null on the last one. */
export async function listPeople(
  ledger: Ledger & { db: Kysely<Tables> },
  query: PeopleQuery,
): Promise<{ items: readonly ListedPerson[]; nextCursor: string | null }> {
  const { rows } = await sql<Row>`
    select people.id, owner, active, last_modified as "lastModified", deactivated_at as "deactivatedAt",
      failure.at as "errorAt", failure.detail
    from people left join lateral (
      select at, detail from scim_failures where person_id = people.id order by at desc limit 1
    ) as failure on true
    where ${sql.join(conditionsOf(ledger, query), sql` and `)} order by people.id desc limit ${query.limit + 1}`.execute(
    ledger.db,
  );
  const page = rows.slice(0, query.limit);
  const names = await readAttributes(
    { ledger, db: ledger.db },
    page.map(({ id }) => id),
    ['userName', 'displayName', 'externalId'],
  );
  const shipments = await findOpenShipments(ledger, query.tenant, names);
  const items = page.map(({ errorAt: at, detail, ...row }) => ({
    ...row,
    userName: textOf(names.get(row.id)?.get('userName')),
    displayName: textOf(names.get(row.id)?.get('displayName')),
    openShipments: shipments.get(row.id) ?? [],
    lastError: at === null || detail === null ? null : { at, detail },
  }));
  return { items, nextCursor: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null };
}

function conditionsOf({ sealing }: Ledger, { tenant, id, owner, userName, active, problem, before }: PeopleQuery) {
  const conditions = [sql`tenant = ${tenant}`];
  if (id !== undefined) conditions.push(sql`people.id = ${id}`);
  if (owner !== undefined) conditions.push(sql`owner = ${owner}`);
  if (userName !== undefined) conditions.push(sql`user_name_index = ${userNameIndex(sealing, tenant, userName)}`);
  if (active !== undefined) conditions.push(sql`active = ${active}`);
  if (problem !== undefined)
    conditions.push(sql`${problem} = exists (select from scim_failures where person_id = people.id)`);
  if (before !== undefined) conditions.push(sql`people.id < ${before}`);
  return conditions;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
