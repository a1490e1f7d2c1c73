import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { addMessages, priorityInSql } from '../outbox/add-messages.ts';
import { prepared } from '../prepared.ts';
import { sendTogether } from '../transactions.ts';
import { isFirstCheckNext, isInSlot, isWaitingForSlot, stepInSlot } from './plan-predicates.ts';

/**
 * Grants free slots of a tenant to the shipments that wait longest (ARCHITECTURE.md, "One request at a time"). No job
 * polls for one. The tenant's row is locked to the end of the transaction, so that slots are counted by one at a time.
 *
 * The order is that of the requests: an earlier one that is still being checked keeps later ones back, but only for
 * `checkGraceMs`, or one unreadable profile would stop a whole tenant. One that is locked keeps them back too: waiting
 * for it could deadlock, so the transaction that holds its lock must call this before it ends.
 * @returns the ids of the shipments that got a slot; the relay must be notified of their messages
 */
export async function grantSlots(ledger: Ledger, tx: Tx, tenant: string): Promise<readonly string[]> {
  await lockSlots(tx, tenant);
  return grantLockedSlots(ledger, tx, tenant);
}

/** The same in a transaction of its own, which needs one round trip. */
export async function grantSlotsAlone(ledger: Ledger, tenant: string): Promise<void> {
  const granted = (await ledger.together([...lockingSlots(tenant), grantToWaiting(ledger, tenant)])).at(-1);
  if (granted !== undefined && granted.length > 0) ledger.notifier.notify();
}

/** The same where an earlier statement of the transaction has locked the tenant's row. */
export async function grantLockedSlots(ledger: Ledger, tx: Tx, tenant: string): Promise<readonly string[]> {
  const { rows } = await grantToWaiting(ledger, tenant).execute(tx);
  return rows.map(({ id }) => id);
}

/** A statement after the one that waited for the lock: it sees what other transactions of this tenant committed. */
export const grantToWaiting = (ledger: Ledger, tenant: string): RawBuilder<{ id: string }> => sql`${prepared}
    with slots as (
      select ${ledger.maxRequestsInFlight(tenant)}::bigint - count(*) as free from shipments where tenant = ${tenant} and ${isInSlot}
    ), first_to_check as (
      -- In the order of its index: before the table is analyzed, any index of the tenant seems as good, and is read as a whole.
      select min(position) as position from (
        select position from shipments
        where tenant = ${tenant} and ${isFirstCheckNext}
          and created_at > now() - ${ledger.checkGraceMs}::float8 * interval '1 ms' order by created_at
      ) as unchecked
    ), next as (
      select id, row_number() over (order by position) as nth from (
        select id, position from shipments
        where tenant = ${tenant} and ${isWaitingForSlot}
          and position < coalesce((select position from first_to_check), 9223372036854775807)
          and exists (select from tenants where name = ${tenant} and coalesce(paused_until <= now(), true))
          and not exists (select from flows where tenant = ${tenant} and slug = 'process-shipments' and not enabled)
        order by position limit (select greatest(free, 0) from slots)
      ) as waiting
    ), locked as (
      select shipments.id from shipments where id = any(array(select id from next)) and ${isWaitingForSlot} for update skip locked
    ), reached as (
      select id, nth, row_number() over (order by nth) as reached from next join locked using (id)
    ), granted as (
      update shipments set in_slot = true, updated_at = ${ledger.now()} from reached
      where shipments.id = reached.id and reached = nth
      returning shipments.id, tenant, order_state, position, trigger, dry_run
    ), messages as (
      ${addMessages(sql`select id, ${stepInSlot}, tenant, ${priorityInSql} from granted order by position`)}
    )
    select id from granted`;

interface Look {
  running: Promise<void>;
  /** The one that begins when it has ended. */
  next: Promise<void> | null;
}

/** By ledger and tenant. */
const looks = new WeakMap<Ledger, Map<string, Look>>();

/**
 * Looks after the commit of a move whether a slot can be granted, and grants it. The move itself did not wait for the
 * tenant's row: of two moves, one that frees a slot and one that leaves a shipment waiting, the later to commit sees both. Calls at
 * once share one look. What a look misses because it fails, or its process ends before it, the sweep grants.
 */
