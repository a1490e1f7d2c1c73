import type { MirrorStateName } from '@keycourier/journey/hub/person-changes';
import type { FinishedMirror, HubClaim, MirrorAttempt, MirrorResult } from '@keycourier/journey/ports/hub';
import { sql } from 'kysely';
import pg from 'pg';

import { isRunning } from '../attempts/finish-attempt.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { priorities } from '../outbox/add-messages.ts';
import { sealedContext } from '../sealed-columns.ts';
import { grantAfterMove } from '../shipments/grant-slots.ts';
import { followPushIn } from './key-people.ts';
import { claimHub, removeHubMessage } from './lease.ts';
import { mirrorLease, mirrorTimes } from './mirrors.ts';
import { requireMembershipsOf } from './require-groups.ts';

export interface MirrorRequest {
  id: string;
  dispatchId: string | null;
  leaseMs: number;
}

/** Claims a person for one attempt: a person is pushed by one worker at a time. */
export const claimMirror = (ledger: Ledger, request: MirrorRequest): Promise<HubClaim<MirrorAttempt>> =>
  claimHub<MirrorAttempt>(ledger, mirrorLease, {
    ...request,
    read: (tx) => lockMirror(ledger, tx, request.id),
    make: (row, lease) => ({ ...row, ...lease }),
  });

type MirrorRow = Omit<MirrorAttempt, 'leaseId' | 'failures'>;

