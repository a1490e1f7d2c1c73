import type { StepAttempt, TenantAtBegin } from '@keycourier/journey/ports/ledger';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import { decryptRow, rowVersion, sealedSecrets, type SealedRow } from '../shipments/decrypt-row.ts';
import { allColumns } from '../shipments/shipments-table.ts';
import { isHandedOut, isRefusedByFlow, tenantAtBegin, type ClaimRequest } from './claim-message.ts';

/** What an attempt that nothing was written of yet has seen of its message. */
export interface Unclaimed {
  attempts: number;
  /** A message that was deleted and is there again has no attempts either, and another dispatch id. */
  dispatchId: string;
  startedAt: Date;
  /** Resolves when the claim that its lease asked for is made or refused. */
  claiming: Promise<boolean> | null;
}

const unclaimed = new WeakMap<StepAttempt, Unclaimed>();

export const unclaimedOf = (attempt: StepAttempt): Readonly<Unclaimed> | undefined => unclaimed.get(attempt);

/**
 * Begins an attempt that has no effect before its end: nothing is written. The statement that ends it claims it too, if no
 * other attempt at the step was claimed meanwhile; renewLease() claims it where it takes longer.
 * @returns null where something may refuse the claim
 */
export async function readUnclaimed(ledger: Ledger, request: ClaimRequest): Promise<StepAttempt | null> {
  const { step, shipmentId } = request;
  const { rows } = await sql<
    SealedRow & TenantAtBegin & { attempts: number; failed: number; dispatchId: string }
  >`${prepared}
    select ${allColumns}, ${rowVersion}, ${sealedSecrets}, seen.attempts, seen.failures as failed,
      seen.dispatch_id::text as "dispatchId", ${tenantAtBegin(sql`shipments.tenant`)}
    from shipments, (select attempts, failures, dispatch_id from outbox where ${isHandedOut(request)}) as seen
    where id = ${shipmentId} and not ${isRefusedByFlow}`.execute(ledger.db);
  const [row] = rows;
  if (row === undefined) return null;
  const { attempts, failed: failures, dispatchId, flowsOff, hasDirectory, ...sealed } = row;
  const shipment = decryptRow(ledger, sealed);
  const attempt = { step, shipment, number: attempts + 1, failures, id: newId('run'), flowsOff, hasDirectory };
  unclaimed.set(attempt, { attempts, dispatchId, startedAt: ledger.now(), claiming: null });
  return attempt;
}

/** Of a row of `outbox`: the attempt's message as it was when the attempt began. */
export const isAsSeen = ({ attempts, dispatchId }: Readonly<Unclaimed>): RawBuilder<unknown> =>
  sql`attempts = ${attempts} and dispatch_id = ${dispatchId}::bigint`;

/** No other attempt at the step was claimed since this one began. A condition on the shipment's row that is written. */
export const isStillOurs = (
  { step, shipment: { id } }: StepAttempt,
  begun: Readonly<Unclaimed>,
): RawBuilder<unknown> => sql`
  and exists (select from outbox where subject_id = ${id} and step = ${step} and ${isAsSeen(begun)})
  and not exists (select from step_attempts where shipment_id = ${id} and step = ${step} and ended_at is null)`;

/** Claims an attempt that has begun. False when another was claimed meanwhile. */
export function claimBegun(ledger: Ledger, attempt: StepAttempt, leaseMs: number): Promise<boolean> {
  const begun = unclaimed.get(attempt);
  if (begun === undefined) return Promise.resolve(true);
  begun.claiming ??= writeClaim(ledger, { attempt, begun, leaseMs }).finally(() => {
    begun.claiming = null;
  });
  return begun.claiming;
}

/** A claim that is being written is made or refused before the attempt ends. */
export const untilClaimed = async (attempt: StepAttempt): Promise<unknown> =>
  unclaimed.get(attempt)?.claiming?.catch(() => false);

async function writeClaim(
  ledger: Ledger,
  { attempt, begun, leaseMs }: { attempt: StepAttempt; begun: Unclaimed; leaseMs: number },
): Promise<boolean> {
  const { step, id, shipment } = attempt;
  const { rows } = await sql`
    with claimed as (
      update outbox set attempts = attempts + 1, published_at = coalesce(published_at, now())
      where subject_id = ${shipment.id} and step = ${step} and ${isAsSeen(begun)}
        and not exists (select from step_attempts where shipment_id = ${shipment.id} and step = ${step} and ended_at is null)
      returning attempts
    )
    insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until)
    select ${id}, ${shipment.id}, ${step}, attempts, ${begun.startedAt}, statement_timestamp() + ${leaseMs}::float8 * interval '1 ms'
    from claimed returning id`.execute(ledger.db);
  if (rows.length > 0) unclaimed.delete(attempt);
  return rows.length > 0;
}
