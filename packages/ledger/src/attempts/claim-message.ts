import type { StepName } from '@keycourier/journey/model/plan';
import type { SeenUser } from '@keycourier/journey/model/seen-user';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { StepAttempt, TenantAtBegin } from '@keycourier/journey/ports/ledger';
import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { flowsOff } from '../flows/flows-off.ts';
import { newId } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import { decryptRow, rowVersion, sealedSecrets, withVersion, type SealedRow } from '../shipments/decrypt-row.ts';
import { isUnchanged } from '../shipments/lock-shipment.ts';
import { isSlotReleasable } from '../shipments/plan-predicates.ts';
import { allColumns } from '../shipments/shipments-table.ts';
import type { Tables } from '../tables.ts';

export interface ClaimRequest {
  step: StepName;
  shipmentId: string;
  dispatchId: string | null;
  leaseMs: number;
}

/** What an attempt knows of its tenant, to be selected with what begins it. Each person who was added has left a row in `directory_sizes`. */
export const tenantAtBegin = (
  tenant: RawBuilder<unknown>,
): RawBuilder<TenantAtBegin> => sql`${flowsOff(tenant)} as "flowsOff",
  exists (select from directory_sizes where directory_sizes.tenant = ${tenant}) as "hasDirectory"`;

interface Claimed extends SealedRow, TenantAtBegin {
  attempt: number;
  failed: number;
  isUserUnchanged?: boolean;
}

/** Of a row of `outbox`: the message of this step, where neither a pause nor a running attempt forbids a claim. */
export const isHandedOut = ({ step, shipmentId, dispatchId }: ClaimRequest): RawBuilder<unknown> => sql`
  subject_id = ${shipmentId} and step = ${step}
  and (${dispatchId}::bigint is null or dispatch_id = ${dispatchId}::bigint)
  and (is_probe or not exists (select from tenants where name = outbox.tenant and paused_until > statement_timestamp()))
  and not exists (select from step_attempts where shipment_id = ${shipmentId} and step = ${step} and ended_at is null)`;

/** A slot in which no call was begun is released while the flow is off. */
export const isRefusedByFlow = sql<boolean>`(${isSlotReleasable} and exists (
  select from flows where tenant = shipments.tenant and slug = 'process-shipments' and not enabled
))`;

/** The caller's transaction has written the row: what it knows of the shipment is what is there. */
const isWrittenHere = sql`and xmin = pg_current_xact_id_if_assigned()::xid`;

/**
 * Claims a step whose message exists, in one statement: the message says that the step is next, since each move makes the
 * messages those of the next steps. With `known`, which is the shipment as the caller's transaction wrote it, the message
 * stays unpublished: it is due when the lease ends.
 * @returns null where something refuses the claim, and nothing was written
 */
export async function claimMessage(
  ledger: Ledger,
  db: Kysely<Tables>,
  request: Omit<Claim, 'id'>,
): Promise<StepAttempt | null> {
  const claim = { ...request, id: newId('run') };
  const { rows } = await claiming(ledger, claim).execute(db);
  return claimedOf(ledger, claim, rows);
}

/** `seen` is kept for the attempt where nothing may have changed the user since. */
export type Claim = ClaimRequest & {
  id: string;
  known?: Shipment;
  seen?: { user: SeenUser; isUnchanged: RawBuilder<boolean> } | undefined;
};

export function claimedOf(ledger: Ledger, claim: Claim, [row]: readonly Claimed[]): StepAttempt | null {
  if (row === undefined) return null;
  const { step, id, known, seen } = claim;
  const { attempt: number, failed: failures, flowsOff: off, hasDirectory, isUserUnchanged, ...sealed } = row;
  if (known !== undefined && sealed.version !== undefined) withVersion(known, sealed.version);
  const shipment = known ?? decryptRow(ledger, sealed);
  const attempt = { step, shipment, number, failures, id, flowsOff: off, hasDirectory };
  return seen === undefined || isUserUnchanged !== true ? attempt : { seen: seen.user, ...attempt };
}

/** The statement of {@link claimMessage}, of which {@link claimedOf} reads the rows. */
export function claiming(ledger: Ledger, request: Claim): RawBuilder<Claimed> {
  const { step, shipmentId, leaseMs, known, seen, id } = request;
  const lease = sql`${leaseMs}::float8 * interval '1 ms'`;
  const taken =
    known === undefined ? sql`published_at = coalesce(published_at, now())` : sql`due_at = now() + ${lease}`;
  const columns =
    known === undefined ? sql`${allColumns}, ${rowVersion}, ${sealedSecrets}` : sql`shipments.id, ${rowVersion}`;
  // Of two claims at once the second waits for the message's lock, and finds another number of attempts.
  return sql<Claimed>`${prepared}
    with seen as (
      select tenant, attempts, dispatch_id from outbox where ${isHandedOut(request)}
    ), shipment as (
      select ${columns}, ${isUnchanged} from shipments
      where id = ${shipmentId} and exists (select from seen) and not ${isRefusedByFlow} ${known === undefined ? sql`` : isWrittenHere}
      for no key update
    ), claimed as (
      update outbox set attempts = outbox.attempts + 1, ${taken} from seen
      where subject_id = ${shipmentId} and step = ${step} and outbox.attempts = seen.attempts
        and outbox.dispatch_id = seen.dispatch_id and exists (select from shipment where "isUnchanged")
      returning outbox.attempts, outbox.failures
    ), started as (
      insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until)
      select ${id}, ${shipmentId}, ${step}, attempts, ${ledger.now()}, statement_timestamp() + ${lease} from claimed
    )
    select shipment.*, claimed.attempts as attempt, claimed.failures as failed, ${tenantAtBegin(sql`seen.tenant`)}
      ${seen === undefined ? sql`` : sql`, ${seen.isUnchanged} as "isUserUnchanged"`}
    from shipment, claimed, seen`;
}

/** Takes back a claim of a step that is not next, whose message an upgrade may have left. */
export async function withdrawClaim(db: Kysely<Tables>, { id }: StepAttempt): Promise<void> {
  await db.deleteFrom('step_attempts').where('id', '=', id).execute();
}