async function lockMirror(ledger: Ledger, tx: Tx, id: string): Promise<MirrorRow | null> {
  const row = await tx
    .selectFrom('mirrors')
    .select(['id', 'tenant', 'okta_user_id', 'state', 'hub_org', 'hub_user_id', 'creating_login'])
    .select(['is_forced', 'version', 'written_version'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id,
    tenant: row.tenant,
    userId: row.okta_user_id,
    state: row.state,
    hubOrg: row.hub_org,
    hubUserId: row.hub_user_id,
    creatingLogin:
      row.creating_login === null ? null : ledger.sealing.unseal(row.creating_login, sealedContext.creatingLogin(id)),
    isForced: row.is_forced,
    isFirst: row.written_version === null,
    version: row.version,
  };
}

interface FoundUser {
  hubOrg: string;
  hubUserId: string;
}

/** Whether a hub's user is the mirror of another person, of this spoke or another one. */
export async function isMirrorOfOthers(ledger: Ledger, { id }: MirrorAttempt, found: FoundUser): Promise<boolean> {
  const other = await ledger.db
    .selectFrom('mirrors')
    .select('id')
    .where('hub_org', '=', found.hubOrg)
    .where('hub_user_id', '=', found.hubUserId)
    .where('id', '<>', id)
    .executeTakeFirst();
  return other !== undefined;
}

/**
 * Commits that a user with this login is about to be created, in a hub where the person has none. False for an attempt that
 * has lost its lease.
 */
export async function noteCreating(ledger: Ledger, { id, leaseId }: MirrorAttempt, login: string): Promise<boolean> {
  const { numUpdatedRows } = await ledger.db
    .updateTable('mirrors')
    .set({
      state: 'creating',
      creating_login: ledger.sealing.seal(login, sealedContext.creatingLogin(id)),
      hub_org: null,
      hub_user_id: null,
    })
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Commits whose mirror a hub's user is. False where another person, or another attempt at this one, came first. */
export async function linkMirror(
  ledger: Ledger,
  { id, tenant, userId, leaseId }: MirrorAttempt,
  { hubOrg, hubUserId, state }: FoundUser & { state: MirrorStateName },
): Promise<boolean> {
  try {
    return await ledger.db.transaction().execute(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('mirrors')
        .set({ hub_org: hubOrg, hub_user_id: hubUserId, state, creating_login: null })
        .where('id', '=', id)
        .where('lease_id', '=', leaseId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      // The groups of the person that are pushed waited for this.
      await requireMembershipsOf(tx, { tenant, userId, priority: priorities.batch });
      return true;
    });
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'mirrors_of_hub')
      return false;
    throw error;
  }
}

/**
 * Records how an attempt ended. Where the person is due anew by now, its lease goes on for the next round; an attempt that
 * lost its lease records nothing.
 */
export async function finishMirror(
  ledger: Ledger,
  attempt: MirrorAttempt,
  result: MirrorResult,
): Promise<FinishedMirror> {
  const { id, leaseId } = attempt;
  let [isAwaited, isLifted] = [false, false];
  const finished = await ledger.db.transaction().execute(async (tx): Promise<FinishedMirror> => {
    const row = await tx
      .selectFrom('mirrors')
      .select(['version', 'written_version', 'is_forced', 'hub_org', 'hub_user_id', 'problem'])
      .where('id', '=', id)
      .where('lease_id', '=', leaseId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return { outcome: 'ended' };
    const isOutdated = row.version !== attempt.version;
    if (result.isForgotten && !isOutdated) {
      await removeHubMessage(tx, { id, step: mirrorLease.step });
      await tx.deleteFrom('mirrors').where('id', '=', id).execute();
      return { outcome: 'ended' };
    }
    await recordResult(ledger, tx, { attempt, result, isOutdated });
    if (isOutdated) {
      const [known, { state }] = [{ hubOrg: row.hub_org, hubUserId: row.hub_user_id }, result];
      const isForced = row.is_forced && !hasServedForce(attempt, result);
      const again = { ...attempt, ...known, state, creatingLogin: null, isForced, version: row.version };
      return { outcome: 'changed', attempt: again };
    }
    await removeHubMessage(tx, { id, step: mirrorLease.step });
    isAwaited = await wakeChecks(tx, attempt);
    const isNews = result.wrote || row.problem !== null || row.written_version !== attempt.version;
    if (result.problem === null && result.state === 'linked' && row.hub_user_id !== null)
      isLifted = await followPushIn(ledger, tx, { ...attempt, hubUserId: row.hub_user_id, isNews });
    return { outcome: 'ended' };
  });
  if (isLifted) await grantAfterMove(ledger, attempt.tenant);
  if (isAwaited || isLifted) ledger.notifier.notify();
  return finished;
}

/** What an operator asked for was done: who asks for less meanwhile does not ask for it again, and the hub may have undone it. */
const hasServedForce = ({ isForced }: MirrorAttempt, { problem }: MirrorResult): boolean =>
  isForced && problem === null;

/** The checks of requests for the person's key wait for the end of the push. @returns whether one did */
async function wakeChecks(tx: Tx, { tenant, userId }: MirrorAttempt): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('outbox')
    .set({ due_at: sql`now()` })
    .where('step', '=', 'check-profile')
    .where('published_at', 'is', null)
    .where('subject_id', 'in', (from) =>
      from.selectFrom('shipments').select('id').where('tenant', '=', tenant).where('okta_user_id', '=', userId),
    )
    .where(({ not }) => not(isRunning))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Of a profile; another one in each tenant, so that equal profiles are not seen to be equal. */
export const contentHash = ({ sealing }: Pick<Ledger, 'sealing'>, tenant: string, content: string): string =>
  sealing.blindIndex(['hub profile', tenant, content].join('\n'));

async function recordResult(
  ledger: Ledger,
  tx: Tx,
  { attempt, result, isOutdated }: { attempt: MirrorAttempt; result: MirrorResult; isOutdated: boolean },
): Promise<void> {
  const { problem, fields, content, wrote, state } = result;
  const [now, isSo] = [ledger.now(), problem === null];
  // A tenth of jitter: people who were refused together are not all tried together for ever.
  const retry = sql<Date>`now() + ${mirrorTimes.problemRetryMs} * (0.95 + random() / 10) * interval '1 ms'`;
  // One who is as required is compared with all others of the link.
  const checkDueAt = isSo ? null : retry;
  await tx
    .updateTable('mirrors')
    .set({
      state,
      creating_login: null,
      ...(isSo
        ? {
            written_version: attempt.version,
            written_hash: content === null ? null : contentHash(ledger, attempt.tenant, content),
          }
        : {}),
      ...(wrote ? { written_at: now } : {}),
      ...(result.drift === null ? {} : { drift: [...result.drift] }),
      problem,
      problem_fields: isSo ? null : [...fields],
      problem_since: isSo
        ? null
        : sql<Date>`case when problem = ${problem} then problem_since else ${now}::timestamptz end`,
      ...(hasServedForce(attempt, result) ? { is_forced: false } : {}),
      ...(isOutdated ? {} : { is_forced: false, lease_id: null, leased_until: null, check_due_at: checkDueAt }),
    })
    .where('id', '=', attempt.id)
    .execute();
}
