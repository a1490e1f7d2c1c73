import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sampleHold, sampleShipment } from '@keycourier/journey/testing/samples';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { priorities } from '../outbox/add-messages.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { assignToHub, listAssignments } from './assignments.ts';
import { findHubPerson, pushForRetry, requireHubPerson } from './key-people.ts';
import { claimMirror, finishMirror } from './push-mirror.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
beforeEach(async () => {
  for (const table of ['mirrors', 'link_assignments', 'outbox'] as const) await ledger.db.deleteFrom(table).execute();
});

const request = sampleShipment({ tenant: 'acme', trigger: 'api' });
const pushes = () => ledger.db.selectFrom('outbox').select(['tenant', 'step', 'subject_id']).execute();
const assigned = async (tenant: string) =>
  (await listAssignments(ledger, { tenant, after: null, limit: 10 })).map(({ kind, spokeId }) => `${kind} ${spokeId}`);
/** As the end of a push. */
const pushed = (values: { hub_user_id?: string; problem?: 'login_taken'; state?: 'linked' | 'new' | 'left' }) =>
  ledger.db
    .updateTable('mirrors')
    .set((now) => ({ ...values, written_version: now.ref('version'), hub_org: 'acme-hub.okta.com' }))
    .set({ check_due_at: values.problem === undefined ? null : sql`now() + interval '6 hours'` })
    .execute();

test('who is not in the hub is assigned and pushed once, however often they are required', async () => {
  expect(await findHubPerson(ledger, 'acme', '00u1')).toEqual({ outcome: 'unknown' });
  const both = await Promise.all([1, 2].map(() => requireHubPerson(ledger, request, '00u1')));
  expect(both).toEqual([{ outcome: 'pending' }, { outcome: 'pending' }]);
  expect(await assigned('acme')).toEqual(['person 00u1']);
  expect(await pushes()).toMatchObject([{ tenant: 'hub:acme', step: 'push-person' }]);
  await pushed({ hub_user_id: '00uHub', state: 'linked' });
  expect(await requireHubPerson(ledger, request, '00u1')).toEqual({ outcome: 'found', hubUserId: '00uHub' });
});

test('a person whom a group brought to the hub is found, and not assigned by themselves', async () => {
  await ledger.db.insertInto('mirrors').values({ id: 'mir_1', tenant: 'acme', okta_user_id: '00u2' }).execute();
  await pushed({ hub_user_id: '00uHub2', state: 'linked' });
  expect(await requireHubPerson(ledger, request, '00u2')).toEqual({ outcome: 'found', hubUserId: '00uHub2' });
  expect([await assigned('acme'), await pushes()]).toEqual([[], []]);
});

test('one who left the hub is assigned again', async () => {
  await ledger.db.insertInto('mirrors').values({ id: 'mir_1', tenant: 'acme', okta_user_id: '00u3' }).execute();
  await pushed({ hub_user_id: '00uHub3', state: 'left' });
  expect(await requireHubPerson(ledger, request, '00u3')).toEqual({ outcome: 'pending' });
  expect(await pushes()).toHaveLength(1);
});

test('a push is as urgent as the most urgent request for the person', async () => {
  const priority = async () => (await ledger.db.selectFrom('outbox').select('priority').executeTakeFirst())?.priority;
  await requireHubPerson(ledger, { ...request, trigger: 'batch' }, '00u6');
  expect(await priority()).toBe(priorities.batch);
  await requireHubPerson(ledger, { ...request, trigger: 'mfa-initiated' }, '00u6');
  expect(await priority()).toBe(priorities.setup);
  await requireHubPerson(ledger, request, '00u6');
  expect(await priority()).toBe(priorities.setup);
});

test('the end of a push makes the check of a request for the person’s key due, and no other', async () => {
  const [shipment] = [await open(ledger), await open(ledger)];
  await ledger.db.updateTable('shipments').set({ okta_user_id: '00u7' }).where('id', '=', shipment.id).execute();
  await ledger.db
    .updateTable('outbox')
    .set({ due_at: sql`now() + interval '1 hour'` })
    .execute();
  await requireHubPerson(ledger, shipment, '00u7');
  const { id } = await ledger.db.selectFrom('mirrors').select('id').executeTakeFirstOrThrow();
  const claim = await claimMirror(ledger, { id, dispatchId: null, leaseMs: 60_000 });
  if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
  const result = {
    wrote: true,
    content: null,
    problem: null,
    drift: null,
    fields: [],
    isForgotten: false,
    state: 'linked',
  } as const;
  await finishMirror(ledger, claim.attempt, result);
  const due = await ledger.db
    .selectFrom('outbox')
    .select('subject_id')
    .where('due_at', '<=', sql<Date>`now()`)
    .execute();
  expect(due).toEqual([{ subject_id: shipment.id }]);
});

test('a push that was refused, or made no user, is the reason why they are missing', async () => {
  await requireHubPerson(ledger, request, '00u4');
  await pushed({ problem: 'login_taken' });
  expect(await requireHubPerson(ledger, request, '00u4')).toEqual({ outcome: 'missing', reason: 'login_taken' });
  await ledger.db.updateTable('mirrors').set({ problem: null }).execute();
  expect(await requireHubPerson(ledger, request, '00u4')).toEqual({ outcome: 'missing', reason: 'not_pushed' });
});

test('a retry of a shipment that was held for it pushes the person again, and no other of their shipments', async () => {
  await requireHubPerson(ledger, request, '00u8');
  await pushed({ problem: 'login_taken' });
  await ledger.db.deleteFrom('outbox').execute();
  const user = { ...request.user, id: '00u8' };
  await pushForRetry(ledger, { ...request, user, hold: sampleHold('user_not_active') });
  await pushForRetry(ledger, { ...request, user, tenant: 'globex', hold: sampleHold('hub_person_missing') });
  expect(await pushes()).toEqual([]);
  await pushForRetry(ledger, { ...request, user, hold: sampleHold('hub_person_missing') });
  expect(await pushes()).toMatchObject([{ tenant: 'hub:acme', step: 'push-person' }]);
  expect(await requireHubPerson(ledger, request, '00u8')).toEqual({ outcome: 'pending' });
  expect(await ledger.db.selectFrom('mirrors').select('is_forced').execute()).toEqual([{ is_forced: false }]);
});

test("a spoke sees no person of another's, by the same id", async () => {
  await assignToHub(ledger, {
    tenant: 'globex',
    kind: 'person',
    spokeId: '00u5',
    initialStatus: null,
    securityQuestion: null,
    assignedBy: 'key_1',
  });
  await ledger.db.insertInto('mirrors').values({ id: 'mir_1', tenant: 'globex', okta_user_id: '00u5' }).execute();
  await pushed({ hub_user_id: '00uHub5', state: 'linked' });
  expect(await findHubPerson(ledger, 'acme', '00u5')).toEqual({ outcome: 'unknown' });
});

test('a person whose source is the hub is found there, in their tenant alone, and not pushed', async () => {
  const row = { tenant: 'acme', hub_user_id: '00uHub9', okta_user_id: '00u9', state: 'linked' } as const;
  await ledger.db.insertInto('sourced_people').values(row).execute();
  expect(await requireHubPerson(ledger, request, '00u9')).toEqual({ outcome: 'found', hubUserId: '00uHub9' });
  expect(await findHubPerson(ledger, 'globex', '00u9')).toEqual({ outcome: 'unknown' });
  expect(await pushes()).toEqual([]);
});
