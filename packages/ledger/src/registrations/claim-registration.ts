import { isSettingsProblem, stopsEveryone } from '@keycourier/journey/model/registration';
import type { RegistrationAttempt, RegistrationClaim } from '@keycourier/journey/ports/registration';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { waitForPause } from '../outbox/sync-outbox.ts';
import { registrationStep } from './dispatch-registrations.ts';

interface Request {
  id: string;
  dispatchId: string | null;
  leaseMs: number;
}

/**
 * Claims a registration for one attempt of `leaseMs`, which renewRegistrationLease() prolongs: a person's registration is
 * written by one worker at a time. Leases use the database's clock.
 */
export async function claimRegistration(ledger: Ledger, request: Request): Promise<RegistrationClaim> {
  return ledger.db.transaction().execute(async (tx) => {
    const row = await lock(tx, request.id);
    if (row === null) return { outcome: 'nothing_to_do' };
    // After waiting for the lock, only a statement of its own sees the message as it is now.
    const state = await readConditions(tx, request.id, row.org);
    if (state === null) return { outcome: 'nothing_to_do' };
    if (request.dispatchId !== null && state.dispatchId !== request.dispatchId) return { outcome: 'superseded' };
    if (state.leasedMs > 0) return { outcome: 'already_running', retryAfterMs: Math.min(state.leasedMs, 2_000) };
    if (isStopped(state) && state.probeId !== request.id) {
      await removeMessage(tx, request.id);
      return { outcome: 'settings_problem' };
    }
    if (state.pausedMs > 0 && !state.isProbe) {
      await waitForPause(tx, { subjectId: request.id, step: registrationStep }, state);
      return { outcome: 'tenant_paused', retryAfterMs: state.pausedMs, reason: state.pauseReason ?? 'paused' };
    }
    return { outcome: 'claimed', attempt: await startAttempt(tx, request, { ...row, failures: state.failures }) };
  });
}

type Row = Pick<RegistrationAttempt, 'org' | 'userId' | 'wanted' | 'version'>;

async function lock(tx: Tx, id: string): Promise<Row | null> {
  const row = await tx
    .selectFrom('registrations')
    .select(['tenant as org', 'okta_user_id as userId', 'wanted', 'version'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

interface Conditions {
  dispatchId: string;
  failures: number;
  leasedMs: number;
  pausedMs: number;
  pauseReason: string | null;
  pauseService: string | null;
  isProbe: boolean;
  settingsProblem: string | null;
  probeId: string | null;
}

async function readConditions(tx: Tx, id: string, org: string): Promise<Conditions | null> {
  const { rows } = await sql<Conditions>`
    select dispatch_id as "dispatchId", failures, is_probe as "isProbe",
      coalesce(ceil(extract(epoch from leased_until - statement_timestamp()) * 1000), 0)::float8 as "leasedMs",
      coalesce(ceil(extract(epoch from paused_until - statement_timestamp()) * 1000), 0)::float8 as "pausedMs",
      pause_reason as "pauseReason", pause_service as "pauseService",
      registration_settings.problem as "settingsProblem", probe_id as "probeId"
    from outbox join registrations on registrations.id = subject_id
      left join tenants on name = ${org}
      left join registration_settings on registration_settings.tenant = ${org}
    where subject_id = ${id} and step = ${registrationStep}`.execute(tx);
  return rows[0] ?? null;
}

const isStopped = ({ settingsProblem: problem }: Conditions): boolean =>
  isSettingsProblem(problem) && stopsEveryone(problem);

export async function removeMessage(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('outbox').where('subject_id', '=', id).where('step', '=', registrationStep).execute();
}

async function startAttempt(
  tx: Tx,
  { id, leaseMs }: Request,
  row: Row & { failures: number },
): Promise<RegistrationAttempt> {
  const leaseId = newId('run');
  await tx
    .updateTable('registrations')
    .set({ lease_id: leaseId, leased_until: sql`statement_timestamp() + ${leaseMs} * interval '1 ms'` })
    .where('id', '=', id)
    .execute();
  await sql`update outbox set attempts = attempts + 1 where subject_id = ${id} and step = ${registrationStep}`.execute(
    tx,
  );
  return { id, leaseId, ...row };
}

/** Extends an attempt's lease by `leaseMs` from now. False when the attempt has lost it and must not act any more. */
export async function renewRegistrationLease(
  ledger: Ledger,
  { id, leaseId }: RegistrationAttempt,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await ledger.db
    .updateTable('registrations')
    .set({ leased_until: sql`now() + ${leaseMs} * interval '1 ms'` })
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}
