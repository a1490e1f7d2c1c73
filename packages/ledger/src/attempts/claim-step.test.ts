import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepName } from '@keycourier/journey/model/plan';
import type { ClaimResult, StepAttempt } from '@keycourier/journey/ports/ledger';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { mergeSizes } from '../directory/merge-sizes.ts';
import { createUser } from '../directory/users/create-user.ts';
import { deleteUser } from '../directory/users/delete-user.ts';
import { LedgerError } from '../errors.ts';
import { switchFlow } from '../flows/flows.ts';
import { endOutage } from '../outages/recover.ts';
import { readHistory } from '../shipments/read-history.ts';
import { pauseTenant } from '../tenants.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aUser, byHand, idOf, write } from '../testing/sample-directory.ts';
import { bring, change, hold, look, open } from '../testing/sample-shipments.ts';
import { claimStep, openStep } from './claim-step.ts';
import { finishAttempt, renewLease } from './finish-attempt.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger({ maxRequestsInFlight: () => 100 });
  ledger = opened.ledger;
});
afterAll(closeTestLedgers);

const claim = (
  shipmentId: string,
  step: StepName = 'check-profile',
  dispatchId: string | null = null,
  leaseMs = 60_000,
) => claimStep(ledger, { step, shipmentId, dispatchId, leaseMs });

function attemptOf(result: ClaimResult): StepAttempt {
  if (result.outcome !== 'claimed') throw new LedgerError('bad_row', `The test's claim was ${result.outcome}`);
  return result.attempt;
}

const messageOf = (id: string, step: StepName = 'check-profile') =>
  ledger.db.selectFrom('outbox').selectAll().where('subject_id', '=', id).where('step', '=', step).executeTakeFirst();

/** By their numbers: the clock of the tests stands still, so that all began at once. */
const listAttempts = async (id: string) =>
  (await readHistory(ledger, id))
    .flatMap((entry) => (entry.kind === 'attempt' ? [entry] : []))
    .toSorted((one, other) => one.attempt - other.attempt);

/** As if the worker had been away for longer than its lease. */
const letLeaseRunOut = (id: string) =>
  sql`update step_attempts set leased_until = now() - interval '1 ms' where shipment_id = ${id}`.execute(ledger.db);

describe('a step that is next', () => {
  test('is claimed once, with an attempt that lasts until it is finished', async () => {
    const shipment = await open(ledger);
    const attempt = attemptOf(await claim(shipment.id));
    expect(attempt).toEqual({
      step: 'check-profile',
      shipment,
      number: 1,
      failures: 0,
      id: expect.stringMatching(/^run_/),
      flowsOff: [],
      hasDirectory: false,
    });
    expect(await listAttempts(shipment.id)).toMatchObject([
      { step: 'check-profile', attempt: 1, endedAt: null, outcome: null },
    ]);
    await finishAttempt(ledger, attempt, { outcome: 'later', why: 'okta is away', afterMs: 1_000 });
    expect(await listAttempts(shipment.id)).toMatchObject([
      { outcome: 'later', why: 'okta is away', endedAt: expect.any(Date) },
    ]);
    expect(attemptOf(await claim(shipment.id))).toMatchObject({ number: 2 });
  });

  test('is refused to every other claim while the attempt lasts', async () => {
    const { id } = await open(ledger);
    const other = opened.openAnother();
    const entries = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        claimStep(index % 2 === 0 ? ledger : other, {
          step: 'check-profile',
          shipmentId: id,
          dispatchId: null,
          leaseMs: 60_000,
        }),
      ),
    );
    expect(entries.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
    for (const other of entries.filter(({ outcome }) => outcome !== 'claimed'))
      expect(other).toEqual({ outcome: 'already_running', retryAfterMs: expect.any(Number) });
    const occupied = await claim(id);
    expect(occupied.outcome === 'already_running' ? occupied.retryAfterMs : 0).toBeGreaterThan(50_000);
    expect(await listAttempts(id)).toHaveLength(1);
  });

  test('is free at the end of the lease, and the attempt whose worker did not come back is expired', async () => {
    const { id } = await open(ledger);
    const expiredOne = attemptOf(await claim(id));
    await letLeaseRunOut(id);
    const attempt = attemptOf(await claim(id));
    expect(attempt.number).toBe(2);
    expect(await listAttempts(id)).toMatchObject([
      { attempt: 1, outcome: 'expired', endedAt: expect.any(Date) },
      { attempt: 2, outcome: null },
    ]);
    expect(await renewLease(ledger, expiredOne, 60_000)).toBe(false);
    expect(await claim(id)).toMatchObject({ outcome: 'already_running' });
  });

  test('cannot be ended by the attempt that lost it', async () => {
    const { id } = await open(ledger);
    const expiredOne = attemptOf(await claim(id));
    await letLeaseRunOut(id);
    const attempt = attemptOf(await claim(id));
    const before = await messageOf(id);
    await finishAttempt(ledger, expiredOne, { outcome: 'done', why: null, afterMs: 3_600_000 });
    expect(await messageOf(id)).toEqual(before);
    expect(await claim(id)).toMatchObject({ outcome: 'already_running' });
    expect(await listAttempts(id)).toMatchObject([{ outcome: 'done' }, { outcome: null }]);
    expect(await renewLease(ledger, attempt, 60_000)).toBe(true);
  });

  test('is claimed twice when a short lease was not renewed, and once when it was', async () => {
    const { id } = await open(ledger);
    const attempt = attemptOf(await claim(id, 'check-profile', null, 1));
    expect(await renewLease(ledger, attempt, 60_000)).toBe(true);
    expect(await claim(id)).toMatchObject({ outcome: 'already_running' });
    expect(await renewLease(ledger, attempt, 1)).toBe(true);
    await until(
      () => claim(id),
      ({ outcome }) => outcome === 'claimed',
    );
  });

  test('is still running when it was not next for a while, as long as the attempt lasts', async () => {
    const { id } = await open(ledger);
    const attempt = attemptOf(await claim(id));
    await hold(ledger, id);
    expect(await messageOf(id)).toBeUndefined();
    await change(ledger, id, { hold: null });
    expect(await claim(id)).toMatchObject({ outcome: 'already_running' });
    expect(await renewLease(ledger, attempt, 60_000)).toBe(true);
    await finishAttempt(ledger, attempt, { outcome: 'done', why: null });
    expect(await claim(id)).toMatchObject({ outcome: 'claimed' });
  });

  test('is neither claimed early by a process whose clock is ahead, nor blocked by one whose clock is behind', async () => {
    const [one, other] = [await open(ledger), await open(ledger)];
    const ahead = opened.openAnother({ now: () => new Date(Date.now() + 3_600_000) });
    const behind = opened.openAnother({ now: () => new Date(Date.now() - 3_600_000) });
    const through = (process: Ledger, shipmentId: string, leaseMs: number) =>
      claimStep(process, { step: 'check-profile', shipmentId, dispatchId: null, leaseMs });
    expect(await through(ledger, one.id, 60_000)).toMatchObject({ outcome: 'claimed' });
    expect(await through(ahead, one.id, 60_000)).toMatchObject({ outcome: 'already_running' });
    expect(await through(ahead, other.id, 1)).toMatchObject({ outcome: 'claimed' });
    await until(
      () => through(behind, other.id, 1),
      ({ outcome }) => outcome === 'claimed',
    );
  });
});

