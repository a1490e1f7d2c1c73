import type { SourcePerson } from '@keycourier/journey/hub/import-changes';
import { contentOf } from '@keycourier/journey/hub/person-changes';
import type { ComparisonAttempt, ComparisonNext } from '@keycourier/journey/ports/hub-comparisons';
import type {
  ChangedPeople,
  ImportAttempt,
  ImportedPerson,
  ImportedRange,
  ImportPort,
  ImportSettings,
  ImportTarget,
  KnownTarget,
} from '@keycourier/journey/ports/hub-imports';
import { sql } from 'kysely';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { endComparison, loginIndex, recordPage } from './comparisons.ts';
import { contentHash } from './push-mirror.ts';
import { readHubSettings } from './settings.ts';
import { isOfHub, sourcingTimes } from './sourcing.ts';

export async function readImportSettings(ledger: { db: Database }, tenant: string): Promise<ImportSettings> {
  const { revision, sourcing, mapping, initialStatus, switches } = await readHubSettings(ledger, tenant);
  const { isOn, maxShare, everyMs: _, ...what } = sourcing;
  const seen = await sql<{ until: Date | null }>`
    select source_seen_until as until from hub_settings
    where tenant = ${tenant} and source_full_due_at > now()`.execute(ledger.db);
  return {
    revision,
    isOn,
    sourcing: what,
    mapping,
    initialStatus: initialStatus.create,
    sendEmail: switches.sendEmail,
    maxShare,
    seenUntil: seen.rows[0]?.until ?? null,
  };
}

async function forget(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('import_targets').where('import_id', '=', id).execute();
  await tx.deleteFrom('imported_people').where('import_id', '=', id).execute();
}

export async function restartImport(ledger: Ledger, attempt: ComparisonAttempt): Promise<void> {
  const write = async (tx: Tx) => {
    await forget(tx, attempt.id);
    return {};
  };
  const next = { phase: 'pending' as const, cursor: null, settingsRevision: null };
  await recordPage(ledger, { ...attempt, counts: {} }, { ...next, write });
}

export async function recordTargets(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { next, targets }: { next: ComparisonNext; targets: readonly ImportTarget[] },
): Promise<void> {
  const { id, tenant } = attempt;
  const rows = targets.map(({ userId, login, content, isPlain }) => ({
    import_id: id,
    okta_user_id: userId,
    login_index: loginIndex(ledger, tenant, login),
    content_hash: contentHash(ledger, tenant, content),
    is_plain: isPlain,
  }));
  const write = async (tx: Tx) => {
    // One who was changed while the pages were read may be on two of them.
    if (rows.length > 0)
      await tx
        .insertInto('import_targets')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['import_id', 'okta_user_id']).doNothing())
        .execute();
    return {};
  };
  await recordPage(ledger, attempt, { ...next, write });
}

/** Of those whom the run has not recorded: a page that is listed again has them once more. */
export async function findTargets(
  ledger: Ledger,
  { id, tenant }: ImportAttempt,
  people: readonly SourcePerson[],
): Promise<ReadonlyMap<string, KnownTarget>> {
  const wanted = people.map(({ id: hubUserId, profile }) => ({
    hubUserId,
    login: loginIndex(ledger, tenant, profile['login'] ?? ''),
    hash: contentHash(ledger, tenant, contentOf(profile)),
  }));
  const { rows } = await sql<{ hubUserId: string; state: 'creating' | 'linked' | 'left' | null } & Row>`
    select wanted.hub_user_id as "hubUserId", linked.state, linked.okta_user_id as "linkedId",
      coalesce(linked.okta_user_id, by_login.okta_user_id) as "userId",
      coalesce(case when linked.okta_user_id is null then by_login.is_plain and by_login.content_hash = wanted.hash
        else by_id.is_plain and by_id.content_hash = wanted.hash end, false) as "isSame"
    from unnest(${wanted.map(({ hubUserId }) => hubUserId)}::text[], ${wanted.map(({ login }) => login)}::text[],
      ${wanted.map(({ hash }) => hash)}::text[]) as wanted (hub_user_id, login, hash)
    left join sourced_people linked on linked.tenant = ${tenant} and linked.hub_user_id = wanted.hub_user_id
    left join import_targets by_id on by_id.import_id = ${id} and by_id.okta_user_id = linked.okta_user_id
    left join import_targets by_login on by_login.import_id = ${id} and by_login.login_index = wanted.login
    where not exists (
      select from imported_people where import_id = ${id} and imported_people.hub_user_id = wanted.hub_user_id
    )`.execute(ledger.db);
  return new Map(
    rows.map(({ hubUserId, state, linkedId, userId, isSame }) => [
      hubUserId,
      { link: state === null ? null : { userId: linkedId, state }, userId, isSame },
    ]),
  );
}

