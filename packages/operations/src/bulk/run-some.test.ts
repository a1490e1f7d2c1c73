import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BulkAction as ActionName } from '@keycourier/journey/requests/bulk-actions';
import { createApiKey, revokeApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { verifyAudit } from '@keycourier/ledger/audit/verify-audit';
import { dryRunValidMs, type BulkActor, type BulkFilter } from '@keycourier/ledger/bulk/bulk-action';
import {
  countBulkItems,
  createBulkAction,
  listBulkItems,
  readBulkAction,
  startBulkAction,
  stopBulkAction,
  stopBulkActionsOf,
} from '@keycourier/ledger/bulk/bulk-actions';
import { leaseBulkAction } from '@keycourier/ledger/bulk/work-on-bulk';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readClaims } from '@keycourier/ledger/holds/claims';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { bring, change, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { waitingSessions } from '@keycourier/ledger/testing/waiting-sessions';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { runSomeInBulk } from './run-some.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
const faults: unknown[] = [];
let permitsCorrections = true;
beforeEach(async () => {
  opened = await connectTestLedger({ maxConnections: 12 });
  ({ ledger } = opened);
  faults.length = 0;
  permitsCorrections = true;
});

const grace: BulkActor = {
  actor: { kind: 'operator', id: 'grace', role: 'operator' },
  hand: { kind: 'person', login: 'grace@acme.example', oktaUserId: '00ugrace', requester: 'operator:grace' },
};
const cause = 'profile_problems primaryPhone/missing';
const problems = [{ field: 'primaryPhone', code: 'missing' }];

const holdFor = (id: string, field = 'primaryPhone') =>
  change(ledger, id, {
    hold: { code: 'profile_problems', problems: [{ field, code: 'missing' }], since: ledger.now() },
  });

async function held(count: number, tenant = 'acme'): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await open(ledger, { tenant });
    await holdFor(id);
    ids.push(id);
  }
  return ids;
}

const workerOf = (own: Ledger) => ({
  ledger: own,
  permitsCorrections: () => permitsCorrections,
  onRecorded: () => undefined,
  onFault: (error: unknown) => faults.push(error),
});
const work = async (own = ledger): Promise<void> => {
  while (await runSomeInBulk(workerOf(own)));
};

async function dryRunOf(
  action: ActionName,
  filter: BulkFilter,
  { by = grace, access = 'session-1' }: { by?: BulkActor; access?: string } = {},
) {
  const created = await createBulkAction(ledger, { tenant: 'acme', action, filter, by, access });
  if (created === null) throw new RangeError('too many are being checked');
  await work();
  return created.id;
}

const read = async (id: string) => {
  const bulk = await readBulkAction(ledger, 'acme', id);
  if (bulk === null) throw new RangeError('no such action');
  return bulk;
};
const start = async (id: string, by = grace, access = 'session-1') =>
  startBulkAction(ledger, await read(id), { by, access, reason: 'The phones are in Okta now', requestId: 'req-1' });
const countsOf = async (id: string) =>
  (await countBulkItems(ledger, id)).map(({ outcome, code, count }) =>
    [outcome, code, count].filter((part) => part !== null).join(' '),
  );
const eventsOf = async (id: string) =>
  (await ledger.db.selectFrom('history').select('event').where('shipment_id', '=', id).execute()).map(
    ({ event }) => event,
  );
const auditOf = async (action: 'shipment.retry' | 'shipment.snooze' | 'shipment.pin_refused') =>
  readAudit(ledger, { tenant: 'acme', actions: [action] }, { limit: 500 });

