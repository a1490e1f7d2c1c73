import { beforeEach, describe, expect, test } from '@jest/globals';

import type { Change } from '../model/change.ts';
import type { FlowSlug } from '../model/flows.ts';
import type { StepName } from '../model/plan.ts';
import type { Purpose } from '../model/purpose.ts';
import type { KeyVerdict, LedgerPort, ShipmentRequest, StepAttempt, StepFailure, Verdict } from '../ports/ledger.ts';
import { checkedProfile, product, sampleHold } from './samples.ts';

/** A ledger port on an empty ledger, and what other processes do to that ledger. The tenant is `acme`. */
export interface LedgerUnderTest {
  port: LedgerPort;
  leaseMs: number;
  /** Records an event as the receiver does. */
  recordEvent: () => Promise<string>;
  switchFlow: (flow: FlowSlug, enabled: boolean) => Promise<void>;
  dispatchIdOf: (step: StepName, shipmentId: string) => Promise<string>;
  /** The attempt's worker has crashed, and its lease has run out. */
  expireLease: (attempt: StepAttempt) => Promise<void>;
}

const note = { event: 'test.moved' };
const ready: Change = { order: 'ready', profileChecked: true, secrets: { profile: checkedProfile() } };
const intendEnrollment: Change = {
  order: 'enrolling',
  intents: { enroll: { at: '2030-01-01T00:00:00.000Z', knownEnrollmentIds: [] } },
};

const requestFor = (request: Partial<ShipmentRequest>): ShipmentRequest => ({
  tenant: 'acme',
  trigger: 'api',
  purpose: 'primary',
  userId: '00u1',
  login: null,
  product,
  groupId: null,
  ...request,
});

