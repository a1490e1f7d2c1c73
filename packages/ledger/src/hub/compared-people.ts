import { comparedActions, type KnownPerson } from '@keycourier/journey/hub/compare-people';
import { hubPersonProblems, initialStatuses, mirrorStates } from '@keycourier/journey/hub/person-changes';
import type { ComparisonAttempt, ComparisonCounts, ComparisonPort } from '@keycourier/journey/ports/hub-comparisons';
import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { priorities } from '../outbox/add-messages.ts';
import { loginIndex, recordPage } from './comparisons.ts';
import { requirePeople } from './mirrors.ts';
import { contentHash } from './push-mirror.ts';

/** Whether anyone is assigned by themselves whom the pages of groups did not have. */
export async function hasUnread({ db }: Pick<Ledger, 'db'>, { id, tenant }: ComparisonAttempt): Promise<boolean> {
  const { rows } = await sql`
    select from link_assignments where tenant = ${tenant} and subject_kind = 'person' and not exists (
      select from compared_people where comparison_id = ${id} and okta_user_id = spoke_id
    ) limit 1`.execute(db);
  return rows.length > 0;
}

type SpokePage = Parameters<ComparisonPort['recordSpoke']>[1];

/** Records a page of the spoke: hashes of what the hub should have, beside what is known of the people. */
export async function recordSpoke(ledger: Ledger, attempt: ComparisonAttempt, page: SpokePage): Promise<void> {
  const write = async (tx: Tx): Promise<ComparisonCounts> => {
    await insertRead(ledger, tx, { attempt, page });
    if (page.isLast) await insertUnassigned(tx, attempt, page.hubOrg);
    return {};
  };
  await recordPage(ledger, attempt, { ...page.next, write });
}

async function insertRead(
  ledger: Ledger,
  tx: Tx,
  { attempt: { id, tenant }, page }: { attempt: ComparisonAttempt; page: SpokePage },
): Promise<void> {
  const { people, hubOrg, isOfGroup } = page;
  const hashes = people.map(({ content }) => contentHash(ledger, tenant, content));
  const logins = people.map(({ login }) => (login === null ? null : loginIndex(ledger, tenant, login)));
  await sql`
    insert into compared_people (comparison_id, okta_user_id, hub_user_id, wanted_hash, login_index, is_present)
    select ${id}, user_id, hub_user_id, hash, login, case when coalesce(has_key, false) then for_key else is_present end
    from unnest(${people.map(({ userId }) => userId)}::text[], ${hashes}::text[], ${logins}::text[],
      ${people.map(({ isPresent }) => isPresent)}::boolean[], ${people.map((one) => one.isPresentForKey)}::boolean[]
    ) as read (user_id, hash, login, is_present, for_key)
    left join link_assignments as own on own.tenant = ${tenant} and subject_kind = 'person' and spoke_id = user_id
    left join mirrors on mirrors.tenant = ${tenant} and okta_user_id = user_id and hub_org = ${hubOrg}
    where ${isOfGroup} or spoke_id is not null
    on conflict (comparison_id, okta_user_id) do update set hub_user_id = excluded.hub_user_id,
      wanted_hash = excluded.wanted_hash, login_index = excluded.login_index, is_present = excluded.is_present`.execute(
    tx,
  );
}

/** Those who have a user in the hub, and whom no page had: deactivated or deleted in the spoke, or not assigned any more. */
async function insertUnassigned(tx: Tx, { id, tenant }: ComparisonAttempt, hubOrg: string): Promise<void> {
  await sql`
    insert into compared_people (comparison_id, okta_user_id, hub_user_id, is_present)
    select ${id}, okta_user_id, hub_user_id, false from mirrors
    where tenant = ${tenant} and hub_org = ${hubOrg} and hub_user_id is not null
    on conflict (comparison_id, okta_user_id) do nothing`.execute(tx);
}

const knownSchema = z.strictObject({
  userId: z.string(),
  hubUserId: z.string().nullable(),
  isPresent: z.boolean(),
  wantedHash: z.string().nullable(),
  initialStatus: z.enum(initialStatuses).nullable(),
  state: z.enum(mirrorStates),
  isFirst: z.boolean(),
  problem: z.enum(hubPersonProblems).nullable(),
  isDue: z.boolean(),
});

/**
 * People of a run who are not compared yet, with what the ledger knows of them. Without a mirror of this hub they are new to it. How
 * each is assigned is looked up: joined, before there are statistics, Postgres reads all who are assigned for each of them.
 */
const selectKnown = ({ id, tenant }: ComparisonAttempt, hubOrg: string, where: RawBuilder<unknown>) => sql<KnownPerson>`
  select person.okta_user_id as "userId", person.hub_user_id as "hubUserId", is_present as "isPresent",
    wanted_hash as "wantedHash", coalesce(mirror.state, 'new') as state,
    (
      select initial_status from link_assignments
      where tenant = ${tenant} and subject_kind = 'person' and spoke_id = person.okta_user_id
    ) as "initialStatus",
    mirror.written_version is null as "isFirst", mirror.problem,
    coalesce(any_mirror.written_version is distinct from any_mirror.version and any_mirror.problem is null
      and any_mirror.id is not null and any_mirror.lease_id is null, false) as "isDue"
  from compared_people as person
  left join mirrors as any_mirror on any_mirror.tenant = ${tenant} and any_mirror.okta_user_id = person.okta_user_id
  left join mirrors as mirror on mirror.id = any_mirror.id and coalesce(mirror.hub_org, ${hubOrg}) = ${hubOrg}
  where comparison_id = ${id} and outcome is null and ${where}`;