interface Row {
  linkedId: string | null;
  userId: string | null;
  isSame: boolean;
}

export async function recordImported(
  ledger: Ledger,
  attempt: ImportAttempt,
  { next, people }: { next: ComparisonNext; people: readonly ImportedPerson[] },
): Promise<void> {
  const rows = people.map(({ hubUserId, userId, action, fields, problem }) => ({
    import_id: attempt.id,
    hub_user_id: hubUserId,
    okta_user_id: userId,
    action,
    fields: [...fields],
    problem,
  }));
  const write = async (tx: Tx) => {
    if (rows.length > 0)
      await tx
        .insertInto('imported_people')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['import_id', 'hub_user_id']).doNothing())
        .execute();
    await nameOrg(tx, attempt, rows);
    return { people: rows.length };
  };
  await recordPage(ledger, attempt, { ...next, write });
}

/** Ids of users are unique in Okta: who is linked and is in this hub is of the same org under another name. */
async function nameOrg(
  tx: Tx,
  { tenant, hubOrg }: ImportAttempt,
  rows: readonly { hub_user_id: string }[],
): Promise<void> {
  const ids = rows.map((row) => row.hub_user_id);
  await sql`
    update sourced_people set hub_org = ${hubOrg}
    where tenant = ${tenant} and hub_user_id = any(${ids}::text[]) and hub_org is distinct from ${hubOrg}`.execute(tx);
}

/** Linked people of this hub whom none of its pages had. */
export async function readUnseen(
  { db }: Ledger,
  { id, tenant, hubOrg }: ImportAttempt,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select hub_user_id as id from sourced_people linked
    where tenant = ${tenant} and state = 'linked' and ${isOfHub(hubOrg)} and not exists (
      select from imported_people where import_id = ${id} and hub_user_id = linked.hub_user_id
    ) order by hub_user_id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Also those whom the run links count: a first import may change everyone. */
export async function countChanges({ db }: Ledger, { id, tenant, hubOrg }: ImportAttempt): Promise<ChangedPeople> {
  const { rows } = await sql<ChangedPeople>`
    select (count(*) filter (where action in ('update', 'reactivate', 'deactivate')))::int as changed,
      (count(*) filter (where linked.hub_user_id is null and action in ('link', 'update', 'reactivate')) + (
        select count(*) from sourced_people where tenant = ${tenant} and state = 'linked' and ${isOfHub(hubOrg)}
      ))::int as linked
    from imported_people found
    left join sourced_people linked on linked.tenant = ${tenant} and linked.hub_user_id = found.hub_user_id
      and linked.state = 'linked'
    where import_id = ${id}`.execute(db);
  return rows[0] ?? { linked: 0, changed: 0 };
}

/** What is as it should be is forgotten, and so is what was read of the spoke. */
async function forgetEqual(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('import_targets').where('import_id', '=', id).execute();
  await tx.deleteFrom('imported_people').where('import_id', '=', id).where('action', '=', 'none').execute();
}

export async function endReading(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { changes, to }: { changes: ChangedPeople; to: Parameters<ImportPort['endReading']>[2] },
): Promise<void> {
  const write = async (tx: Tx) => {
    await forgetEqual(tx, attempt.id);
    return { ...changes };
  };
  if (to.state === 'writing') await recordPage(ledger, attempt, { ...to.next, write });
  else await endComparison(ledger, attempt, { ...to, write });
}

export async function endImport(
  ledger: Ledger,
  attempt: ComparisonAttempt,
  { end, range: { since, until } }: { end: Parameters<ImportPort['end']>[1]; range: ImportedRange },
): Promise<void> {
  const { id, tenant, isDryRun } = attempt;
  const write = async (tx: Tx) => {
    await forgetEqual(tx, id);
    if (end.state !== 'ended' || isDryRun) return {};
    const everyone = since === null;
    await sql`
      update hub_settings set source_seen_until = ${until}, source_full_due_at =
        case when ${everyone} then now() + ${sourcingTimes.fullEveryMs} * interval '1 ms' else source_full_due_at end
      where tenant = ${tenant}
        and (${attempt.settingsRevision}::bigint is null or revision = ${attempt.settingsRevision}::bigint)`.execute(
      tx,
    );
    return {};
  };
  await endComparison(ledger, attempt, { ...end, write });
}