export function grantFreed(ledger: Ledger, tenant: string): Promise<void> {
  const known = looks.get(ledger) ?? new Map<string, Look>();
  looks.set(ledger, known);
  const begin = (): Promise<void> => {
    const look: Look = { running: grantIfFree(ledger, tenant).catch(ledger.onWorkError), next: null };
    known.set(tenant, look);
    return look.running.then(() => {
      if (look.next === null) known.delete(tenant);
    });
  };
  const current = known.get(tenant);
  if (current === undefined) return begin();
  current.next ??= current.running.then(begin);
  return current.next;
}

/** {@link grantFreed} for a move: it returns meanwhile, where the ledger does not wait for grants. */
export async function grantAfterMove(ledger: Ledger, tenant: string): Promise<void> {
  await afterMove(ledger, grantFreed(ledger, tenant));
}

async function afterMove(ledger: Ledger, granting: Promise<unknown>): Promise<void> {
  if (ledger.waitsForGrants) return void (await granting);
  ledger.underWay.add(granting);
  void granting.finally(() => ledger.underWay.delete(granting));
}

/**
 * Runs the statement of a move, with the look of {@link grantAfterMove} behind it in the same piece: it sees the move committed. Where
 * a look is under way already, which others share, it follows that one.
 * @returns the rows of the statement
 */
export async function moveAndGrant(
  ledger: Ledger,
  tenant: string,
  move: RawBuilder<unknown>,
): Promise<readonly unknown[]> {
  const look = looks.get(ledger)?.get(tenant) === undefined ? lookIfCountable(ledger, tenant) : null;
  if (look === null) {
    const { rows } = await move.execute(ledger.db);
    await grantAfterMove(ledger, tenant);
    return rows;
  }
  let onLooked: (found: readonly unknown[]) => void = () => undefined;
  const looked = new Promise<readonly unknown[]>((resolve) => {
    onLooked = resolve;
  });
  const granting = looked
    .then((found) => (found.length === 0 ? undefined : grantSlotsAlone(ledger, tenant)))
    .catch(ledger.onWorkError);
  const rows = await ledger.followed([move, look], (error, found) => {
    if (error !== undefined) ledger.onWorkError(error);
    onLooked(found);
  });
  await afterMove(ledger, granting);
  return rows;
}

/** Null where the number of slots cannot be read: {@link grantFreed} reports why. */
function lookIfCountable(ledger: Ledger, tenant: string): RawBuilder<unknown> | null {
  try {
    return lookForFree(ledger, tenant);
  } catch {
    return null;
  }
}

const lookForFree = (ledger: Ledger, tenant: string): RawBuilder<unknown> => sql`${prepared}
  select from (select) as here
  where exists (select from shipments where tenant = ${tenant} and ${isWaitingForSlot})
    and (select count(*) from shipments where tenant = ${tenant} and ${isInSlot}) < ${ledger.maxRequestsInFlight(tenant)}::bigint`;

async function grantIfFree(ledger: Ledger, tenant: string): Promise<void> {
  const { rows } = await lookForFree(ledger, tenant).execute(ledger.db);
  if (rows.length > 0) await grantSlotsAlone(ledger, tenant);
}

const addTenant = (tenant: string): RawBuilder<unknown> => sql`${prepared}
  insert into tenants (name) select name from (select ${tenant}::text as name) as new
  where not exists (select from tenants where tenants.name = new.name) on conflict do nothing`;

const lockTenant = (tenant: string): RawBuilder<{ name: string }> =>
  sql`${prepared} select name from tenants where name = ${tenant} for update`;

/**
 * Granting and releasing slots locks the tenant's row, which the first of these adds where there is none. Shipments are locked before it, and
 * after it only without waiting.
 */
export const lockingSlots = (tenant: string): readonly RawBuilder<unknown>[] => [addTenant(tenant), lockTenant(tenant)];

/** The same in the caller's transaction. */
export async function lockSlots(tx: Tx, tenant: string): Promise<void> {
  await sendTogether(tx, [addTenant(tenant)], () => lockTenant(tenant).execute(tx));
}
