import { isWriting, type ImportAction, type ImportProblem } from '@keycourier/journey/hub/import-changes';
import type { ComparisonAttempt } from '@keycourier/journey/ports/hub-comparisons';
import type { DuePerson, ImportAttempt, ImportEnd, IntendedLink } from '@keycourier/journey/ports/hub-imports';
import { sql } from 'kysely';
import pg from 'pg';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { grantAfterMove } from '../shipments/grant-slots.ts';
import { whileLeased } from './comparisons.ts';
import { followPushIn } from './key-people.ts';
import { isOfHub } from './sourcing.ts';

/** The next rows that are to be written. */
export async function readDueImports(
  { db }: Ledger,
  { id }: ComparisonAttempt,
  limit: number,
): Promise<readonly DuePerson[]> {
  const rows = await db
    .selectFrom('imported_people')
    .select(['hub_user_id', 'action', 'fields'])
    .where('import_id', '=', id)
    .where('written_at', 'is', null)
    .where('action', 'not in', ['none', 'unmatched', 'refused'])
    .orderBy('hub_user_id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ hub_user_id: hubUserId, action, fields }) =>
    isWriting(action) ? [{ hubUserId, action, fields }] : [],
  );
}

export async function readSourcedLink(
  ledger: Ledger,
  { tenant }: ComparisonAttempt,
  hubUserId: string,
): Promise<IntendedLink | null> {
  const row = await ledger.db
    .selectFrom('sourced_people')
    .select(['okta_user_id', 'state', 'creating_login'])
    .where('tenant', '=', tenant)
    .where('hub_user_id', '=', hubUserId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { okta_user_id: userId, state, creating_login: sealed } = row;
  const context = sealedContext.sourcedLogin(tenant, hubUserId);
  return { userId, state, creatingLogin: sealed === null ? null : ledger.sealing.unseal(sealed, context) };
}

/** Whether a user of the spoke is linked with another user of the hub. */
export async function isLinkedToOthers(
  { db }: Ledger,
  { tenant, hubOrg }: ImportAttempt,
  { hubUserId, userId }: { hubUserId: string; userId: string },
): Promise<boolean> {
  const other = await db
    .selectFrom('sourced_people')
    .select('hub_user_id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where('hub_user_id', '<>', hubUserId)
    .where(isOfHub(hubOrg))
    .executeTakeFirst();
  return other !== undefined;
}

/** Commits that a user of the spoke with this login is about to be created. False for an attempt that has lost its lease. */
export async function noteCreatingSourced(
  ledger: Ledger,
  attempt: ImportAttempt,
  { hubUserId, login }: { hubUserId: string; login: string },
): Promise<boolean> {
  const { tenant, hubOrg } = attempt;
  const values = {
    hub_org: hubOrg,
    okta_user_id: null,
    state: 'creating' as const,
    creating_login: ledger.sealing.seal(login, sealedContext.sourcedLogin(tenant, hubUserId)),
  };
  return whileLeased(ledger, attempt, async (tx) => {
    await tx
      .insertInto('sourced_people')
      .values({ tenant, hub_user_id: hubUserId, ...values })
      .onConflict((conflict) => conflict.columns(['tenant', 'hub_user_id']).doUpdateSet(values))
      .execute();
  });
}

interface NewLink {
  hubUserId: string;
  userId: string;
  state: 'linked' | 'left';
}

/**
 * Commits the spoke's user of a user of the hub, and lifts what waited for one. False where another user of the hub, or another
 * attempt, came first.
 */
export async function linkSourced(ledger: Ledger, attempt: ImportAttempt, link: NewLink): Promise<boolean> {
  const followed = { isDue: false };
  try {
    const isLinked = await whileLeased(ledger, attempt, async (tx) => {
      await writeLink(ledger, tx, { attempt, link });
      const { tenant } = attempt;
      // As after a push: the person's shipments may be held because there was no user in the hub.
      if (link.state === 'linked') followed.isDue = await followPushIn(ledger, tx, { tenant, ...link, isNews: true });
    });
    if (followed.isDue) {
      await grantAfterMove(ledger, attempt.tenant);
      ledger.notifier.notify();
    }
    return isLinked;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === 'sourced_people_of_spoke') return false;
    throw error;
  }
}

async function writeLink(
  ledger: Ledger,
  tx: Tx,
  { attempt: { tenant, hubOrg }, link }: { attempt: ImportAttempt; link: NewLink },
): Promise<void> {
  const { hubUserId, userId, state } = link;
  const left_at = state === 'left' ? ledger.now() : null;
  const values = { hub_org: hubOrg, okta_user_id: userId, state, creating_login: null, left_at };
  // The user of a hub that the tenant had before.
  await sql`
    delete from sourced_people
    where tenant = ${tenant} and okta_user_id = ${userId} and hub_user_id <> ${hubUserId} and hub_org <> ${hubOrg}`.execute(
    tx,
  );
  await tx
    .insertInto('sourced_people')
    .values({ tenant, hub_user_id: hubUserId, ...values })
    .onConflict((conflict) => conflict.columns(['tenant', 'hub_user_id']).doUpdateSet(values))
    .execute();
}

/**
 * Records how a row ended. A create that was refused has no intent any more, and its login is not kept. False for an attempt that
 * has lost its lease.
 */
export async function recordWritten(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { hubUserId, problem, fields }: ImportEnd & { hubUserId: string },
): Promise<boolean> {
  return whileLeased(ledger, attempt, async (tx) => {
    await tx
      .updateTable('imported_people')
      .set({ written_at: ledger.now(), problem, ...(problem === null ? {} : { fields: [...fields] }) })
      .where('import_id', '=', attempt.id)
      .where('hub_user_id', '=', hubUserId)
      .execute();
    if (problem !== null) await forgetIntent(tx, attempt, hubUserId);
  });
}

async function forgetIntent(tx: Tx, { tenant }: ComparisonAttempt, hubUserId: string): Promise<void> {
  await tx
    .deleteFrom('sourced_people')
    .where('tenant', '=', tenant)
    .where('hub_user_id', '=', hubUserId)
    .where('state', '=', 'creating')
    .execute();
}

/** A row of an import's report: ids and names of attributes, never a value. */
export interface ImportedRow {
  hubUserId: string;
  userId: string | null;
  action: ImportAction;
  fields: readonly string[];
  problem: ImportProblem | null;
  writtenAt: Date | null;
}

/** A page of what an import found that is not as it should be, in the order of the hub's ids; of one action, or all. */
export async function listImported(
  { db }: { db: Database | Tx },
  filter: { tenant: string; id: string; after: string | null; limit: number; action?: ImportAction | undefined },
): Promise<readonly ImportedRow[]> {
  const { tenant, id, after, limit, action = null } = filter;
  const { rows } = await sql<ImportedRow>`
    select hub_user_id as "hubUserId", okta_user_id as "userId", action, fields,
      imported_people.problem, written_at as "writtenAt"
    from imported_people join comparisons on comparisons.id = import_id
    where tenant = ${tenant} and import_id = ${id} and action <> 'none'
      and (${after}::text is null or hub_user_id > ${after}) and (${action}::text is null or action = ${action})
    order by hub_user_id limit ${limit}`.execute(db);
  return rows;
}

/** How many rows have each end, by `action`, and how many of them were written or refused by then. */
export interface ImportCount {
  action: ImportAction;
  people: number;
  written: number;
  refused: number;
}

export async function countImported(
  { db }: { db: Database | Tx },
  { tenant, ids }: { tenant: string; ids: readonly string[] },
): Promise<ReadonlyMap<string, readonly ImportCount[]>> {
  const { rows } = await sql<ImportCount & { id: string }>`
    select import_id as id, action, count(*)::int as people,
      (count(*) filter (where written_at is not null and imported_people.problem is null))::int as written,
      (count(*) filter (where imported_people.problem is not null))::int as refused
    from imported_people join comparisons on comparisons.id = import_id
    where tenant = ${tenant} and import_id = any(${[...ids]}::text[]) and action <> 'none'
    group by import_id, action order by import_id, action`.execute(db);
  return groupById(rows);
}

function groupById(rows: readonly (ImportCount & { id: string })[]): Map<string, ImportCount[]> {
  const byId = new Map<string, ImportCount[]>();
  for (const { id, ...count } of rows) byId.set(id, [...(byId.get(id) ?? []), count]);
  return byId;
}
