import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createGuard, standardResilience } from '@keycourier/connectors/resilience';
import { ConnectorError, type ConnectorFault } from '@keycourier/journey/ports/errors';
import { claimStep } from '@keycourier/ledger/attempts/claim-step';
import { finishAttempt } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recoveryLimits } from '@keycourier/ledger/outages/limits';
import { pauseTenant, readPauses } from '@keycourier/ledger/tenants';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { createRecovery } from './recovery.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

/** A step of acme that waits for Okta, for an hour. The next try at Okta is as far: in a slow test it would make the step due. */
async function waitingStep(): Promise<string> {
  const { id } = await open(ledger);
  const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
  if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
  const failure = { waitsFor: 'okta', isCounted: true } as const;
  await finishAttempt(ledger, claim.attempt, { outcome: 'later', why: null, afterMs: 3_600_000, failure });
  await sql`update outages set probe_at = now() + interval '1 hour'`.execute(ledger.db);
  return id;
}

const dueNow = async (): Promise<string[]> =>
  (
    await ledger.db
      .selectFrom('outbox')
      .select('subject_id')
      .where(sql<boolean>`published_at is null and due_at <= now()`)
      .execute()
  ).map(({ subject_id: id }) => id);

/** A worker with a connector to Okta, on connections of its own. */
function aWorker() {
  const ended: { tenant: string; service: string; waiting: number }[] = [];
  const errors: unknown[] = [];
  const recovery = createRecovery({
    ledger: opened.openAnother(),
    logger: { info: (outage: { tenant: string; service: string; waiting: number }) => void ended.push(outage) },
    onError: (error) => void errors.push(error),
  });
  const guard = createGuard('okta', { retryDelayMs: 1, openMs: 60_000, ...recovery.resilienceOf('okta') });
  const fail = async (fault: ConnectorFault): Promise<void> => {
    const call = () => Promise.reject(new ConnectorError({ service: 'okta', fault }, 'failed'));
    await guard('acme', 'effect', call).catch(() => undefined);
  };
  return { recovery, ended, errors, fail, ask: () => guard('acme', 'effect', () => Promise.resolve('answered')) };
}

test('a circuit breaker is never open for longer than what waits for the service waits for a try', () => {
  expect(standardResilience.openMs).toBeLessThanOrEqual(recoveryLimits.probeEveryMs);
});

describe('an answer', () => {
  test.each(['refused', 'not_found', null] as const)('(%s) makes due what waits for its service', async (fault) => {
    const id = await waitingStep();
    const { recovery, ended, fail, ask } = aWorker();
    await recovery.look();
    await (fault === null ? ask() : fail(fault));
    await until(
      () => ended.length,
      (count) => count > 0,
    );
    expect(ended).toEqual([{ tenant: 'acme', service: 'okta', waiting: 1 }]);
    expect(await dueNow()).toEqual([id]);
  });

  test.each(['outcome_unknown', 'unreachable', 'rate_limited', 'unauthorized'] as const)(
    '(%s) of a service that is still away leaves it waiting',
    async (fault) => {
      await waitingStep();
      const { recovery, ended, fail } = aWorker();
      await recovery.look();
      await fail(fault);
      await recovery.look();
      expect([ended, await dueNow()]).toEqual([[], []]);
    },
  );

  test('costs nothing where no step waits', async () => {
    const { recovery, ended, ask } = aWorker();
    await recovery.look();
    for (let time = 0; time < 20; time += 1) await ask();
    expect(ended).toEqual([]);
  });

  test('in one worker closes the circuit breakers of the others', async () => {
    await waitingStep();
    const [one, other] = [aWorker(), aWorker()];
    for (let time = 0; time < 5; time += 1) await other.fail('outcome_unknown');
    await expect(other.ask()).rejects.toThrow('open circuit breaker');
    await Promise.all([one.recovery.look(), other.recovery.look()]);
    await one.ask();
    await until(
      () => one.ended.length,
      (count) => count > 0,
    );
    await expect(other.ask()).rejects.toThrow('open circuit breaker');
    await other.recovery.look();
    await expect(other.ask()).resolves.toBe('answered');
    expect([one.errors, other.errors]).toEqual([[], []]);
  });
});

describe('the time of the last answer', () => {
  const answered = async () =>
    (await ledger.db.selectFrom('service_answers').selectAll().execute()).map(({ tenant, service }) => [
      tenant,
      service,
    ]);
  const at = async () =>
    (await ledger.db.selectFrom('service_answers').select('answered_at').executeTakeFirst())?.answered_at;
  const agedBy = (seconds: number) =>
    sql`update service_answers set answered_at = answered_at - ${seconds} * interval '1 second'`.execute(ledger.db);

  test('is recorded of each tenant and service, of a failure not', async () => {
    const { recovery, ask, fail } = aWorker();
    await fail('outcome_unknown');
    await recovery.look();
    expect(await answered()).toEqual([]);
    await ask();
    expect(await answered()).toEqual([]);
    await recovery.look();
    expect(await answered()).toEqual([['acme', 'okta']]);
  });

  test('is written once a minute, by whichever worker', async () => {
    const [one, other] = [aWorker(), aWorker()];
    const askAndLook = async ({ ask, recovery }: ReturnType<typeof aWorker>) => {
      await ask();
      await recovery.look();
    };
    await askAndLook(one);
    await agedBy(20);
    const first = await at();
    await askAndLook(one);
    await askAndLook(other);
    expect(await at()).toEqual(first);
    await agedBy(40);
    await askAndLook(aWorker());
    expect((await at())?.getTime()).toBeGreaterThan((first?.getTime() ?? 0) + 10_000);
  });

  test('costs a worker no statement until a minute after its last one', async () => {
    const { recovery, ask } = aWorker();
    await ask();
    await recovery.look();
    await sql`delete from service_answers`.execute(ledger.db);
    for (let time = 0; time < 20; time += 1) await ask();
    await recovery.look();
    expect(await answered()).toEqual([]);
  });
});

describe('a pause', () => {
  const pause = (tenant: string, credential: string | null) =>
    pauseTenant(ledger, tenant, {
      until: new Date(Date.now() + 3_600_000),
      reason: 'okta answers 401',
      service: 'okta',
      credential,
    });
  const paused = async () => (await readPauses(ledger)).map(({ tenant }) => tenant).toSorted();

  test('is still right after a restart, until the credentials are others', async () => {
    await pause('same', 'hash of the old token');
    await pause('renewed', 'hash of the old token');
    await pause('unknown', null);
    const { recovery } = aWorker();
    const current = async (tenant: string) => `hash of the ${tenant === 'renewed' ? 'new' : 'old'} token`;
    await recovery.endObsoletePauses(current);
    expect(await paused()).toEqual(['same', 'unknown']);
    await recovery.endObsoletePauses(async () => 'hash of another token');
    expect(await paused()).toEqual(['unknown']);
  });

  test('ends with a call that the service accepts', async () => {
    await pause('acme', 'hash');
    const id = (await open(ledger)).id;
    await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
    const { recovery, ended, ask } = aWorker();
    await recovery.look();
    await ask();
    await until(
      () => ended.length,
      (count) => count > 0,
    );
    expect(await paused()).toEqual([]);
  });
});
