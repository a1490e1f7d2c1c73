import { isSettingsProblem, type SettingsProblem } from '@keycourier/journey/model/registration';
import type { StepFailure } from '@keycourier/journey/ports/ledger';
import type {
  FinishedRegistration,
  RegistrationAttempt,
  RegistrationResult,
} from '@keycourier/journey/ports/registration';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { postponeMessage } from '../outbox/sync-outbox.ts';
import { removeMessage } from './claim-registration.ts';
import { registrationStep } from './dispatch-registrations.ts';
import { registrationTimes } from './limits.ts';

/**
 * Records how an attempt ended. Where something else is wanted by now, its lease goes on for the next round; an attempt that
 * lost its lease records nothing.
 */
export async function finishRegistration(
  ledger: Ledger,
  attempt: RegistrationAttempt,
  result: RegistrationResult,
): Promise<FinishedRegistration> {
  return ledger.db.transaction().execute(async (tx) => {
    const row = await lockLeased(tx, attempt);
    if (row === null) return { outcome: 'ended', isNewSettingsProblem: false };
    const isOutdated = row.version !== attempt.version;
    await recordState({ ledger, tx }, attempt, { ...result, isOutdated });
    if (isOutdated) return { outcome: 'changed', attempt: { ...attempt, wanted: row.wanted, version: row.version } };
    await removeMessage(tx, attempt.id);
    const { problem } = result;
    if (isSettingsProblem(problem))
      return { outcome: 'ended', isNewSettingsProblem: await recordSettingsProblem({ ledger, tx }, attempt, problem) };
    if (problem === null) await clearSettingsProblem(tx, attempt, { wrote: result.wrote, formerProblem: row.problem });
    return { outcome: 'ended', isNewSettingsProblem: false };
  });
}

interface Scope {
  ledger: Ledger;
  tx: Tx;
}

async function lockLeased(
  tx: Tx,
  { id, leaseId }: RegistrationAttempt,
): Promise<{ wanted: boolean; version: string; problem: string | null } | null> {
  const row = await tx
    .selectFrom('registrations')
    .select(['wanted', 'version', 'problem'])
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

async function recordState(
  { ledger, tx }: Scope,
  { id, wanted }: RegistrationAttempt,
  { wrote, problem, verifyEveryMs, isOutdated }: RegistrationResult & { isOutdated: boolean },
): Promise<void> {
  const now = ledger.now();
  const nextMs = problem === null ? verifyEveryMs : Math.min(verifyEveryMs, registrationTimes.problemRetryMs);
  const isSo = problem === null;
  // A tenth of jitter: registrations that were written together are not all verified together for ever.
  const due = sql<Date>`now() + ${nextMs} * (0.95 + random() / 10) * interval '1 ms'`;
  await tx
    .updateTable('registrations')
    .set({
      ...(isSo ? { written: wanted, verified_at: now } : {}),
      // A worker that was killed between its write and this record leaves what it wrote to be found.
      ...(isSo
        ? {
            written_at: wrote
              ? now
              : sql<Date>`case when written = ${wanted} then written_at else ${now}::timestamptz end`,
          }
        : {}),
      problem,
      problem_since: isSo
        ? null
        : sql<Date>`case when problem = ${problem} then problem_since else ${now}::timestamptz end`,
      ...(isOutdated ? {} : { check_due_at: due, lease_id: null, leased_until: null }),
    })
    .where('id', '=', id)
    .execute();
}

/** @returns whether the org did not have this problem yet: the alarm is raised once */
async function recordSettingsProblem(
  { ledger, tx }: Scope,
  { org }: RegistrationAttempt,
  problem: SettingsProblem,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update registration_settings set problem = ${problem}, problem_since = ${ledger.now()},
      retry_at = now() + ${registrationTimes.settingsRetryMs} * interval '1 ms', probe_id = null
    where tenant = ${org} and problem is distinct from ${problem}`.execute(tx);
  return numAffectedRows > 0n;
}

/**
 * A write that Okta accepted, or a registration that is right now and was not for this reason, ends the org's problem;
 * that of a profile source ends with the last person who has it. Everything that waited is due.
 */
async function clearSettingsProblem(
  tx: Tx,
  { org }: RegistrationAttempt,
  { wrote, formerProblem }: { wrote: boolean; formerProblem: string | null },
): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    update registration_settings set problem = null, problem_since = null, retry_at = null, probe_id = null
    where tenant = ${org} and problem is not null
      and case when problem = 'attribute_sourced'
        then not exists (select from registrations where tenant = ${org} and problem = 'attribute_sourced')
        else ${wrote} or problem = ${formerProblem} end`.execute(tx);
  if (numAffectedRows === 0n) return;
  await sql`update registrations set check_due_at = now()
    where tenant = ${org} and written is distinct from wanted`.execute(tx);
}

/** Ends an attempt that is to be repeated after `afterMs`. */
export async function postponeRegistration(
  ledger: Ledger,
  { id, leaseId }: RegistrationAttempt,
  { afterMs, failure }: { afterMs: number; failure: StepFailure | undefined },
): Promise<void> {
  const ended = await ledger.db
    .updateTable('registrations')
    .set({ lease_id: null, leased_until: null })
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .executeTakeFirst();
  if (ended.numUpdatedRows > 0n)
    await postponeMessage(ledger, { subjectId: id, step: registrationStep }, { afterMs, failure });
}

/** Ends an attempt of a tenant that writes no registrations; what is wanted stays known. */
export async function dropRegistration(ledger: Ledger, { id, leaseId }: RegistrationAttempt): Promise<void> {
  await ledger.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('registrations')
      .set({ lease_id: null, leased_until: null })
      .where('id', '=', id)
      .where('lease_id', '=', leaseId)
      .execute();
    await removeMessage(tx, id);
  });
}
