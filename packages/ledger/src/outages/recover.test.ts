import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepFailure } from '@keycourier/journey/ports/ledger';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { publishDue } from '../outbox/publish-due.ts';
import { pauseTenant } from '../tenants.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { recoveryLimits } from './limits.ts';
import { endOutage, probeOutages } from './recover.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const away: StepFailure = { waitsFor: 'okta', isCounted: true };
const hour = 3_600_000;

/** An attempt at the check of a new shipment that ended with `failure`, to be repeated in an hour. */
async function waiting(request: Parameters<typeof open>[1] = {}, failure: StepFailure | null = away): Promise<string> {
  const { id } = await open(ledger, request);
  await publish();
  await attempt(id, failure);
  return id;
}

async function attempt(id: string, failure: StepFailure | null): Promise<void> {
  const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
  if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
  const result = { outcome: 'later', why: null, afterMs: hour, ...(failure === null ? {} : { failure }) } as const;
  await finishAttempt(ledger, claim.attempt, result);
}

/** The shipments whose job is published now, in the relay's order. */
async function publish(): Promise<string[]> {
  const ids: string[] = [];
  await publishDue(ledger, { knownSteps, limit: 100 }, async (messages) => {
    ids.push(...messages.map(({ subjectId }) => subjectId));
  });
  return ids;
}

const databaseTime = async () =>
  (await sql<{ at: Date }>`select clock_timestamp() as at`.execute(ledger.db)).rows[0]?.at.getTime() ?? Number.NaN;
/** So that no interval passes while a test goes on. */
const lengthenProbeInterval = () => sql`update outages set probe_at = now() + interval '1 hour'`.execute(ledger.db);
/** As if the interval between two probes had passed. */
const passProbeInterval = () => sql`update outages set probe_at = now()`.execute(ledger.db);

describe('while a service does not answer', () => {
  test('one of the steps that wait is tried, the most urgent, once for each interval', async () => {
    const before = await databaseTime();
    await waiting({ dryRun: true });
    await waiting({ trigger: 'batch' });
    const urgent = await waiting();
    const { probe_at: firstAt } = await ledger.db.selectFrom('outages').select('probe_at').executeTakeFirstOrThrow();
    expect(firstAt.getTime() - before).toBeGreaterThanOrEqual(recoveryLimits.probeEveryMs);
    await lengthenProbeInterval();
    expect(await probeOutages(ledger)).toEqual([{ tenant: 'acme', service: 'okta' }]);
    expect(await publish()).toEqual([]);
    await passProbeInterval();
    await probeOutages(ledger);
    await probeOutages(ledger);
    expect(await publish()).toEqual([urgent]);
  });

  test('of several workers that look at once, one tries', async () => {
    for (let count = 0; count < 4; count += 1) await waiting();
    await passProbeInterval();
    await Promise.all([ledger, opened.openAnother(), opened.openAnother()].map((one) => probeOutages(one)));
    expect(await publish()).toHaveLength(1);
  });

  test('each tenant and service has its own outage', async () => {
    const [acme, globex] = [
      await waiting(),
      await waiting({ tenant: 'globex' }, { waitsFor: 'mail', isCounted: true }),
    ];
    await passProbeInterval();
    const outages = await probeOutages(ledger);
    expect(outages.toSorted((one, other) => one.tenant.localeCompare(other.tenant))).toEqual([
      { tenant: 'acme', service: 'okta' },
      { tenant: 'globex', service: 'mail' },
    ]);
    expect((await publish()).toSorted()).toEqual([acme, globex].toSorted());
  });

  test('a poll, and a wait that the service named, are no outage', async () => {
    await waiting({}, null);
    await waiting({}, { waitsFor: null, isCounted: false });
    expect(await probeOutages(ledger)).toEqual([]);
  });

  test('an outage for which nothing waits any more is forgotten', async () => {
    const id = await waiting();
    await attempt(id, null);
    expect(await probeOutages(ledger)).toEqual([]);
  });
});

