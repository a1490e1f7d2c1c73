import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { Tables } from '../tables.ts';

/** Who looks into a held shipment, and until when it is left alone. It is for operators: no step waits for it. */
export interface HoldClaim {
  claimedBy: string | null;
  claimedAt: Date | null;
  snoozedBy: string | null;
  snoozedUntil: Date | null;
}

export interface HoldComment {
  id: string;
  operator: string;
  at: Date;
  text: string;
}

/** Whose shipment it is about, and who acts. */
interface By {
  tenant: string;
  shipmentId: string;
  operator: string;
}

export const maxCommentLength = 2_000;
export const maxSnoozeDays = 90;

/** `not_held`: the tenant has no such shipment that is held. */
export type ClaimResult = 'done' | 'claimed_by_another' | 'not_held';

/** Claims a held shipment for an operator; `takeOver` also from another one. A claim of an earlier hold is none. */
export async function claimHold(
  ledger: Pick<Ledger, 'db' | 'now'>,
  { tenant, shipmentId, operator }: By,
  { takeOver = false }: { takeOver?: boolean } = {},
): Promise<ClaimResult> {
  const { rows } = await sql`
    insert into hold_claims as known (shipment_id, tenant, claimed_by, claimed_at)
    select id, tenant, ${operator}, ${ledger.now()} from shipments
    where id = ${shipmentId} and tenant = ${tenant} and hold_code is not null
    on conflict (shipment_id) do update set claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at
    where known.claimed_by is null or known.claimed_by = excluded.claimed_by or ${takeOver}
      or known.claimed_at < (select hold_since from shipments where id = ${shipmentId})
    returning shipment_id`.execute(ledger.db);
  if (rows.length > 0) return 'done';
  return (await isHeld(ledger, { tenant, shipmentId })) ? 'claimed_by_another' : 'not_held';
}

async function isHeld({ db }: Pick<Ledger, 'db'>, { tenant, shipmentId }: Omit<By, 'operator'>): Promise<boolean> {
  const row = await db
    .selectFrom('shipments')
    .select('id')
    .where('id', '=', shipmentId)
    .where('tenant', '=', tenant)
    .where('hold_code', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives a claim up. @returns false where the operator has none */
export async function releaseHold({ db }: Pick<Ledger, 'db'>, { tenant, shipmentId, operator }: By): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update hold_claims set claimed_by = null, claimed_at = null from shipments
    where shipment_id = ${shipmentId} and claimed_by = ${operator} and shipments.id = shipment_id and shipments.tenant = ${tenant}`.execute(
    db,
  );
  return (numAffectedRows ?? 0n) > 0n;
}

/** Leaves a held shipment out of what needs attention until `until`; null ends that. @returns false where it is not held */
export async function snoozeHold(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  { tenant, shipmentId, operator }: By,
  until: Date | null,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into hold_claims (shipment_id, tenant, snoozed_by, snoozed_at, snoozed_until)
    select id, tenant, ${until === null ? null : operator}, ${until === null ? null : now()}::timestamptz, ${until}::timestamptz
    from shipments where id = ${shipmentId} and tenant = ${tenant} and hold_code is not null
    on conflict (shipment_id) do update set tenant = excluded.tenant, snoozed_by = excluded.snoozed_by,
      snoozed_at = excluded.snoozed_at, snoozed_until = excluded.snoozed_until`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

/** More snoozes of a tenant have no effect. */
export const maxSnoozed = 1_000;

/** The ids of a tenant's held shipments that are snoozed until after `now`: by an index of the snoozes, not of shipments. */
export const snoozedIn = (tenant: string, now: Date): RawBuilder<{ id: string }> => sql`
  select held.id from hold_claims join shipments as held on held.id = hold_claims.shipment_id
  where hold_claims.tenant = ${tenant} and snoozed_until > ${now} and held.hold_code is not null and not held.dry_run
    and snoozed_at >= held.hold_since
  order by snoozed_until limit ${maxSnoozed}`;

/** Adds a comment to a shipment. @returns null where the tenant has no such shipment */
export async function commentHold(
  { db, now, sealing }: Pick<Ledger, 'db' | 'now' | 'sealing'>,
  { tenant, shipmentId, operator }: By,
  text: string,
): Promise<HoldComment | null> {
  const comment = { id: newId('cmt'), operator, at: now(), text: text.slice(0, maxCommentLength) };
  const sealed = sealing.seal(comment.text, sealedContext.holdComment(comment.id));
  const { numAffectedRows } = await sql`
    insert into hold_comments (id, shipment_id, operator, at, sealed)
    select ${comment.id}, id, ${operator}, ${comment.at}, ${sealed} from shipments
    where id = ${shipmentId} and tenant = ${tenant}`.execute(db);
  return (numAffectedRows ?? 0n) > 0n ? comment : null;
}

/** The comments on a shipment, oldest first. */
export async function readComments(
  { db, sealing }: Pick<Ledger, 'db' | 'sealing'>,
  tenant: string,
  shipmentId: string,
): Promise<readonly HoldComment[]> {
  const rows = await db
    .selectFrom('hold_comments')
    .innerJoin('shipments', 'shipments.id', 'shipment_id')
    .select(['hold_comments.id', 'operator', 'at', 'sealed'])
    .where('shipment_id', '=', shipmentId)
    .where('tenant', '=', tenant)
    .orderBy('hold_comments.id')
    .execute();
  return rows.map(({ sealed, ...row }) => ({
    ...row,
    text: sealing.unseal(sealed, sealedContext.holdComment(row.id)),
  }));
}

/**
 * The claims on shipments that are held, by the shipment's id: one query for any number of them. What operators did about an
 * earlier hold ended with that hold.
 */
export async function readClaims(
  db: Kysely<Tables>,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, HoldClaim>> {
  if (shipmentIds.length === 0) return new Map();
  const { rows } = await sql<HoldClaim & { id: string }>`
    select shipment_id as id,
      case when ${isOfThisHold('claimed_at')} then claimed_by end as "claimedBy",
      case when ${isOfThisHold('claimed_at')} then claimed_at end as "claimedAt",
      case when ${isOfThisHold('snoozed_at')} then snoozed_by end as "snoozedBy",
      case when ${isOfThisHold('snoozed_at')} then snoozed_until end as "snoozedUntil"
    from hold_claims join shipments on shipments.id = shipment_id
    where shipment_id = any(${[...shipmentIds]}::text[]) and hold_code is not null`.execute(db);
  return new Map(rows.map(({ id, ...claim }) => [id, claim]));
}

const isOfThisHold = (column: 'claimed_at' | 'snoozed_at'): RawBuilder<unknown> =>
  sql`coalesce(${sql.ref(column)} >= hold_since, false)`;