test('300 holds of one cause go on, each once, with an audit entry of who did it and why', async () => {
  const ids = await held(300);
  const [other] = await held(1, 'globex');
  const { id: otherCause } = await open(ledger);
  await holdFor(otherCause, 'city');
  const bulk = await dryRunOf('retry', { cause });
  expect(await read(bulk)).toMatchObject({ state: 'checked', total: 300, isCutOff: false });
  expect(await countsOf(bulk)).toEqual(['in 300']);
  expect((await look(ledger, ids[0] ?? '')).hold).not.toBeNull();

  expect(await start(bulk)).toBe('started');
  const another = opened.openAnother();
  await Promise.all([work(), work(another)]);
  await work();
  expect(await read(bulk)).toMatchObject({ state: 'ended', stopRequested: null });
  expect(await countsOf(bulk)).toEqual(['done 300']);
  for (const id of ids) expect((await eventsOf(id)).filter((event) => event === 'shipment.rechecked')).toHaveLength(1);
  expect((await look(ledger, other ?? '')).hold).not.toBeNull();
  expect((await look(ledger, otherCause)).hold).not.toBeNull();

  const entries = await auditOf('shipment.retry');
  expect(entries).toHaveLength(300);
  expect(entries[0]).toMatchObject({
    actor: { id: 'grace' },
    reason: 'The phones are in Okta now',
    requestId: 'req-1',
    detail: { bulk },
  });
  expect(new Set(entries.map(({ subject }) => subject.id))).toEqual(new Set(ids));
  expect(await verifyAudit(ledger, { tenant: 'acme', erasedBefore: new Date(0) })).toMatchObject({ outcome: 'intact' });
  expect(faults).toEqual([]);
});

test('a worker that is killed within its work leaves the rest to another one, and nothing is done twice', async () => {
  const ids = await held(30);
  const bulk = await dryRunOf('retry', { cause });
  await start(bulk);
  let left = 10;
  const killed = runSomeInBulk({
    ...workerOf(ledger),
    // As far as the ledger can see: it never comes back, and its lease stays.
    onRecorded: () => {
      left -= 1;
      if (left === 0) throw Object.assign(new RangeError('killed'), { code: '57P01' });
    },
  });
  await expect(killed).rejects.toThrow('killed');
  await sql`update bulk_actions set lease_id = 'gone', leased_until = now() + interval '1 hour'`.execute(ledger.db);
  expect(await countsOf(bulk)).toEqual(['in 20', 'done 10']);
  expect(await runSomeInBulk(workerOf(ledger))).toBe(false);
  await sql`update bulk_actions set leased_until = now() - interval '1 second'`.execute(ledger.db);
  await work();
  expect(await countsOf(bulk)).toEqual(['done 30']);
  for (const id of ids) expect((await eventsOf(id)).filter((event) => event === 'shipment.rechecked')).toHaveLength(1);
});

