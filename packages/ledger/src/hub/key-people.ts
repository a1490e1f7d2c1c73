import type { Shipment } from '@keycourier/journey/model/shipment';
import type { HubPerson } from '@keycourier/journey/ports/hub-keys';
import { followPush } from '@keycourier/journey/requests/recheck';
import { sql } from 'kysely';

import type { Database, Ledger, Tx } from '../connect-ledger.ts';
import { priorityOf } from '../outbox/add-messages.ts';
import { moveAll } from '../shipments/move.ts';
import { mirrorLease, requireKnownPeople, requirePeople } from './mirrors.ts';

interface Known {
  hubUserId: string | null;
  problem: string | null;
  isDue: boolean;
  isLinked: boolean;
}

async function readKnown(db: Database | Tx, tenant: string, userId: string): Promise<Known | null> {
  const row = await db
    .selectFrom('mirrors')
    .select(['hub_user_id as hubUserId', 'problem'])
    .select(
      sql<boolean>`case when problem is null then written_version is distinct from version
        else check_due_at <= now() end`.as('isDue'),
    )
    .select(sql<boolean>`state = 'linked'`.as('isLinked'))
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .executeTakeFirst();
  return row ?? null;
}

async function readSourced(db: Database | Tx, tenant: string, userId: string): Promise<string | null> {
  const row = await db
    .selectFrom('sourced_people')
    .select('hub_user_id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where('state', '=', 'linked')
    .executeTakeFirst();
  return row?.hub_user_id ?? null;
}

/** What is known of a person's user in the hub; nothing is made due. */
export async function findHubPerson({ db }: Pick<Ledger, 'db'>, tenant: string, userId: string): Promise<HubPerson> {
  // Where the hub is the source, imports know both users, and no one is pushed.
  const sourced = await readSourced(db, tenant, userId);
  if (sourced !== null) return { outcome: 'found', hubUserId: sourced };
  const known = await readKnown(db, tenant, userId);
  if (known === null) return { outcome: 'unknown' };
  // Also one with a problem whose push is due again: what comes of it is the answer.
  if (known.isDue) return { outcome: 'pending' };
  if (known.problem !== null) return { outcome: 'missing', reason: known.problem };
  if (known.hubUserId === null || !known.isLinked) return { outcome: 'unknown' };
  return { outcome: 'found', hubUserId: known.hubUserId };
}

/**
 * The same, and who is not in the hub is assigned to the link, as by an administrator, and pushed: a key is for one who can
 * sign in with it. A push that waits has the priority of the most urgent request for the person.
 */
export async function requireHubPerson(
  ledger: Ledger,
  request: Pick<Shipment, 'tenant' | 'trigger' | 'plan'>,
  userId: string,
): Promise<HubPerson> {
  const [{ tenant }, priority] = [request, priorityOf(request)];
  const found = await findHubPerson(ledger, tenant, userId);
  if (found.outcome === 'pending') await hasten(ledger.db, { tenant, userId, priority });
  if (found.outcome !== 'unknown') return found;
  const isNew = await ledger.db.transaction().execute(async (tx) => {
    const { numInsertedOrUpdatedRows = 0n } = await tx
      .insertInto('link_assignments')
      .values({ tenant, subject_kind: 'person', spoke_id: userId, assigned_by: 'key request', has_key: true })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'subject_kind', 'spoke_id'])
          .doUpdateSet({ has_key: true })
          .where('link_assignments.has_key', '=', false),
      )
      .executeTakeFirst();
    const isPushed = (await readKnown(tx, tenant, userId)) !== null;
    if (numInsertedOrUpdatedRows === 0n && isPushed) return false;
    await requirePeople(tx, { tenant, userIds: [userId], priority });
    return true;
  });
  if (!isNew) return afterPush(await findHubPerson(ledger, tenant, userId));
  ledger.notifier.notify();
  return { outcome: 'pending' };
}

/**
 * Pushes the person of a shipment that is retried because they were not in the hub. Whom the hub itself deactivated or deleted
 * stays so: that is decided for the person, not for one key.
 */
export async function pushForRetry(ledger: Ledger, { tenant, user, hold, ...request }: Shipment): Promise<void> {
  if (hold?.code !== 'hub_person_missing' || user.id === null) return;
  const due = { tenant, userIds: [user.id], priority: priorityOf(request) };
  if (await requireKnownPeople(ledger.db, due)) ledger.notifier.notify();
}

/** What is in a queue already is soon served. */
const hasten = (db: Database, person: { tenant: string; userId: string; priority: number }): Promise<unknown> =>
  sql`update outbox set priority = ${person.priority}::smallint from mirrors
    where mirrors.tenant = ${person.tenant} and okta_user_id = ${person.userId} and subject_id = mirrors.id
      and step = ${mirrorLease.step} and priority > ${person.priority} and published_at is null`.execute(db);

/** An assigned person whose push ended without a user: the link is not to create or to reactivate any. */
const afterPush = (found: HubPerson): HubPerson =>
  found.outcome === 'unknown' ? { outcome: 'missing', reason: 'not_pushed' } : found;

/**
 * A person was pushed: their shipments that are held because they were not in the hub go on. In the transaction of the push,
 * so that no kill parts the two. @returns whether a message is due that was not before
 */
export async function followPushIn(
  ledger: Ledger,
  tx: Tx,
  { tenant, userId, ...push }: { tenant: string; userId: string; hubUserId: string; isNews: boolean },
): Promise<boolean> {
  // Locked in one order before the first of them moves, as by an event about the person.
  const held = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .where('hold_code', '=', 'hub_person_missing')
    .orderBy('id')
    .forUpdate()
    .execute();
  if (held.length === 0) return false;
  const ids = held.map(({ id }) => id);
  return (await moveAll(ledger, tx, { ids, decide: (shipment) => followPush(shipment, push) })).isDue;
}