describe('a finished attempt', () => {
  test('sets when its step is due again, and ends the lease', async () => {
    const { id } = await open(ledger);
    const attempt = attemptOf(await claim(id));
    await finishAttempt(ledger, attempt, { outcome: 'later', why: null, afterMs: 3_600_000 });
    const message = await messageOf(id);
    expect(message).toMatchObject({ attempts: 1 });
    const aheadMs = (message?.due_at.getTime() ?? 0) - Date.now();
    expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(60_000);
  });

  test('of a step that is no longer next leaves only its attempt', async () => {
    const { id } = await open(ledger);
    const attempt = attemptOf(await claim(id));
    await change(ledger, id, { order: 'cancelled' });
    await finishAttempt(ledger, attempt, { outcome: 'done', why: null });
    expect(await messageOf(id)).toBeUndefined();
    expect(await listAttempts(id)).toMatchObject([{ outcome: 'done' }]);
  });
});

describe('a step that cannot be claimed', () => {
  test.each<[string, (id: string) => Promise<unknown>, StepName]>([
    ['was passed', (id) => bring(ledger, id, 'placed'), 'place-order'],
    ['is not reached yet', async () => undefined, 'send-pin'],
    ['is held', (id) => hold(ledger, id), 'check-profile'],
    ['is of a finished shipment', (id) => bring(ledger, id, 'delivered'), 'track-parcel'],
  ])(
    'because it %s records no attempt, and removes a message that an upgrade may have left',
    async (_why, arrange, step) => {
      const { id } = await open(ledger);
      await arrange(id);
      await sql`insert into outbox (subject_id, step, tenant) values (${id}, ${step}, 'acme')`.execute(ledger.db);
      const before = await readHistory(ledger, id);
      expect(await claim(id, step)).toEqual({ outcome: 'not_next', shipment: await look(ledger, id) });
      expect(await readHistory(ledger, id)).toEqual(before);
      expect(await messageOf(id, step)).toBeUndefined();
    },
  );

  test('of every kind, for a finished shipment, starts no attempt', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'delivered');
    for (const step of [
      'check-profile',
      'enroll-credential',
      'place-order',
      'track-parcel',
      'activate-credential',
      'release-pin',
      'send-pin',
    ] as const)
      expect(await claim(id, step, '1')).toMatchObject({ outcome: 'not_next' });
    expect(await listAttempts(id)).toEqual([]);
  });

  test('of a shipment that is not there is missing', async () => {
    expect(await claim('shp_none')).toEqual({ outcome: 'not_found' });
  });

  test('under an earlier dispatch id is left to the later job', async () => {
    const { id } = await open(ledger);
    const dispatchId = (await messageOf(id))?.dispatch_id ?? '';
    await change(ledger, id, { retryNow: true });
    expect(await claim(id, 'check-profile', dispatchId)).toEqual({ outcome: 'superseded' });
    expect(await claim(id, 'check-profile', (await messageOf(id))?.dispatch_id)).toMatchObject({ outcome: 'claimed' });
  });

  test('while its tenant is paused returns how long and why', async () => {
    const [{ id }, other] = [await open(ledger, { tenant: 'paused' }), await open(ledger)];
    await pauseTenant(ledger, 'paused', {
      until: new Date(Date.now() + 60_000),
      reason: 'okta answers 401',
      service: 'okta',
      credential: null,
    });
    const result = await claim(id);
    expect(result).toEqual({ outcome: 'tenant_paused', retryAfterMs: expect.any(Number), reason: 'okta answers 401' });
    const { retryAfterMs } = result.outcome === 'tenant_paused' ? result : { retryAfterMs: 0 };
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(await claim(other.id)).toMatchObject({ outcome: 'claimed' });
    expect(await listAttempts(id)).toEqual([]);
    await endOutage(ledger, { tenant: 'paused', service: 'okta' });
    expect(await claim(id)).toMatchObject({ outcome: 'claimed' });
  });

  test('because process-shipments went off releases its slot, though its job came too early', async () => {
    const tenant = 'off';
    const { id } = await open(ledger, { tenant });
    await bring(ledger, id, 'ready');
    await sql`insert into flows (tenant, slug, enabled) values (${tenant}, 'process-shipments', false)`.execute(
      ledger.db,
    );
    expect(await claim(id, 'enroll-credential')).toMatchObject({
      outcome: 'not_next',
      shipment: { plan: { inSlot: false } },
    });
    expect(await look(ledger, id)).toMatchObject({ plan: { order: 'ready', inSlot: false } });
    await switchFlow(ledger, { tenant, slug: 'process-shipments', enabled: true });
    expect(await claim(id, 'enroll-credential')).toMatchObject({ outcome: 'claimed' });
  });

  test('but for process-shipments being off goes on where its call has begun', async () => {
    const tenant = 'off-begun';
    const { id } = await open(ledger, { tenant });
    await bring(ledger, id, 'placing');
    await switchFlow(ledger, { tenant, slug: 'process-shipments', enabled: false });
    expect(await claim(id, 'place-order')).toMatchObject({ outcome: 'claimed' });
  });
});

