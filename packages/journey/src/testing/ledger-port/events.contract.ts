import { describe, expect, test } from '@jest/globals';

import type { Purpose } from '../../model/purpose.ts';
import type { KeyVerdict, Verdict } from '../../ports/ledger.ts';
import { product, sampleHold } from '../samples.ts';
import { chainOf, requestFor, toActiveKey, type LedgerInUse } from './ledger-under-test.ts';

export function eventsContract(setUp: () => LedgerInUse): void {
  const profileChange: Verdict = { verdict: 'recheck', userId: '00u1', login: 'Ada@example.com' };
  const leaver: Verdict = { verdict: 'leaver', userId: '00u1', groupId: null, cancels: true, revokes: true };

  describe('an event', () => {
    test('is received until it has a verdict, which it keeps', async () => {
      const { under, port, requestOf } = setUp();
      const id = await under.recordEvent();
      expect(await port.readEvent(id)).toMatchObject({ id, tenant: 'acme', state: 'received', failures: 0 });
      await port.postponeEvent(id, 1_000, { waitsFor: 'okta', isCounted: true });
      await port.postponeEvent(id, 1_000, { waitsFor: null, isCounted: false });
      expect(await port.readEvent(id)).toMatchObject({ state: 'received', failures: 1 });
      await port.postponeEvent(id, 1_000);
      expect(await port.readEvent(id)).toMatchObject({ state: 'received', failures: 0 });
      const recorded = await port.recordVerdict(id, requestOf());
      expect(recorded).toMatchObject({ outcome: 'created' });
      expect(await port.recordVerdict(id, { verdict: 'ignored', reason: 'too late' })).toEqual(recorded);
      expect(await port.readEvent(id)).toMatchObject({ state: 'accepted' });
    });

    test('may claim the first step of its shipment with its verdict, once', async () => {
      const { under, port, requestOf } = setUp();
      const [id, other] = [await under.recordEvent(), await under.recordEvent()];
      const [chain, refusing] = [chainOf(true), chainOf(false)];
      const recorded = await port.recordVerdict(id, requestOf(), chain);
      const shipmentId = recorded.outcome === 'created' ? recorded.shipmentId : '';
      const next = { step: 'check-profile', number: 1, failures: 0, shipment: { id: shipmentId } };
      expect(recorded).toMatchObject({ outcome: 'created', next });
      expect([chain.candidates, chain.claims]).toEqual([['check-profile'], [true]]);
      expect(await port.claimStep('check-profile', shipmentId, null)).toMatchObject({ outcome: 'already_running' });
      expect(await port.recordVerdict(id, requestOf(), chainOf(true))).toEqual({ outcome: 'created', shipmentId });
      const unclaimed = await port.recordVerdict(other, requestOf({ userId: '00u2', login: null }), refusing);
      expect(unclaimed).toEqual({ outcome: 'created', shipmentId: expect.any(String) });
    });

    test('that is ignored keeps its reason', async () => {
      const { under, port, requestOf } = setUp();
      const id = await under.recordEvent();
      const ignored = { outcome: 'ignored', reason: 'flow off' };
      expect(await port.recordVerdict(id, { verdict: 'ignored', reason: 'flow off' })).toEqual(ignored);
      expect(await port.recordVerdict(id, requestOf())).toEqual(ignored);
      expect(await port.readEvent(id)).toMatchObject({ state: 'ignored' });
    });

    test('that does not exist has no verdict', async () => {
      const { port } = setUp();
      expect(await port.readEvent('evt_none')).toBeNull();
      await expect(port.recordVerdict('evt_none', leaver)).rejects.toThrow('evt_none');
    });
  });

  describe('a request', () => {
    test('creates a shipment that is to be checked first', async () => {
      const { port, createShipment } = setUp();
      const id = await createShipment({ trigger: 'group-add', groupId: '00g1', login: 'ada@example.com' });
      expect(await port.read(id)).toMatchObject({
        tenant: 'acme',
        trigger: 'group-add',
        groupId: '00g1',
        user: { id: '00u1' },
        secrets: { login: 'ada@example.com' },
        plan: { order: 'requested', held: false, inSlot: false, dryRun: false },
      });
      expect(await port.claimStep('check-profile', id, null)).toMatchObject({ outcome: 'claimed' });
    });

    test('of a user with an open shipment for the purpose is ignored', async () => {
      const { record, requestOf, createShipment } = setUp();
      const id = await createShipment({ userId: null, login: 'ada@example.com' });
      const ignored = { outcome: 'ignored', reason: `already_open (${id})` };
      expect(await record(requestOf({ userId: '00u1', login: 'ADA@example.com' }))).toEqual(ignored);
      expect(await record(requestOf({ userId: null, login: 'bob@example.com' }))).toMatchObject({ outcome: 'created' });
      expect(await record(requestOf({ login: 'ada@example.com', purpose: 'backup' }))).toMatchObject({
        outcome: 'created',
      });
    });

    test('for several keys is recorded for each, once', async () => {
      const { under, port, requestOf } = setUp();
      const ofPurpose = (purpose: Purpose): KeyVerdict => ({
        verdict: 'key_request',
        request: requestFor({ purpose }),
      });
      const id = await under.recordEvent();
      const keys = [
        ofPurpose('primary'),
        ofPurpose('backup'),
        { verdict: 'set_aside', reason: 'one too many' },
      ] as const;
      const recorded = await port.recordVerdict(id, { verdict: 'several_keys', keys });
      expect(recorded).toMatchObject({
        outcome: 'several_keys',
        keys: [{ outcome: 'created' }, { outcome: 'created' }, { outcome: 'set_aside', reason: 'one too many' }],
      });
      expect(await port.recordVerdict(id, requestOf())).toEqual(recorded);
    });

    test('that meets an open shipment of another product is set aside where it was initiated', async () => {
      const { record, requestOf, createShipment } = setUp();
      const id = await createShipment();
      const other = { ...product, inventoryProductId: '999' };
      expect(await record(requestOf({ trigger: 'mfa-initiated', product: other }))).toEqual({
        outcome: 'set_aside',
        reason: expect.stringContaining(id),
      });
      for (const request of [{ trigger: 'mfa-initiated' }, { trigger: 'group-add', product: other }] as const)
        expect(await record(requestOf(request))).toEqual({ outcome: 'ignored', reason: `already_open (${id})` });
    });

    test('of a group is ignored for a user with an active key, and others are not', async () => {
      const { record, requestOf, createShipment, move } = setUp();
      const id = await createShipment();
      for (const change of toActiveKey) await move(id, change);
      expect(await record(requestOf({ trigger: 'group-add' }))).toEqual({
        outcome: 'ignored',
        reason: `has_active_key (${id})`,
      });
      expect(await record(requestOf())).toMatchObject({ outcome: 'created' });
    });
  });

  describe('a profile change', () => {
    test('waits for a check of the user, by id or by login', async () => {
      const { port, record, createShipment, move } = setUp();
      const id = await createShipment({ userId: null, login: 'ada@example.com' });
      expect(await record(profileChange)).toEqual({ outcome: 'check_under_way' });
      await move(id, { user: { id: '00u1' } });
      expect(await record(profileChange)).toEqual({ outcome: 'check_under_way' });
      await move(id, { hold: sampleHold('profile_problems') });
      expect(await record(profileChange)).toEqual({ outcome: 'rechecked', shipmentIds: [id] });
      expect(await port.read(id)).toMatchObject({ hold: null, plan: { profileChecked: false } });
    });

    test('is ignored where no hold is about the profile', async () => {
      const { record, createShipment, move } = setUp();
      const id = await createShipment();
      await move(id, { hold: sampleHold('provider_error') });
      expect(await record(profileChange)).toMatchObject({ outcome: 'ignored' });
    });
  });

  describe('a leaver', () => {
    test('has open shipments cancelled and credentials revoked, once', async () => {
      const { port, record, createShipment, move } = setUp();
      const [requested, active] = [await createShipment(), await createShipment({ purpose: 'backup' })];
      for (const change of toActiveKey) await move(active, change);
      expect(await record(leaver)).toEqual({ outcome: 'offboarded', shipmentIds: [requested, active] });
      expect((await port.read(requested)).plan.order).toBe('cancelled');
      expect((await port.read(active)).plan).toMatchObject({ order: 'closed', revokeRequested: true });
      expect(await record(leaver)).toMatchObject({ outcome: 'ignored' });
    });
  });

  test('an event and an attempt come with the flows that are off', async () => {
    const { under, port, createShipment } = setUp();
    const [event, id] = [await under.recordEvent(), await createShipment()];
    expect(await port.readEvent(event)).toMatchObject({ flowsOff: [] });
    await under.switchFlow('group-add', false);
    expect(await port.readEvent(event)).toMatchObject({ flowsOff: ['group-add'] });
    const attempt = { flowsOff: ['group-add'], hasDirectory: false };
    expect(await port.claimStep('check-profile', id, null)).toMatchObject({ outcome: 'claimed', attempt });
    await under.switchFlow('group-add', true);
    expect(await port.readEvent(event)).toMatchObject({ flowsOff: [] });
  });
}