describe('when the service answers again', () => {
  test('what waits for it is due in the order of urgency, spread over time', async () => {
    const dryRun = await waiting({ dryRun: true });
    const others = [await waiting(), await waiting(), await waiting()];
    expect(await endOutage(ledger, { tenant: 'acme', service: 'okta' })).toBe(4);
    const rows = await ledger.db
      .selectFrom('outbox')
      .select(['subject_id', sql<number>`round(extract(epoch from due_at - min(due_at) over ()) * 1000)::int`.as('ms')])
      .orderBy('due_at')
      .execute();
    expect(rows).toEqual(
      [...others, dryRun].map((subject_id, nth) => ({ subject_id, ms: nth * recoveryLimits.paceMs })),
    );
    expect(await publish()).toContain(others[0]);
  });

  test('nothing is due later than it was, and failures are counted anew', async () => {
    const id = await waiting();
    await waiting();
    await sql`update outbox set due_at = now() - interval '1 minute' where subject_id = ${id}`.execute(ledger.db);
    await endOutage(ledger, { tenant: 'acme', service: 'okta' });
    const due = sql<boolean>`due_at < now() - interval '50 s'`;
    const row = ledger.db
      .selectFrom('outbox')
      .select([due.as('isDue'), 'failures'])
      .where('subject_id', '=', id);
    expect(await row.executeTakeFirstOrThrow()).toEqual({ isDue: true, failures: 0 });
  });

  test('the job that was delayed for an hour gives way to the new one', async () => {
    const id = await waiting();
    const before = await ledger.db.selectFrom('outbox').select('dispatch_id').executeTakeFirstOrThrow();
    await endOutage(ledger, { tenant: 'acme', service: 'okta' });
    const { dispatch_id: dispatchId } = before;
    const claim = { step: 'check-profile', shipmentId: id, dispatchId, leaseMs: 60_000 } as const;
    expect(await claimStep(ledger, claim)).toEqual({ outcome: 'superseded' });
  });

  test('what waits for another service, or of another tenant, goes on waiting', async () => {
    await waiting({}, { waitsFor: 'fulfillment', isCounted: true });
    await waiting({ tenant: 'globex' });
    expect(await endOutage(ledger, { tenant: 'acme', service: 'okta' })).toBe(0);
    expect(await publish()).toEqual([]);
    expect(await probeOutages(ledger)).toHaveLength(2);
  });

  test('a step that runs is left alone', async () => {
    const id = await waiting();
    const claim = { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 } as const;
    expect(await claimStep(ledger, claim)).toMatchObject({ outcome: 'claimed' });
    expect(await endOutage(ledger, { tenant: 'acme', service: 'okta' })).toBe(0);
    expect(await publish()).toEqual([]);
  });
});

describe('while the credentials of a tenant are refused', () => {
  const pause = () =>
    pauseTenant(ledger, 'acme', {
      until: new Date(Date.now() + hour),
      reason: 'okta answers 401',
      service: 'okta',
      credential: 'hash',
    });
  const claim = (shipmentId: string) =>
    claimStep(ledger, { step: 'check-profile', shipmentId, dispatchId: null, leaseMs: 60_000 });

  test('steps wait, but one tries now and then, which the pause does not stop', async () => {
    const [first, second] = [await waiting({}, { ...away, isRefusal: true }), (await open(ledger)).id];
    await publish();
    await pause();
    expect(await claim(second)).toMatchObject({ outcome: 'tenant_paused' });
    expect(await claim(first)).toMatchObject({ outcome: 'tenant_paused' });
    await probeOutages(ledger);
    expect(await publish()).toEqual([]);
    await passProbeInterval();
    await probeOutages(ledger);
    const [probe] = await publish();
    expect(await claim(probe ?? '')).toMatchObject({ outcome: 'claimed' });
    expect(await claim(probe === first ? second : first)).toMatchObject({ outcome: 'tenant_paused' });
  });

  test('a call that is accepted ends the pause, and what waited for its end is due', async () => {
    const { id } = await open(ledger);
    await publish();
    await pause();
    expect(await claim(id)).toMatchObject({ outcome: 'tenant_paused' });
    expect(await endOutage(ledger, { tenant: 'acme', service: 'okta' })).toBe(1);
    expect(await publish()).toEqual([id]);
    expect(await claim(id)).toMatchObject({ outcome: 'claimed' });
  });

  test('a call that another service answers does not end it', async () => {
    const { id } = await open(ledger);
    await pause();
    await endOutage(ledger, { tenant: 'acme', service: 'mail' });
    expect(await claim(id)).toMatchObject({ outcome: 'tenant_paused' });
  });
});