/** The next people whom no page of the hub had. */
export async function unmatched(
  { db }: Pick<Ledger, 'db'>,
  attempt: ComparisonAttempt,
  { hubOrg, limit }: { hubOrg: string; limit: number },
): Promise<readonly KnownPerson[]> {
  const rest = sql`true order by person.okta_user_id limit ${limit}`;
  return z.array(knownSchema).parse((await selectKnown(attempt, hubOrg, rest).execute(db)).rows);
}

type ListedUsers = Parameters<ComparisonPort['match']>[2];

/** Whom these users of the hub may be: the person who has this user, or who has none and the same login. */
export async function matchUsers(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { hubOrg, users }: { hubOrg: string; users: ListedUsers },
): ReturnType<ComparisonPort['match']> {
  const { tenant } = attempt;
  const ids = users.map(({ id }) => id);
  const byLogin = new Map(
    users.flatMap(({ id, login }) => (login === null ? [] : [[loginIndex(ledger, tenant, login), id] as const])),
  );
  const matched = sql<{ loginIndex: string | null }>`(person.hub_user_id = any(${ids}::text[])
    or (person.hub_user_id is null and login_index = any(${[...byLogin.keys()]}::text[])))`;
  const { rows } = await selectKnown(attempt, hubOrg, matched).execute(ledger.db);
  const people = z.array(knownSchema).parse(rows);
  const logins = await readLogins(ledger, attempt, people);
  const owners = await readOwners(ledger, { tenant, hubOrg, ids });
  return people.flatMap((known) => {
    const hubUserId = known.hubUserId ?? byLogin.get(logins.get(known.userId) ?? '');
    if (hubUserId === undefined) return [];
    const owner = owners.get(hubUserId);
    return [{ known, hubUserId, isOthers: owner !== undefined && owner !== known.userId }];
  });
}

async function readLogins(
  { db }: Pick<Ledger, 'db'>,
  { id }: ComparisonAttempt,
  people: readonly KnownPerson[],
): Promise<ReadonlyMap<string, string>> {
  const unlinked = people.flatMap(({ userId, hubUserId }) => (hubUserId === null ? [userId] : []));
  if (unlinked.length === 0) return new Map();
  const rows = await db
    .selectFrom('compared_people')
    .select(['okta_user_id', 'login_index'])
    .where('comparison_id', '=', id)
    .where('okta_user_id', 'in', unlinked)
    .execute();
  return new Map(rows.map((row) => [row.okta_user_id, row.login_index ?? '']));
}

/** Whose mirrors these users of the hub are: a person of this spoke, or null for one of another. */
async function readOwners(
  { db }: Pick<Ledger, 'db'>,
  { tenant, hubOrg, ids }: { tenant: string; hubOrg: string; ids: readonly string[] },
): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await sql<{ hubUserId: string; userId: string | null }>`
    select hub_user_id as "hubUserId", case when tenant = ${tenant} then okta_user_id end as "userId" from mirrors
    where hub_org = ${hubOrg} and hub_user_id = any(${[...ids]}::text[])`.execute(db);
  return new Map(rows.map(({ hubUserId, userId }) => [hubUserId, userId]));
}

type HubPage = Parameters<ComparisonPort['recordHub']>[1];

/** Records how people compare. Those who are as wanted are deleted; who differs stays for the report, and is made due. */
export async function recordHub(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { rows, endsAbsent, next }: HubPage,
): Promise<void> {
  const due = attempt.isDryRun ? [] : rows.flatMap(({ userId, isDue }) => (isDue ? [userId] : []));
  const write = async (tx: Tx): Promise<ComparisonCounts> => {
    await writeRows(tx, attempt, { rows, due });
    const absent = endsAbsent ? await deleteAbsent(tx, attempt) : 0;
    await requirePeople(tx, { tenant: attempt.tenant, userIds: due, priority: priorities.batch });
    return { ...countsOf(rows), compared: rows.length + absent, due: due.length };
  };
  await recordPage(ledger, attempt, { ...next, write });
}

async function writeRows(
  tx: Tx,
  { id }: ComparisonAttempt,
  { rows, due }: { rows: HubPage['rows']; due: readonly string[] },
): Promise<void> {
  const [asWanted, others] = [
    rows.flatMap(({ userId, outcome, isDue }) => (outcome === null && !isDue ? [userId] : [])),
    rows.filter(({ outcome, isDue }) => outcome !== null || isDue),
  ];
  await sql`
    delete from compared_people where comparison_id = ${id} and okta_user_id = any(${asWanted}::text[])`.execute(tx);
  await sql`
    update compared_people as person set outcome = row.outcome, hub_user_id = row.hub_user_id, is_off = row.is_off,
      is_due = row.user_id = any(${[...due]}::text[])
    from unnest(${others.map(({ userId }) => userId)}::text[], ${others.map((row) => row.outcome)}::text[],
      ${others.map(({ hubUserId }) => hubUserId)}::text[], ${others.map(({ isOff }) => isOff)}::boolean[]
    ) as row (user_id, outcome, hub_user_id, is_off)
    where comparison_id = ${id} and okta_user_id = row.user_id`.execute(tx);
}

async function deleteAbsent(tx: Tx, { id }: ComparisonAttempt): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('compared_people')
    .where('comparison_id', '=', id)
    .where('outcome', 'is', null)
    .where('is_present', '=', false)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Everything that a report may say. */
export const comparedOutcomes = [...comparedActions, ...hubPersonProblems] as const;

/** By outcome; those that a part of the link would change that is off are counted apart as well. */
function countsOf(rows: HubPage['rows']): ComparisonCounts {
  const counts: Record<string, number> = { off: rows.filter(({ isOff }) => isOff).length };
  for (const { outcome } of rows) if (outcome !== null) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
