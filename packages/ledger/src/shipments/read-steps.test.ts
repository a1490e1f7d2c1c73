import { afterAll, beforeEach, expect, test } from '@jest/globals';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import { recordFailures } from '../directory/connections/failures.ts';
import { createGroup } from '../directory/groups/create-group.ts';
import { createUser } from '../directory/users/create-user.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { readKeyHolder } from '../people/read-key-holder.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { aConnection, aUser, by, idOf, write } from '../testing/sample-directory.ts';
import { bring, change, open, profile, steps } from '../testing/sample-shipments.ts';
import { mailsOf } from './mails-of.ts';
import { readHistory } from './read-history.ts';
import { readSteps } from './read-steps.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
beforeEach(async () => {
  opened = await connectTestLedger();
});
const pass = (minutes: number): void =>
  void (opened.clock.now = new Date(opened.clock.now.getTime() + minutes * 60_000));

test('the attempts at a step are one, with the latest reason and the time of the next', async () => {
  const { ledger } = opened;
  const { id } = await open(ledger);
  expect(await readSteps(ledger.db, id)).toEqual([
    expect.objectContaining({ step: 'check-profile', attempts: 0, isRunning: false, nextAt: expect.any(Date) }),
  ]);
  for (const why of ['okta answers 503', 'okta answers 429']) {
    const claimed = await claimStep(ledger, {
      step: 'check-profile',
      shipmentId: id,
      dispatchId: null,
      leaseMs: 600_000,
    });
    if (claimed.outcome !== 'claimed') throw new RangeError(claimed.outcome);
    expect(await readSteps(ledger.db, id)).toMatchObject([{ isRunning: true }]);
    pass(1);
    const failure = { waitsFor: 'okta' as const, isCounted: true };
    await finishAttempt(ledger, claimed.attempt, { outcome: 'threw', why, failure });
    await ledger.db
      .updateTable('outbox')
      .set({ due_at: new Date(0) })
      .execute();
  }
  expect(await readSteps(ledger.db, id)).toEqual([
    {
      step: 'check-profile',
      attempts: 2,
      firstStartedAt: new Date(opened.clock.now.getTime() - 120_000),
      outcome: 'threw',
      reason: 'okta answers 429',
      lastEndedAt: opened.clock.now,
      isRunning: false,
      nextAt: new Date(0),
      failures: 2,
      waitsFor: 'okta',
    },
  ]);
});

test('mails with the PIN have their outcome: refused, then sent, then sent once more', async () => {
  const { ledger } = opened;
  const { id } = await open(ledger);
  const mails = async (shipment: Parameters<typeof mailsOf>[0]) => mailsOf(shipment, await readHistory(ledger, id));
  expect(await mails(await bring(ledger, id, 'released'))).toMatchObject([{ outcome: 'waiting', channel: 'smtp' }]);
  await change(ledger, id, steps.sending, 'pin.sending');
  pass(1);
  const held = await change(ledger, id, {
    hold: { code: 'mail_refused', problems: [], since: opened.clock.now },
    pin: 'sealed',
  });
  const refused = { outcome: 'refused', channel: 'smtp', sentTo: null, at: opened.clock.now, reason: 'mail_refused' };
  expect(await mails(held.shipment)).toEqual([refused]);
  await change(ledger, id, { hold: null });
  await change(ledger, id, { pin: 'released' });
  expect(await mails((await change(ledger, id, steps.sending, 'pin.sending')).shipment)).toMatchObject([
    refused,
    { outcome: 'sending' },
  ]);
  pass(1);
  const pinMail = { sentTo: 'n…@example.com', sentAt: opened.clock.now };
  const { shipment } = await change(ledger, id, { pin: 'sent', pinMail }, 'pin.sent');
  expect(await mails(shipment)).toEqual([
    refused,
    { outcome: 'sent', channel: 'smtp', sentTo: 'n…@example.com', at: opened.clock.now, reason: null },
  ]);
});