describe('what is in', () => {
  test('is frozen by the dry run: what is held later is not touched, what changed since is out with its reason', async () => {
    const [changed = '', kept = ''] = await held(2);
    const bulk = await dryRunOf('retry', { cause });
    const [later = ''] = await held(1);
    opened.clock.now = new Date(opened.clock.now.getTime() + 60_000);
    await change(ledger, changed, { hold: { code: 'profile_problems', problems, since: ledger.now() } });
    await start(bulk);
    await work();
    expect(await countsOf(bulk)).toEqual(['done 1', 'refused changed_since 1']);
    expect((await look(ledger, kept)).hold).toBeNull();
    expect((await look(ledger, changed)).hold).not.toBeNull();
    expect((await look(ledger, later)).hold).not.toBeNull();
  });

  test('leaves out what has to be looked at one by one, and says why', async () => {
    const { id: suspended } = await open(ledger);
    await change(ledger, suspended, { hold: { code: 'order_duplicated', problems: [], since: ledger.now() } });
    await open(ledger);
    await held(1);
    const bulk = await dryRunOf('retry', {});
    expect(await countsOf(bulk)).toEqual(['in 1', 'out needs_operator 1', 'out not_held 1']);
    const { items } = await listBulkItems(ledger, {
      id: bulk,
      outcome: 'out',
      code: 'needs_operator',
      after: 0,
      limit: 10,
    });
    expect(items).toMatchObject([{ shipmentId: suspended }]);
  });

  test('of resent PINs has neither the operator’s own nor one that they requested', async () => {
    const others = { pinPolicy: { recipient: 'auto', channel: 'okta', release: 'on_activation' } } as const;
    for (const request of [{}, { login: 'grace@acme.example' }, { requestedBy: 'operator:grace' }]) {
      const { id } = await open(ledger, { ...others, ...request });
      await bring(ledger, id, 'sent');
    }
    const bulk = await dryRunOf('resend-pin', {});
    expect(await countsOf(bulk)).toEqual(['in 1', 'out own_pin 1', 'out own_request 1']);
    await start(bulk);
    await work();
    expect(await countsOf(bulk)).toEqual(['done 1', 'out own_pin 1', 'out own_request 1']);
  });

  test('of corrections has none of a tenant that permits them no more, in the dry run and in the run', async () => {
    const [id = ''] = await held(1);
    await change(ledger, id, { secrets: { suggestion: { values: { city: 'London' }, replaced: {} } } });
    const bulk = await dryRunOf('accept-correction', { cause });
    expect(await countsOf(bulk)).toEqual(['in 1']);
    permitsCorrections = false;
    await start(bulk);
    await work();
    expect(await countsOf(bulk)).toEqual(['refused overrides_forbidden 1']);
    expect((await look(ledger, id)).hold).not.toBeNull();
    expect(await countsOf(await dryRunOf('accept-correction', { cause }))).toEqual(['out overrides_forbidden 1']);
  });

  test('is judged by who starts it, not by who had it checked', async () => {
    const policy = { recipient: 'auto', channel: 'okta', release: 'on_activation' } as const;
    const { id } = await open(ledger, { pinPolicy: policy, login: 'ada@acme.example' });
    await bring(ledger, id, 'sent');
    const bulk = await dryRunOf('resend-pin', {});
    const ada: BulkActor = {
      actor: { kind: 'operator', id: 'ada', role: 'operator' },
      hand: { kind: 'person', login: 'ada@acme.example', oktaUserId: null },
    };
    await start(bulk, ada);
    await work();
    expect(await countsOf(bulk)).toEqual(['refused own_pin 1']);
    expect(await auditOf('shipment.pin_refused')).toMatchObject([{ actor: { id: 'ada' }, subject: { id } }]);
  });
});