/** What every ledger does, in memory and on Postgres: the tests of whole journeys rely on the former. */
export function ledgerPortContract(create: () => Promise<LedgerUnderTest>): void {
  let under: LedgerUnderTest;
  let port: LedgerPort;
  beforeEach(async () => {
    under = await create();
    ({ port } = under);
  });

  const requestOf = (request: Partial<ShipmentRequest> = {}): Verdict => ({
    verdict: 'key_request',
    request: requestFor(request),
  });
  const record = async (verdict: Verdict) => port.recordVerdict(await under.recordEvent(), verdict);
  const createShipment = async (request: Partial<ShipmentRequest> = {}): Promise<string> => {
    const recorded = await record(requestOf(request));
    return recorded.outcome === 'created' ? recorded.shipmentId : `not created: ${recorded.outcome}`;
  };
  const move = (id: string, change: Change) => port.move(id, () => ({ change, note }));
  const claim = (step: StepName, id: string, dispatchId: string | null = null) => port.claimStep(step, id, dispatchId);
  const claimed = async (step: StepName, id: string): Promise<StepAttempt> => {
    const result = await claim(step, id);
    if (result.outcome !== 'claimed') throw new RangeError(`the claim of ${step} is ${result.outcome}`);
    return result.attempt;
  };

  describe('a move', () => {
    test('is committed with what follows from it', async () => {
      const id = await createShipment();
      const moved = await move(id, { ...ready, cancelRequested: true });
      expect(moved).toMatchObject({ outcome: 'moved', shipment: { id, plan: { order: 'cancelled' } } });
      expect(await port.read(id)).toEqual(moved.shipment);
    });

    test('keeps a secret until it is set to null', async () => {
      const id = await createShipment({ login: 'ada@example.com' });
      await move(id, ready);
      expect((await port.read(id)).secrets).toEqual({ login: 'ada@example.com', profile: checkedProfile() });
      await move(id, { secrets: { profile: null } });
      expect((await port.read(id)).secrets).toEqual({ login: 'ada@example.com' });
    });

    test('that is declined changes nothing', async () => {
      const id = await createShipment();
      const before = await port.read(id);
      expect(await port.move(id, () => null)).toEqual({ outcome: 'declined', shipment: before });
      expect(await port.read(id)).toEqual(before);
    });

    test('that is illegal throws and changes nothing', async () => {
      const id = await createShipment();
      const before = await port.read(id);
      await expect(move(id, { order: 'placed' })).rejects.toMatchObject({ code: 'illegal_move' });
      expect(await port.read(id)).toEqual(before);
    });

    test('that would open a second shipment of one user changes nothing and returns the other', async () => {
      const first = await createShipment();
      const second = await createShipment({ userId: null, login: 'ada@example.com' });
      const before = await port.read(second);
      expect(await move(second, { user: { id: '00u1' } })).toEqual({
        outcome: 'duplicate',
        of: first,
        shipment: before,
      });
      expect(await port.read(second)).toEqual(before);
      await move(first, { order: 'cancelled' });
      expect(await move(second, { user: { id: '00u1' } })).toMatchObject({ outcome: 'moved' });
    });

    test('of a shipment that does not exist throws, as a read does', async () => {
      await expect(port.move('shp_none', () => null)).rejects.toThrow('shp_none');
      await expect(port.read('shp_none')).rejects.toThrow('shp_none');
    });

    test('grants the one slot to the shipment that waits longest', async () => {
      const [first, second] = [await createShipment(), await createShipment({ userId: '00u2' })];
      expect(await move(first, ready)).toMatchObject({ shipment: { plan: { inSlot: true } } });
      expect(await move(second, ready)).toMatchObject({ shipment: { plan: { inSlot: false } } });
      expect(await claim('enroll-credential', second)).toMatchObject({ outcome: 'not_next' });
      await move(first, { order: 'cancelled' });
      expect((await port.read(second)).plan.inSlot).toBe(true);
    });
  });

  describe('a claim', () => {
    test('starts an attempt with a lease, and a second claim has to wait', async () => {
      const id = await createShipment();
      const result = await claim('check-profile', id);
      expect(result).toMatchObject({
        outcome: 'claimed',
        attempt: { step: 'check-profile', number: 1, shipment: { id } },
      });
      const second = await claim('check-profile', id);
      expect(second).toMatchObject({ outcome: 'already_running' });
      const waitMs = second.outcome === 'already_running' ? second.retryAfterMs : 0;
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(under.leaseMs);
    });

    test('after a finished attempt starts the next one', async () => {
      const id = await createShipment();
      await port.finishAttempt(await claimed('check-profile', id), { outcome: 'later', why: null, afterMs: 1_000 });
      expect(await claimed('check-profile', id)).toMatchObject({ number: 2 });
    });

    test('knows the failures in a row: a poll ends them, and a wait that was named leaves them as they are', async () => {
      const id = await createShipment();
      const failed = { outcome: 'later', why: null, afterMs: 1_000 } as const;
      const failures = async (failure?: StepFailure): Promise<number> => {
        const attempt = await claimed('check-profile', id);
        await port.finishAttempt(attempt, { ...failed, ...(failure === undefined ? {} : { failure }) });
        return attempt.failures;
      };
      const counted = { waitsFor: 'okta', isCounted: true } as const;
      const seen = [
        await failures(counted),
        await failures(counted),
        await failures({ waitsFor: null, isCounted: false }),
        await failures(),
        await failures(),
      ];
      expect(seen).toEqual([0, 1, 2, 2, 0]);
    });

    test('after an expired lease starts the next attempt, which the expired one cannot finish', async () => {
      const id = await createShipment();
      const first = await claimed('check-profile', id);
      await under.expireLease(first);
      expect(await claimed('check-profile', id)).toMatchObject({ number: 2 });
      await port.finishAttempt(first, { outcome: 'done', why: null });
      expect(await claim('check-profile', id)).toMatchObject({ outcome: 'already_running' });
    });

    test('of a step that is not next starts nothing', async () => {
      const id = await createShipment();
      expect(await claim('send-pin', id)).toMatchObject({ outcome: 'not_next', shipment: { id } });
    });

    test('of a shipment that does not exist starts nothing', async () => {
      expect(await claim('check-profile', 'shp_none')).toEqual({ outcome: 'not_found' });
    });

    test('by a job that was dispatched again since starts nothing', async () => {
      const id = await createShipment();
      const before = await under.dispatchIdOf('check-profile', id);
      await move(id, { retryNow: true });
      const after = await under.dispatchIdOf('check-profile', id);
      expect(after).not.toBe(before);
      expect(await claim('check-profile', id, before)).toEqual({ outcome: 'superseded' });
      expect(await claim('check-profile', id, after)).toMatchObject({ outcome: 'claimed' });
    });

    test('of a running step is not superseded by a retry', async () => {
      const id = await createShipment();
      await claimed('check-profile', id);
      const dispatchId = await under.dispatchIdOf('check-profile', id);
      await move(id, { retryNow: true });
      expect(await under.dispatchIdOf('check-profile', id)).toBe(dispatchId);
    });

    test('waits while the tenant is paused, and a shorter pause does not shorten it', async () => {
      const id = await createShipment();
      const { createdAt } = await port.read(id);
      const in_ = (ms: number): Date => new Date(createdAt.getTime() + ms);
      await port.pauseTenant('acme', { until: in_(3_600_000), reason: 'okta answers 401', service: 'okta' });
      await port.pauseTenant('acme', { until: in_(60_000), reason: 'okta answers 403', service: 'okta' });
      const result = await claim('check-profile', id);
      expect(result).toMatchObject({ outcome: 'tenant_paused', reason: 'okta answers 401' });
      expect(result.outcome === 'tenant_paused' ? result.retryAfterMs : 0).toBeGreaterThan(3_000_000);
    });

    test('while processing is off gives the slot back, unless a call may have been made', async () => {
      const id = await createShipment();
      await move(id, ready);
      await under.switchFlow('process-shipments', false);
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'not_next' });
      expect((await port.read(id)).plan.inSlot).toBe(false);
      await under.switchFlow('process-shipments', true);
      expect((await port.read(id)).plan.inSlot).toBe(true);
      await move(id, intendEnrollment);
      await under.switchFlow('process-shipments', false);
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'claimed' });
    });
  });

  eventContract(() => ({ under, port, requestOf, record, createShipment, move }));
}

interface Events {
  under: LedgerUnderTest;
  port: LedgerPort;
  requestOf: (request?: Partial<ShipmentRequest>) => Verdict;
  record: (verdict: Verdict) => ReturnType<LedgerPort['recordVerdict']>;
  createShipment: (request?: Partial<ShipmentRequest>) => Promise<string>;
  move: (id: string, change: Change) => ReturnType<LedgerPort['move']>;
}

function eventContract(setUp: () => Events): void {
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

  test('a flow is on until it is switched off', async () => {
    const { under, port } = setUp();
    expect(await port.isFlowOn('acme', 'group-add')).toBe(true);
    await under.switchFlow('group-add', false);
    expect(await port.isFlowOn('acme', 'group-add')).toBe(false);
    expect(await port.isFlowOn('acme', 'mfa-initiated')).toBe(true);
  });
}

const toActiveKey: readonly Change[] = [
  ready,
  { order: 'enrolling' },
  { order: 'enrolled', credential: 'pending' },
  { order: 'placing' },
  { order: 'placed', parcel: 'preparing' },
  { programmed: true, pin: 'sealed', credential: 'active' },
  { pin: 'released', parcel: 'delivered' },
  { pin: 'sending' },
  { pin: 'sent' },
];
