import { randomUUID } from 'node:crypto';

import { hubCheckNames, type HubCheck } from '@keycourier/journey/hub/judge-hub';
import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { notifyOf } from '../outbox/notify-relay.ts';

const checks = z.array(
  z.strictObject({
    name: z.enum(hubCheckNames),
    passed: z.boolean(),
    message: z.string(),
    grant: z.string().nullable(),
  }),
);

/** The last test of a tenant's hub. */
export interface HubTest {
  id: string;
  requestedAt: Date;
  /** Null until it has ended, as the two below. */
  endedAt: Date | null;
  /** The hub that was tested. */
  orgUrl: string | null;
  checks: readonly HubCheck[] | null;
}

/** Requests a test. One that waits or runs is the one that is wanted: a second request makes no second one. */
export async function requestHubTest(ledger: Ledger, tenant: string): Promise<HubTest> {
  await ledger.db
    .insertInto('hub_tests')
    .values({ tenant, id: randomUUID() })
    .onConflict((conflict) =>
      conflict
        .column('tenant')
        .doUpdateSet({
          id: randomUUID(),
          requested_at: sql`now()`,
          lease_id: null,
          leased_until: null,
          ended_at: null,
          org_url: null,
          checks: null,
        })
        .where('hub_tests.ended_at', 'is not', null),
    )
    .execute();
  await notifyOf(ledger.db, 'hub');
  const test = await readHubTest(ledger, tenant);
  if (test === null) throw new LedgerError('bad_row', `The test of the hub of ${tenant} cannot be read`);
  return test;
}

export async function readHubTest(ledger: Pick<Ledger, 'db'>, tenant: string): Promise<HubTest | null> {
  const row = await ledger.db
    .selectFrom('hub_tests')
    .select(['id', 'requested_at', 'ended_at', 'org_url', 'checks'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    requestedAt: row.requested_at,
    endedAt: row.ended_at,
    orgUrl: row.org_url,
    checks: checks.nullable().parse(row.checks),
  };
}

export interface HubTestClaim {
  tenant: string;
  leaseId: string;
}

/** Claims a test that waits, or whose worker is gone, for a time; null where there is none. */
export async function claimHubTest(ledger: Ledger, leaseMs: number): Promise<HubTestClaim | null> {
  const leaseId = randomUUID();
  const { rows } = await sql<{ tenant: string }>`
    update hub_tests set lease_id = ${leaseId}, leased_until = now() + ${leaseMs} * interval '1 ms'
    where tenant = (
      select tenant from hub_tests where ended_at is null and coalesce(leased_until < now(), true)
      order by requested_at limit 1 for update skip locked
    ) returning tenant`.execute(ledger.db);
  return rows[0] === undefined ? null : { tenant: rows[0].tenant, leaseId };
}

/** Ends a test. A worker whose lease went to another one, or whose link was removed meanwhile, writes nothing. */
export async function endHubTest(
  ledger: Ledger,
  { tenant, leaseId }: HubTestClaim,
  { orgUrl, checks: found }: { orgUrl: string | null; checks: readonly HubCheck[] },
): Promise<boolean> {
  const ended = await ledger.db
    .updateTable('hub_tests')
    .set({ ended_at: sql`now()`, leased_until: null, org_url: orgUrl, checks: JSON.stringify(found) })
    .where('tenant', '=', tenant)
    .where('lease_id', '=', leaseId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return ended.numUpdatedRows > 0n;
}
