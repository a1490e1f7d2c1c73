import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { ComparisonAttempt } from '@keycourier/journey/ports/hub-comparisons';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { rowsReadBy } from '../testing/rows-read.ts';
import { assignToHub } from './assignments.ts';
import { matchUsers } from './compared-people.ts';
import { claimComparison, endComparison, recordPage, restartComparison } from './comparisons.ts';
import { readHubProblems } from './hub-health.ts';
import { renewHubLease } from './lease.ts';
import { listCompared, listComparisons, readComparison } from './list-comparisons.ts';
import { comparisonLimits, requestComparison, sweepComparisons } from './require-comparisons.ts';
import { changeHubSettings } from './settings.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeEach(async () => {
  ({ ledger } = await connectTestLedger());
});

const people = { kind: 'people', isDryRun: false, requestedBy: 'key_1' } as const;
const request = (tenant = 'acme') => requestComparison(ledger.db, { ...people, tenant });

async function claim(id: string): Promise<ComparisonAttempt> {
  const claimed = await claimComparison(ledger, 'compare-page', { id, dispatchId: null, leaseMs: 60_000 });
  if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
  return claimed.attempt;
}

const rowOf = (attempt: ComparisonAttempt, userId: string, outcome: string | null) =>
  ({ comparison_id: attempt.id, okta_user_id: userId, wanted_hash: 'h', login_index: 'l', outcome }) as const;

const record = (attempt: ComparisonAttempt, cursor: string, rows: readonly ReturnType<typeof rowOf>[]) =>
  recordPage(ledger, attempt, {
    phase: 'spoke',
    cursor,
    settingsRevision: '1',
    write: async (tx) => {
      await tx.insertInto('compared_people').values(rows).execute();
      return { compared: rows.length };
    },
  });

const messages = () =>
  ledger.db.selectFrom('outbox').select(['subject_id', 'step', 'tenant', 'priority']).orderBy('subject_id').execute();
const show = (id: string, tenant = 'acme') => readComparison(ledger, { tenant, id });

test('a link has one run of a kind: a second request finds it, and another spoke has its own', async () => {
  const [one, other] = await Promise.all([request(), request()]);
  expect([one.id, one.isNew !== other.isNew]).toEqual([other.id, true]);
  const { id } = await request('globex');
  const message = (subject: string, tenant: string) => ({
    subject_id: subject,
    step: 'compare-page',
    tenant: `hub:${tenant}`,
    priority: 10,
  });
  expect(await messages()).toEqual([message(one.id, 'acme'), message(id, 'globex')]);
  expect([await show(id), await listCompared(ledger, { tenant: 'acme', id, after: null, limit: 9 })]).toEqual([
    null,
    [],
  ]);
});

test('a page is recorded as a whole or not at all, and the next worker goes on after it', async () => {
  const { id } = await request();
  const first = await claim(id);
  expect(first).toMatchObject({ phase: 'pending', cursor: null, counts: {} });
  await expect(
    recordPage(ledger, first, {
      phase: 'spoke',
      cursor: 'p2',
      settingsRevision: '1',
      write: async (tx) => {
        await tx
          .insertInto('compared_people')
          .values(rowOf(first, '00u1', null))
          .execute();
        throw new RangeError('killed');
      },
    }),
  ).rejects.toThrow('killed');
  expect(await claimComparison(ledger, 'compare-page', { id, dispatchId: null, leaseMs: 1 })).toMatchObject({
    outcome: 'already_running',
  });
  await renewHubLease(ledger, 'comparisons', { ...first, leaseMs: 0 });
  const second = await claim(id);
  expect([second.phase, await record(first, 'p9', [])]).toEqual(['pending', false]);
  expect(await record(second, 'p2', [rowOf(second, '00u1', null), rowOf(second, '00u2', 'update')])).toBe(true);
  expect(await claim(id)).toMatchObject({
    phase: 'spoke',
    cursor: 'p2',
    settingsRevision: '1',
    counts: { compared: 2 },
  });
});

test('a page of the hub reads the assignments of its own people alone, also before there are statistics', async () => {
  ({ ledger } = await connectTestLedger({ maxConnections: 1, use: 'migration' }));
  const attempt = await claim((await request()).id);
  await sql`
    insert into link_assignments (tenant, subject_kind, spoke_id, assigned_by)
    select 'acme', 'person', '00uS' || n, 'key_1' from generate_series(1, 3000) as n`.execute(ledger.db);
  await sql`
    insert into compared_people (comparison_id, okta_user_id, hub_user_id)
    select ${attempt.id}, '00uS' || n, '00uH' || n from generate_series(1, 3000) as n`.execute(ledger.db);
  const users = Array.from({ length: 200 }, (_, index) => ({ id: `00uH${index + 1}`, login: null }));
  let found = 0;
  const match = async () => {
    found = (await matchUsers(ledger, attempt, { hubOrg: 'acme-hub.okta.com', users })).length;
  };
  const { byScan, byIndex } = await rowsReadBy(ledger, match, ['link_assignments']);
  expect([found, byScan]).toEqual([200, {}]);
  expect(byIndex).toBeLessThanOrEqual(1_000);
});