test('a person has their keys, who asked for each, and their events, in their tenant alone', async () => {
  const { ledger } = opened;
  const userId = '00u1a2b3c4D5E6f7G8h9';
  const body = {
    uuid: eventUuid('one'),
    eventType: 'user.lifecycle.deactivate',
    target: [{ id: userId, type: 'User' }],
  };
  const event = { uuid: body.uuid, eventType: body.eventType, published: null, setAside: null, body };
  await recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event] });
  expect(await readKeyHolder(ledger, 'acme', userId)).toMatchObject({ userId: null, keys: [], events: [{ key: 1 }] });
  const { id: first } = await open(ledger, { userId, login: 'noor@example.com', requestedBy: 'key_1' });
  await bring(ledger, first, 'active');
  await change(ledger, first, { credentialDetails: { serial: '12345678' }, secrets: { profile } });
  const { id: backup } = await open(ledger, { userId, login: 'noor@example.com', purpose: 'backup' });
  const holder = await readKeyHolder(ledger, 'acme', 'NOOR@example.com');
  expect(holder).toMatchObject({
    userId,
    login: 'noor@example.com',
    name: 'Noor Haddad',
    registration: null,
    isMore: false,
  });
  expect(holder?.events).toHaveLength(1);
  expect(
    holder?.keys.map(({ shipment, isWorking, requester }) => [shipment.id, isWorking, requester.apiKey?.id ?? null]),
  ).toEqual([
    [backup, false, null],
    [first, true, 'key_1'],
  ]);
  expect(await readKeyHolder(ledger, 'globex', userId)).toBeNull();
});

test('a person in the directory is known by user name, Okta id and id, with owner, groups and last refusal', async () => {
  const { ledger } = opened;
  const okta = await aConnection(ledger, { name: 'Okta' });
  const externalId = '00u1a2b3c4D5E6f7G8h9';
  const user = aUser('noor@example.com', { externalId, attributes: new Map([['displayName', 'Noor Haddad']]) });
  const person = idOf(await write(ledger, by(okta), (scope) => createUser(scope, user)));
  await write(ledger, by(okta), (scope) =>
    createGroup(scope, { displayName: 'Pilots', externalId: null, members: [person] }),
  );
  const failure = { at: opened.clock.now, times: 1, status: 400, scimType: null, detail: 'A rule.' };
  await recordFailures(ledger, okta, [{ subject: { id: person }, ...failure }]);
  for (const sought of ['NOOR@example.com', externalId, person])
    expect(await readKeyHolder(ledger, 'acme', sought)).toMatchObject({
      login: 'noor@example.com',
      name: 'Noor Haddad',
      keys: [],
      directory: {
        id: person,
        active: true,
        connection: { id: okta.id, name: 'Okta' },
        groups: ['Pilots'],
        lastError: { detail: 'A rule.' },
      },
    });
  await open(ledger, { userId: externalId, login: 'noor@example.com' });
  for (const sought of ['noor@example.com', externalId, person])
    expect(await readKeyHolder(ledger, 'acme', sought)).toMatchObject({
      keys: [{ isWorking: false }],
      directory: { id: person },
    });
  for (const sought of ['noor@example.com', externalId, person])
    expect(await readKeyHolder(ledger, 'globex', sought)).toBeNull();
});

test('a login that was assigned to another person leads to that person alone', async () => {
  const { ledger } = opened;
  const login = 'noor@example.com';
  const [former, holder] = ['00u1a2b3c4D5E6f7G8h9', '00u9h8G7f6E5D4c3b2a1'] as const;
  const deliver = async (userId: string) => {
    const eventType = 'user.lifecycle.deactivate';
    const target = [{ id: userId, type: 'User', alternateId: login }];
    const body = { uuid: eventUuid(userId), eventType, target };
    const event = { uuid: body.uuid, eventType, published: null, setAside: null, body };
    await recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event] });
  };
  const { id: ofFormer } = await open(ledger, { userId: former, login });
  const { id: ofHolder } = await open(ledger, { userId: holder, login });
  const { id: renamed } = await open(ledger, { userId: holder, login: 'noor.new@example.com', purpose: 'backup' });
  const { id: unresolved } = await open(ledger, { userId: null, login, purpose: 'backup' });
  await deliver(former);
  await deliver(holder);
  const idsOf = async (user: string) =>
    (await readKeyHolder(ledger, 'acme', user))?.keys.map(({ shipment }) => shipment.id).toSorted();
  expect(await idsOf(login)).toEqual([ofHolder, renamed, unresolved].toSorted());
  expect(await idsOf(former)).toEqual([ofFormer]);
  expect((await readKeyHolder(ledger, 'acme', login))?.events).toHaveLength(1);
});