describe('an action that runs', () => {
  test('stops where it is: what is done stays done, the rest is left as it was', async () => {
    await held(60);
    const bulk = await dryRunOf('cancel', { cause });
    await start(bulk);
    await runSomeInBulk(workerOf(ledger));
    expect(await stopBulkAction(ledger, { id: bulk })).toBe(true);
    await work();
    expect(await read(bulk)).toMatchObject({ state: 'ended', stopRequested: 'operator' });
    expect(await countsOf(bulk)).toEqual(['in 35', 'done 25']);
    expect(await stopBulkAction(ledger, { id: bulk })).toBe(false);
  });

  test('is the only one of its filter; a repeat of the start changes nothing', async () => {
    await held(2);
    const first = await dryRunOf('retry', { cause });
    const second = await dryRunOf('retry', { cause });
    const another = await dryRunOf('snooze', { cause });
    expect(await Promise.all([start(first), start(first)])).toEqual(expect.arrayContaining(['started', 'already']));
    expect(await start(second)).toBe('another_runs');
    expect(await start(another)).toBe('started');
    await work();
    expect(await start(second)).toBe('started');
  });

  test('is refused while a start of the same filter is being committed', async () => {
    await held(1);
    const first = await dryRunOf('retry', { cause });
    const second = await dryRunOf('retry', { cause });
    const by = { by: grace, access: 'session-1', reason: 'The phones are in Okta now', requestId: null };
    const [one, other] = [await read(first), await read(second)];
    const waiting = await ledger.db.transaction().execute(async (db) => {
      expect(await startBulkAction({ ...ledger, db }, one, by)).toBe('started');
      const meanwhile = startBulkAction(opened.openAnother(), other, by);
      await until(
        () => waitingSessions(ledger.db),
        ({ length }) => length > 0,
      );
      return { meanwhile };
    });
    expect(await waiting.meanwhile).toBe('another_runs');
  });

  test('ends with the API key, or the session, of who started it', async () => {
    await held(30);
    const { id: keyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['operator'] });
    const key: BulkActor = {
      actor: { kind: 'api_key', id: keyId, role: 'operator' },
      hand: { kind: 'api_key', id: keyId },
    };
    const byKey = await dryRunOf('retry', { cause }, { by: key, access: keyId });
    await start(byKey, key, keyId);
    await runSomeInBulk(workerOf(ledger));
    await revokeApiKey(ledger, { tenant: 'acme', id: keyId, withItsKeys: false });
    await work();
    expect(await read(byKey)).toMatchObject({ state: 'ended', stopRequested: 'access_ended' });
    expect(await countsOf(byKey)).toEqual(['done 25', 'in 5']);
    const byOperator = await dryRunOf('retry', { cause });
    await start(byOperator);
    await stopBulkActionsOf(ledger, ['session-2']);
    expect((await read(byOperator)).stopRequested).toBeNull();
    await stopBulkActionsOf(ledger, ['session-1']);
    await work();
    expect(await read(byOperator)).toMatchObject({ state: 'ended', stopRequested: 'access_ended' });
    expect(await countsOf(byOperator)).toEqual(['in 5']);
  });

  test('leaves time to those of other tenants', async () => {
    await held(60);
    await held(5, 'globex');
    const ours = await dryRunOf('retry', { cause });
    const theirs = await createBulkAction(ledger, {
      tenant: 'globex',
      action: 'retry',
      filter: { cause },
      by: grace,
      access: 's',
    });
    await work();
    await start(ours);
    const other = await readBulkAction(ledger, 'globex', theirs?.id ?? '');
    if (other === null) throw new RangeError('no such action');
    await startBulkAction(ledger, other, { by: grace, access: 's', reason: 'Corrected', requestId: null });
    await runSomeInBulk(workerOf(ledger));
    await runSomeInBulk(workerOf(ledger));
    expect(await countsOf(ours)).toEqual(['in 35', 'done 25']);
    expect(await countsOf(other.id)).toEqual(['done 5']);
  });

  test('goes on after a shipment that fails by an error of ours', async () => {
    const [first = ''] = await held(2);
    const bulk = await dryRunOf('retry', { cause });
    await start(bulk);
    await sql`create function fail() returns trigger language plpgsql as $$ begin if new.id = ${sql.lit(first)} then raise 'no'; end if; return new; end $$`.execute(
      ledger.db,
    );
    await sql`create trigger fail before update on shipments for each row execute function fail()`.execute(ledger.db);
    await work();
    expect(await countsOf(bulk)).toEqual(['done 1', 'failed fault 1']);
    expect(faults).toHaveLength(1);
  });
});

test('holds are snoozed and claimed for the operator, each with its entry', async () => {
  const ids = await held(3);
  const snooze = await dryRunOf('snooze', { cause });
  await start(snooze);
  const claim = await dryRunOf('claim', { cause });
  await start(claim);
  await work();
  expect(await countsOf(snooze)).toEqual(['done 3']);
  const claims = await readClaims(ledger.db, ids);
  for (const id of ids)
    expect(claims.get(id)).toMatchObject({
      claimedBy: 'grace',
      snoozedUntil: new Date(opened.clock.now.getTime() + 86_400_000),
    });
  expect(await auditOf('shipment.snooze')).toHaveLength(3);
});

test('a dry run is of no use after an hour, and of none for another tenant', async () => {
  await held(1);
  const bulk = await dryRunOf('retry', { cause });
  expect(await readBulkAction(ledger, 'globex', bulk)).toBeNull();
  opened.clock.now = new Date(opened.clock.now.getTime() + dryRunValidMs + 1);
  expect(await start(bulk)).toBe('too_old');
});

test('no more than five are being checked, and of those that were not started the newest are kept', async () => {
  await held(1);
  const create = () =>
    createBulkAction(ledger, { tenant: 'acme', action: 'retry', filter: { cause }, by: grace, access: 's' });
  for (let index = 0; index < 5; index += 1) expect(await create()).not.toBeNull();
  expect(await create()).toBeNull();
  await work();
  for (let index = 0; index < 25; index += 1) await dryRunOf('retry', { cause });
  const { rows } = await sql<{ count: string }>`select count(*) from bulk_actions`.execute(ledger.db);
  expect(Number(rows[0]?.count)).toBe(20);
  expect(await leaseBulkAction(ledger)).toBeNull();
});