test('attempts that start and end at once on one step, with leases that run out, never deadlock', async () => {
  const { id } = await open(ledger);
  const others = [ledger, opened.openAnother(), opened.openAnother()];
  const attempts = Array.from({ length: 60 }, async (_, index) => {
    const through = others[index % 3] ?? ledger;
    const result = await claimStep(through, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 1 });
    if (result.outcome === 'claimed')
      await finishAttempt(through, result.attempt, { outcome: 'later', why: null, afterMs: 0 });
    return result.outcome;
  });
  expect(await Promise.all(attempts)).toContain('claimed');
});

describe('what an attempt knows of its tenant', () => {
  /** Of one that is read, one that is claimed, and one that is claimed after the lease of another ran out. */
  async function known(tenant: string): Promise<unknown[]> {
    const { id } = await open(ledger, { tenant });
    const request = { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 } as const;
    const [read, claimed] = [attemptOf(await openStep(ledger, request)), attemptOf(await claim(id))];
    await letLeaseRunOut(id);
    return [read, claimed, attemptOf(await claim(id))].map(({ flowsOff, hasDirectory }) => ({
      flowsOff,
      hasDirectory,
    }));
  }
  const inEach = <Value>(value: Value): Value[] => [value, value, value];

  test('are the flows that are off', async () => {
    await switchFlow(ledger, { tenant: 'switching', slug: 'profile-recheck', enabled: false });
    expect(await known('switching')).toEqual(inEach({ flowsOff: ['profile-recheck'], hasDirectory: false }));
  });

  test('is that it has people in its directory, also when the last one was deleted', async () => {
    const id = idOf(await write(ledger, byHand('stocked'), (scope) => createUser(scope, aUser('ada@example.com'))));
    expect(await known('stocked')).toEqual(inEach({ flowsOff: [], hasDirectory: true }));
    await write(ledger, byHand('stocked'), (scope) => deleteUser(scope, { id, ifMatch: undefined }));
    await mergeSizes(ledger, 100);
    expect(await known('stocked')).toEqual(inEach({ flowsOff: [], hasDirectory: true }));
    expect(await known('empty')).toEqual(inEach({ flowsOff: [], hasDirectory: false }));
  });
});