test('what ends keeps a report of those who differ, by ids alone', async () => {
  const { id } = await request();
  const first = await claim(id);
  await record(first, 'p2', [
    rowOf(first, '00u1', null),
    rowOf(first, '00u2', 'update'),
    rowOf(first, '00u3', 'create'),
  ]);
  expect(await endComparison(ledger, await claim(id), { state: 'ended', write: async () => ({ update: 1 }) })).toBe(
    true,
  );
  expect(await show(id)).toMatchObject({ state: 'ended', pages: 1, counts: { compared: 3, update: 1 }, problem: null });
  const report = { tenant: 'acme', id, after: null, limit: 9 };
  expect((await listCompared(ledger, report)).map(({ userId }) => userId)).toEqual(['00u2', '00u3']);
  expect(await listCompared(ledger, { ...report, outcome: 'update', limit: 1 })).toHaveLength(1);
  expect(await listCompared(ledger, { ...report, after: '00u2' })).toMatchObject([
    { userId: '00u3', outcome: 'create' },
  ]);
  const left = await ledger.db.selectFrom('compared_people').select(['wanted_hash', 'login_index']).execute();
  expect([left.length, new Set(left.flatMap((row) => Object.values(row))), await messages()]).toEqual([
    2,
    new Set([null]),
    [],
  ]);
  expect(await listCompared(ledger, { ...report, tenant: 'globex' })).toEqual([]);
  expect((await request()).isNew).toBe(true);
});

test('one that is held is open, runs no more, and keeps what it read', async () => {
  const { id } = await request();
  const first = await claim(id);
  await record(first, 'p2', [rowOf(first, '00u1', 'update')]);
  await endComparison(ledger, await claim(id), { state: 'held', share: 0.4 });
  expect(await show(id)).toMatchObject({ state: 'held', endedAt: null, heldShare: expect.closeTo(0.4) });
  const found = { outcome: 'requested', id, isNew: false };
  expect([await sweepComparisons(ledger), await request(), await messages()]).toEqual([0, found, []]);
});

test('one that begins again has read nothing', async () => {
  const { id } = await request();
  const first = await claim(id);
  await record(first, 'p2', [rowOf(first, '00u1', 'update')]);
  await restartComparison(ledger, await claim(id));
  expect(await claim(id)).toMatchObject({ phase: 'pending', cursor: null, settingsRevision: null, counts: {} });
  expect(await ledger.db.selectFrom('compared_people').selectAll().execute()).toEqual([]);
});

test('a link that has people is compared when it is due, once; a lost message is made anew', async () => {
  await changeHubSettings(ledger, 'acme', { compareEveryMs: 3_600_000 });
  await changeHubSettings(ledger, 'globex', { compareEveryMs: 3_600_000 });
  await sql`update hub_settings set compare_due_at = now()`.execute(ledger.db);
  await ledger.db.deleteFrom('comparisons').execute();
  await ledger.db.deleteFrom('outbox').execute();
  const who = { tenant: 'acme', kind: 'person', spokeId: '00u1', initialStatus: null, assignedBy: 'key_1' } as const;
  await assignToHub(ledger, { ...who, securityQuestion: null });
  expect(await Promise.all([sweepComparisons(ledger), sweepComparisons(ledger)])).toContain(1);
  const [run, ...others] = await listComparisons(ledger, { tenant: 'acme', before: null, limit: 9 });
  expect([run, others]).toMatchObject([{ state: 'pending', isDryRun: false, requestedBy: 'schedule' }, []]);
  expect(await sweepComparisons(ledger)).toBe(0);
  await ledger.db.deleteFrom('outbox').execute();
  expect([await sweepComparisons(ledger), await messages()]).toMatchObject([1, [{ subject_id: run?.id }]]);
});

test('a link whose source is the hub is not compared by itself, until it pushes again', async () => {
  const who = { tenant: 'acme', kind: 'person', spokeId: '00u1', initialStatus: null, assignedBy: 'key_1' } as const;
  await assignToHub(ledger, { ...who, securityQuestion: null });
  await changeHubSettings(ledger, 'acme', { sourcing: { isOn: true } });
  await sql`update hub_settings set compare_due_at = now()`.execute(ledger.db);
  expect(await sweepComparisons(ledger)).toBe(0);
  const runs = () => listComparisons(ledger, { tenant: 'acme', before: null, limit: 9 });
  expect(await runs()).toEqual([]);
  await changeHubSettings(ledger, 'acme', { sourcing: { isOn: false } });
  expect(await runs()).toMatchObject([{ kind: 'people', requestedBy: 'settings' }]);
});

test('of a link’s reports the newest are kept', async () => {
  const ids: string[] = [];
  for (let run = 0; run < comparisonLimits.keptRuns + 2; run += 1) {
    const { id } = await request();
    ids.unshift(id);
    await endComparison(ledger, await claim(id), { state: 'failed', problem: 'no_hub' });
  }
  const kept = await listComparisons(ledger, { tenant: 'acme', before: null, limit: 99 });
  expect(kept.map(({ id }) => id)).toEqual(ids.slice(0, comparisonLimits.keptRuns));
});

test('an operator is to look at the newest run of a kind that is over, where it failed, and at one that is held', async () => {
  const runs = async (tenant = 'acme') => (await readHubProblems(ledger, tenant)).runs;
  const first = await request();
  await endComparison(ledger, await claim(first.id), { state: 'failed', problem: 'forbidden' });
  const { id } = await requestComparison(ledger.db, { ...people, kind: 'import', tenant: 'acme' });
  await ledger.db.updateTable('comparisons').set({ state: 'held' }).where('id', '=', id).execute();
  const second = await request();
  const held = { id, kind: 'import', state: 'held' };
  expect(await runs()).toEqual([held, { id: first.id, kind: 'people', state: 'failed' }]);
  expect(await runs('globex')).toEqual([]);
  await endComparison(ledger, await claim(second.id), { state: 'ended' });
  const dry = await requestComparison(ledger.db, { ...people, tenant: 'acme', isDryRun: true });
  await endComparison(ledger, await claim(dry.id), { state: 'failed', problem: 'forbidden' });
  expect(await runs()).toEqual([held]);
});
