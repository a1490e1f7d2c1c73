import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from '@keycourier/journey/ports/context';
import { operatorActions } from '@keycourier/journey/requests/operator-actions';
import { runEventStep } from '@keycourier/journey/steps/run-step';
import { createHarness, type Harness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { createGroup } from '@keycourier/ledger/directory/groups/create-group';
import { patchGroup } from '@keycourier/ledger/directory/groups/write-group';
import { createNewUsers, createUser } from '@keycourier/ledger/directory/users/create-user';
import { deleteUser } from '@keycourier/ledger/directory/users/delete-user';
import { replaceUser } from '@keycourier/ledger/directory/users/replace-user';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { switchFlow } from '@keycourier/ledger/flows/flows';
import { move } from '@keycourier/ledger/shipments/move';
import { readHistory } from '@keycourier/ledger/shipments/read-history';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { aConnection, aUser, by, idOf, triggerGroup, write } from '@keycourier/ledger/testing/sample-directory';
import { bring, look, open } from '@keycourier/ledger/testing/sample-shipments';

import { createDirectoryPort } from './directory-port.ts';
import { createLedgerPort } from './ledger-port.ts';

afterAll(closeTestLedgers);

const hour = 3_600_000;
const activeAgain = 'ignored: the person is active, or was deactivated again later';
const oktaId = `00u${'a'.repeat(17)}`;

let ledger: Ledger;
let clock: { now: Date };
let harness: Harness;
let context: Context;
let okta: Connection;
let ada: string;
beforeEach(async () => {
  ({ ledger, clock } = await connectTestLedger());
  const group = { name: triggerGroup, productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' };
  harness = createHarness({ shipment: null, user: { id: oktaId, login: 'ada' }, tenant: { groups: [group] } });
  const tenant = () => harness.tenant;
  const options = { leaseMs: 60_000, tenant, credentialOf: async () => null };
  context = {
    ...harness.context,
    now: () => clock.now,
    ledger: createLedgerPort(ledger, options),
    directory: createDirectoryPort(ledger),
  };
  okta = await aConnection(ledger);
  ada = idOf(await write(ledger, by(okta), (scope) => createUser(scope, user())));
  await decideAll();
});

const user = (active?: boolean) => ({ ...aUser('ada'), externalId: oktaId, active });
const put = (active: boolean) =>
  write(ledger, by(okta), (scope) => replaceUser(scope, { id: ada, ifMatch: undefined }, user(active)));
const remove = () => write(ledger, by(okta), (scope) => deleteUser(scope, { id: ada, ifMatch: undefined }));
const wait = (ms: number): void => {
  clock.now = new Date(clock.now.getTime() + ms);
};

/** Decides every event that waits, and returns why, in their order. */
async function decideAll(): Promise<(string | undefined)[]> {
  const events = await ledger.db
    .selectFrom('inbound_events')
    .select('id')
    .where('state', '=', 'received')
    .orderBy('id')
    .execute();
  const reasons: (string | undefined)[] = [];
  for (const { id } of events)
    reasons.push((await runEventStep(context, { step: 'accept-event', eventId: id })).result.why);
  return reasons;
}

const shipments = async () => ledger.db.selectFrom('shipments').selectAll().orderBy('id').execute();
const messages = async () =>
  ledger.db.selectFrom('outbox').select(['subject_id', 'step', 'due_at']).where('step', '=', 'accept-event').execute();

describe('a pushed group', () => {
  const members = { displayName: triggerGroup, externalId: null };
  const push = (id: string, personIds: string[]) =>
    write(ledger, by(okta), (scope) =>
      patchGroup(scope, { id, ifMatch: undefined }, [{ kind: 'replace_members', ids: personIds }]),
    );

  test('asks for one key for a membership; pushing it again, and renaming the person, for none', async () => {
    const id = idOf(await write(ledger, by(okta), (scope) => createGroup(scope, { ...members, members: [ada] })));
    expect(await decideAll()).toEqual([expect.stringMatching(/^created shp_/)]);
    await push(id, [ada]);
    await write(ledger, by(okta), (scope) =>
      replaceUser(scope, { id: ada, ifMatch: undefined }, { ...aUser('ada.renamed'), externalId: oktaId }),
    );
    expect(await decideAll()).toEqual(['ignored: the directory is no source of profiles']);
    expect(await shipments()).toMatchObject([
      { trigger: 'scim-group-add', okta_user_id: oktaId, directory_person_id: ada, group_id: id },
    ]);
    const [history] = await readHistory(ledger, (await shipments())[0]?.id ?? '');
    expect(history).toMatchObject({ event: 'shipment.requested', detail: { trigger: 'scim-group-add', by: okta.id } });
  });

  test('with hundreds of new members is one event first, and then one for each of them, which asks for a key', async () => {
    const users = Array.from({ length: 500 }, (_, n) => aUser(`member${n}`));
    const people = await write(ledger, by(okta), (scope) => createNewUsers(scope, users));
    const waiting = async (type: string) =>
      ledger.db
        .selectFrom('inbound_events')
        .select(['id', 'reason'])
        .where('event_type', '=', type)
        .where('state', '=', 'received')
        .orderBy('id')
        .execute();
    const all = [...(people?.map((one) => one.id) ?? []), ada];
    await write(ledger, by(okta), (scope) => createGroup(scope, { ...members, members: all }));
    const [one] = await waiting('scim.group.members_added');
    expect(await waiting('scim.group.member_added')).toEqual([]);
    const { result } = await runEventStep(context, { step: 'expand-members', eventId: one?.id ?? '' });
    expect(result).toMatchObject({ why: 'ignored: an event for each of the members was recorded' });
    const each = await waiting('scim.group.member_added');
    expect([each.length, await waiting('scim.group.members_added')]).toEqual([501, []]);
    const bodies = await Promise.all(each.map(async (event) => context.ledger.readEvent(event.id)));
    const ofAda = bodies.find((event) => JSON.stringify(event?.body).includes(ada));
    const first = await runEventStep(context, { step: 'accept-event', eventId: ofAda?.id ?? '' });
    expect(first.result).toMatchObject({ why: expect.stringMatching(/^created shp_/) });
  });

  test('asks for none where the person has a key that works, and takes back what it asked for', async () => {
    const { id: first } = await open(ledger, { userId: oktaId, login: 'ada' });
    await bring(ledger, first, 'delivered');
    const id = idOf(await write(ledger, by(okta), (scope) => createGroup(scope, { ...members, members: [ada] })));
    expect(await decideAll()).toEqual([`ignored: has_active_key (${first})`]);
    await push(id, []);
    expect(await decideAll()).toEqual(['ignored: no shipment of this person can be cancelled or revoked']);
    expect((await look(ledger, first)).plan.credential).toBe('active');
  });
});

describe.each(['ready', 'enrolled', 'placed', 'active'] as const)('a person whose shipment is %s', (stage) => {
  let id: string;
  beforeEach(async () => {
    ({ id } = await open(ledger, { userId: oktaId, login: 'ada' }));
    await bring(ledger, id, stage);
  });

  test('is held at once; the event waits in the outbox, however often it is looked at', async () => {
    await put(false);
    expect(await decideAll()).toEqual([`suspended ${id}`]);
    expect(await look(ledger, id)).toMatchObject({ hold: { code: 'suspended' }, suspension: { isLifted: false } });
    expect(await decideAll()).toEqual(['suspended ']);
    const [message] = await messages();
    expect(message?.due_at.getTime()).toBeGreaterThan(Date.now() + hour - 60_000);
  });

  test('is offboarded after the grace time, and the event names it', async () => {
    await put(false);
    await decideAll();
    wait(hour);
    expect(await decideAll()).toEqual([`offboarded ${id}`]);
    const { plan } = await look(ledger, id);
    expect(plan.held).toBe(false);
    expect(['cancelled', 'cancelling'].includes(plan.order) || plan.revokeRequested).toBe(true);
    expect(await messages()).toEqual([]);
  });

  test('who is reactivated within the grace time has the same plan as before', async () => {
    const { plan } = await look(ledger, id);
    await put(false);
    await decideAll();
    await put(true);
    expect(await decideAll()).toEqual([activeAgain, `reactivated ${id}`]);
    expect((await look(ledger, id)).plan).toEqual(plan);
    wait(hour);
    await decideAll();
    expect((await look(ledger, id)).plan).toEqual(plan);
  });
});

describe('a member of a group for keys', () => {
  const withinGrace = 'ignored: the person was inactive for less than the grace time';
  const join = () =>
    write(ledger, by(okta), (scope) =>
      createGroup(scope, { displayName: triggerGroup, externalId: null, members: [ada] }),
    );
  const states = async () => (await shipments()).map(({ order_state }) => order_state);

  test('who is active again after the grace time asks for a new key, once', async () => {
    await join();
    await decideAll();
    await put(false);
    await decideAll();
    wait(hour);
    await decideAll();
    expect(await states()).toEqual(['cancelled']);
    await put(true);
    expect(await decideAll()).toEqual([
      'ignored: no shipment of this person was suspended',
      expect.stringMatching(/^created shp_/),
    ]);
    await put(true);
    await decideAll();
    expect(await states()).toEqual(['cancelled', 'requested']);
    expect((await shipments())[1]).toMatchObject({ trigger: 'scim-group-add', okta_user_id: oktaId });
  });

  test('who is active again within it asks for none, even where the first was cancelled', async () => {
    await join();
    await decideAll();
    const [first] = await shipments();
    await move(ledger, first?.id ?? '', (current) => {
      const cancelled = operatorActions.cancel(current);
      return cancelled.outcome === 'granted' ? cancelled.decision : null;
    });
    await put(false);
    await decideAll();
    wait(hour - 1);
    await put(true);
    expect(await decideAll()).toContain(withinGrace);
    expect(await states()).toEqual(['cancelled']);
  });

  test('who was added while inactive asks for a key when active again, also within the grace time', async () => {
    await put(false);
    wait(1_000);
    await join();
    expect(await decideAll()).toContain('ignored: the person is inactive in the directory');
    await put(true);
    expect(await decideAll()).toContainEqual(expect.stringMatching(/^created shp_/));
    expect(await states()).toEqual(['requested']);
  });

  test('whose order is still being cancelled when they are active again is set aside for an operator', async () => {
    await join();
    await decideAll();
    const id = (await shipments())[0]?.id ?? '';
    await bring(ledger, id, 'placed');
    await put(false);
    await decideAll();
    wait(hour);
    await decideAll();
    expect(await states()).toEqual(['cancelling']);
    await put(true);
    const reason = `${id} is still being cancelled or revoked: request the key again when that has ended`;
    expect(await decideAll()).toContain(`set aside: ${reason}`);
    expect(harness.alarms).toMatchObject([{ code: 'key_set_aside', detail: { reason } }]);
  });

  test('who has a key that works asks for none', async () => {
    await join();
    await decideAll();
    const id = (await shipments())[0]?.id ?? '';
    await bring(ledger, id, 'delivered');
    for (const slug of ['cancel-leavers', 'revoke-leavers'] as const)
      await switchFlow(ledger, { tenant: 'acme', slug, enabled: false });
    await put(false);
    await decideAll();
    wait(hour);
    await decideAll();
    await put(true);
    expect(await decideAll()).toContain(`ignored: has_active_key (${id})`);
  });
});

describe('two pushes', () => {
  test('of which the stale one came last end nothing: the person is inactive for less than the grace time', async () => {
    const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
    await put(false);
    wait(1_000);
    await put(true);
    wait(1_000);
    await put(false);
    await decideAll();
    wait(hour - 1_500);
    await decideAll();
    expect(await look(ledger, id)).toMatchObject({ hold: { code: 'suspended' }, plan: { order: 'requested' } });
    await put(true);
    await decideAll();
    expect(await look(ledger, id)).toMatchObject({ hold: null, suspension: null });
  });

  test('decided in the wrong order leave what the directory says', async () => {
    const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
    await put(false);
    wait(1);
    await put(true);
    const events = await ledger.db.selectFrom('inbound_events').select('id').where('state', '=', 'received').execute();
    for (const event of events.toReversed()) await runEventStep(context, { step: 'accept-event', eventId: event.id });
    expect(await look(ledger, id)).toMatchObject({ hold: null, suspension: null });
  });
});

test('a reactivation that commits while the second look is under way keeps the shipment', async () => {
  const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
  await put(false);
  await decideAll();
  wait(hour);
  const { recordVerdict: record } = context.ledger;
  context.ledger.recordVerdict = async (eventId, verdict) => {
    if (verdict.verdict === 'directory_leaver') await put(true);
    return record(eventId, verdict);
  };
  expect(await decideAll()).toEqual([activeAgain]);
  expect((await look(ledger, id)).plan.order).toBe('requested');
  await decideAll();
  expect((await look(ledger, id)).hold).toBeNull();
});

test('second looks and reactivations at the same moment never deadlock, and agree with the directory', async () => {
  const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
  for (let round = 0; round < 10; round += 1) {
    await put(false);
    const [event] = await ledger.db
      .selectFrom('inbound_events')
      .select('id')
      .where('state', '=', 'received')
      .orderBy('id', 'desc')
      .execute();
    const verdict = {
      verdict: 'suspend',
      subject: { personId: ada, by: okta.id, userId: oktaId, login: 'ada' },
      deactivatedAt: clock.now,
      until: clock.now,
    } as const;
    const eventId = event?.id ?? '';
    await Promise.all([recordVerdict(ledger, { eventId, verdict, pinPolicyOf: () => harness.tenant.pin }), put(true)]);
    wait(1);
    await decideAll();
    expect((await look(ledger, id)).hold).toBeNull();
  }
});

test('a deleted person counts as deactivated', async () => {
  const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
  await remove();
  expect(await context.directory.findPerson('acme', { personId: null, userId: oktaId, login: null })).toMatchObject({
    id: null,
  });
  await decideAll();
  expect((await look(ledger, id)).hold?.code).toBe('suspended');
  wait(hour);
  await decideAll();
  expect((await look(ledger, id)).plan.order).toBe('cancelled');
});

test('a suspension that an operator lifted is respected by the second look', async () => {
  const { id } = await open(ledger, { userId: oktaId, login: 'ada' });
  await put(false);
  await decideAll();
  await move(ledger, id, (current) => {
    const retried = operatorActions.retry(current);
    return retried.outcome === 'granted' ? retried.decision : null;
  });
  wait(hour);
  expect(await decideAll()).toEqual(['ignored: no shipment of this person can be cancelled or revoked']);
  expect(await look(ledger, id)).toMatchObject({ hold: null, plan: { order: 'requested' } });
});
