import { describe, expect, test } from '@jest/globals';

import { directoryEventTypes } from '../model/event-types.ts';
import type { FlowSlug } from '../model/flows.ts';
import type { StockedProduct } from '../model/tenant.ts';
import type { EventSource, KeyVerdict, Verdict } from '../ports/ledger.ts';
import type { Outcome } from '../steps/outcome.ts';
import { runEventStep } from '../steps/run-step.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { severalKeysTrials } from '../testing/hook-trials.ts';
import {
  camelDetail,
  eventOf,
  factorTarget,
  groupAdd,
  groupTarget,
  mfaInitiated,
  userTarget,
} from '../testing/okta-events.ts';
import { otherProduct, product, sampleHold, sampleTenant } from '../testing/samples.ts';

function receiving(
  body: unknown,
  { source = 'hook', ...settings }: HarnessSettings & { source?: EventSource } = {},
): Harness {
  const harness = createHarness({ shipment: null, ...settings });
  harness.ledger.events.set('evt_1', {
    id: 'evt_1',
    tenant: 'acme',
    body,
    state: 'received',
    source,
    failures: 0,
  });
  return harness;
}

async function accept(harness: Harness): Promise<{ outcome: Outcome; verdict: Verdict | undefined }> {
  const { result: outcome } = await runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' });
  return { outcome, verdict: harness.ledger.events.get('evt_1')?.verdict };
}

describe.each(directoryEventTypes)('%s', (eventType) => {
  // All that an event of the directory has, for people and groups that are there.
  const forged = (): Record<string, unknown> => ({
    ...eventOf(eventType, [userTarget, groupTarget()]),
    personId: 'usr_1',
    userName: 'zuzana@work.example',
    oktaUserId: '00u1',
    by: 'conn1',
    groupId: 'grp_1',
    deactivatedAt: '2026-03-01T09:00:00.000Z',
    deleted: true,
  });

  test.each(['hook', 'catch_up'] as const)(
    'from Okta (%s) is ignored: only the directory raises it',
    async (source) => {
      const harness = receiving(forged(), { source });
      await expect(accept(harness)).resolves.toEqual({
        outcome: { outcome: 'done', why: 'ignored: an event of the directory, which Okta does not raise' },
        verdict: { verdict: 'ignored', reason: 'an event of the directory, which Okta does not raise' },
      });
      expect(harness.calls).toEqual([]);
    },
  );
});

test('an event of Okta that came from the directory is ignored', async () => {
  const harness = receiving({ ...groupAdd(), personId: 'usr_1', userName: null, oktaUserId: null }, { source: 'scim' });
  await expect(accept(harness)).resolves.toMatchObject({
    verdict: { verdict: 'ignored', reason: 'the event cannot be read' },
  });
  expect(harness.calls).toEqual([]);
});

describe('an event that asks for a key', () => {
  test('of the group, by id: creates a shipment of its product, for the login that Okta returns', async () => {
    const harness = receiving(groupAdd({ ...userTarget, alternateId: 'forged@evil.example' }, groupTarget()));
    const accepted = await accept(harness);
    expect(accepted).toMatchObject({
      outcome: { outcome: 'done', why: 'created shp_1' },
      verdict: {
        verdict: 'key_request',
        request: {
          tenant: 'acme',
          trigger: 'group-add',
          purpose: 'primary',
          userId: '00u1',
          login: 'zuzana@work.example',
          groupId: '00g1',
          product,
        },
      },
    });
    expect(harness.calls).toEqual(['okta.readUser']);
  });

  test('of the group, by name: by the name in Okta, never the one in the event', async () => {
    const harness = receiving(groupAdd(userTarget, groupTarget('00g2', 'something else')));
    harness.org.groups.push({ id: '00g2', name: 'YubiKey 5C NFC', members: ['00u1'] });
    const { verdict } = await accept(harness);
    expect(verdict).toMatchObject({ verdict: 'key_request', request: { product: otherProduct, groupId: '00g2' } });
    expect(harness.calls).toEqual(['okta.readGroup', 'okta.readUser']);
  });

  test('of the MFA initiation: creates a shipment of the product that it names', async () => {
    const { verdict } = await accept(receiving(mfaInitiated()));
    expect(verdict).toMatchObject({
      verdict: 'key_request',
      request: { trigger: 'mfa-initiated', userId: '00u1', groupId: null, product },
    });
  });

  test('is decided once', async () => {
    const harness = receiving(groupAdd());
    await accept(harness);
    const calls = [...harness.calls];
    await expect(accept(harness)).resolves.toMatchObject({ outcome: { outcome: 'done', why: 'already decided' } });
    expect(harness.calls).toEqual(calls);
  });
});

describe('an MFA initiation for several keys', () => {
  const products: readonly StockedProduct[] = [
    { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
    { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83', purpose: 'primary' },
    { productId: '29', inventoryProductId: '107', customizationId: 'RXJN83', purpose: 'backup' },
  ];
  const targetOf = ({ provider, p, i }: (typeof severalKeysTrials)[number]['keys'][number]) =>
    factorTarget({ fulfillmentProvider: provider, yubicoProductId: p, yubicoInventoryProductId: i });
  const verdictOf = (key: KeyVerdict) => (key.verdict === 'key_request' ? key.request.purpose : key.verdict);

  test.each(severalKeysTrials)('$n: each becomes what it should, $expected', async ({ keys, expected }) => {
    const harness = receiving(mfaInitiated(userTarget, ...keys.map(targetOf)), { tenant: { products } });
    const { outcome, verdict } = await accept(harness);
    expect(verdict?.verdict === 'several_keys' ? verdict.keys.map(verdictOf) : verdict).toEqual(expected);
    const made = [...harness.ledger.shipments.values()].map(({ purpose }) => purpose);
    expect(made).toEqual(expected.filter((one) => one === 'primary' || one === 'backup'));
    expect(harness.alarms.map(({ code }) => code)).toEqual(
      expected.filter((one) => one === 'set_aside').map(() => 'key_set_aside'),
    );
    expect(outcome).toMatchObject({ outcome: 'done' });
    expect(harness.calls.filter((call) => call.startsWith('okta.'))).toEqual(
      made.length === 0 ? [] : ['okta.readUser'],
    );
  });

  test('that come as an event each are a request each, and the third is set aside for an operator', async () => {
    const events = [
      ['29', '106'],
      ['29', '107'],
      ['1', '106'],
    ].map(([p, i]) => mfaInitiated(userTarget, targetOf({ provider: 'yubico', p, i })));
    const harness = receiving(events[0], { tenant: { products } });
    await accept(harness);
    for (const body of events.slice(1)) {
      harness.ledger.events.set('evt_1', {
        id: 'evt_1',
        tenant: 'acme',
        body,
        state: 'received',
        source: 'hook',
        failures: 0,
      });
      await accept(harness);
    }
    expect([...harness.ledger.shipments.values()].map(({ purpose }) => purpose)).toEqual(['primary', 'backup']);
    expect(harness.ledger.events.get('evt_1')).toMatchObject({
      state: 'set_aside',
      recorded: { outcome: 'set_aside', reason: expect.stringContaining('a second key for the purpose of shp_1') },
    });
    expect(harness.alarms).toMatchObject([{ code: 'key_set_aside', detail: { event: 'evt_1' } }]);
  });

  test('of the same product is a repetition, which is ignored', async () => {
    const harness = receiving(mfaInitiated(), { tenant: { products } });
    await accept(harness);
    harness.ledger.events.set('evt_1', {
      id: 'evt_1',
      tenant: 'acme',
      body: mfaInitiated(),
      state: 'received',
      source: 'hook',
      failures: 0,
    });
    await accept(harness);
    expect(harness.ledger.events.get('evt_1')).toMatchObject({ state: 'ignored' });
    expect(harness.alarms).toEqual([]);
  });
});

test('a group whose stock is for backup keys asks for a backup key', async () => {
  const groups = [{ id: '00g1', ...product, purpose: 'backup' as const }];
  const { verdict } = await accept(receiving(groupAdd(), { tenant: { groups } }));
  expect(verdict).toMatchObject({ verdict: 'key_request', request: { purpose: 'backup', product } });
});

test('an event whose ids cannot be read is set aside with the reason, and raises an alarm', async () => {
  const harness = receiving(groupAdd({ ...userTarget, id: {} }, groupTarget()));
  const reason = 'the id of the target User is an object';
  await expect(accept(harness)).resolves.toEqual({
    outcome: { outcome: 'done', why: `set aside: ${reason}` },
    verdict: { verdict: 'set_aside', reason },
  });
  expect(harness.alarms).toMatchObject([{ code: 'key_set_aside', detail: { event: 'evt_1', reason } }]);
});

describe('an event is ignored', () => {
  const unknownUser = { ...userTarget, id: '00unknown' };

  test.each<[string, unknown]>([
    ['the event cannot be read', 'not an event'],
    ['not an event that asks for a key', eventOf('user.session.start', [userTarget])],
    ['the event reports no success', { ...groupAdd(), outcome: { result: 'FAILURE' } }],
    ['the event names no user and group, as a preview does', eventOf('group.user_membership.add', null)],
    ['the event names no user and product, as a preview does', eventOf('system.mfa.preregister.initiate', null)],
    [
      'another fulfillment provider',
      mfaInitiated(userTarget, factorTarget({ ...camelDetail, fulfillmentProvider: 'keysmith' })),
    ],
    [
      "the product, inventory or customization id is not in the tenant's list",
      mfaInitiated(userTarget, factorTarget({ ...camelDetail, yubicoProductId: '55' })),
    ],
    ['the group has no product', groupAdd(userTarget, groupTarget('00g7'))],
    ['user_not_found', groupAdd(unknownUser, groupTarget())],
    ['user_not_found', mfaInitiated(unknownUser, factorTarget())],
  ])('because: %s', async (reason, body) => {
    await expect(accept(receiving(body))).resolves.toEqual({
      outcome: { outcome: 'done', why: `ignored: ${reason}` },
      verdict: { verdict: 'ignored', reason },
    });
  });

  test('because Okta has another name for the group than the event', async () => {
    const harness = receiving(groupAdd(userTarget, groupTarget('00g2', 'YubiKey 5C NFC')));
    harness.org.groups.push({ id: '00g2', name: 'Everyone', members: ['00u1'] });
    await expect(accept(harness)).resolves.toMatchObject({
      verdict: { verdict: 'ignored', reason: 'the group has no product' },
    });
  });

  test('without a call to Okta where no group of the tenant is named', async () => {
    const harness = receiving(groupAdd(userTarget, groupTarget('00g7')), {
      tenant: { groups: sampleTenant.groups.slice(0, 1) },
    });
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { reason: 'the group has no product' } });
    expect(harness.calls).toEqual([]);
  });

  test.each([
    ['group-add', groupAdd()],
    ['mfa-initiated', mfaInitiated()],
    ['profile-recheck', eventOf('user.account.update_profile', [userTarget])],
  ] as const)('because the flow %s is off, without a call', async (flow, body) => {
    const harness = receiving(body);
    harness.ledger.flowsOff.add(flow);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'ignored', reason: 'flow off' } });
    expect(harness.calls).toEqual([]);
  });
});

describe('an event that comes late', () => {
  const publishedAgo = (harness: Harness, ms: number) => ({
    published: new Date(harness.context.now().getTime() - ms).toISOString(),
  });
  const lateAdd = (harness: Harness, ms: number): void =>
    void harness.ledger.events.set('evt_1', {
      id: 'evt_1',
      tenant: 'acme',
      body: eventOf('group.user_membership.add', [userTarget, groupTarget()], publishedAgo(harness, ms)),
      state: 'received',
      source: 'hook',
      failures: 0,
    });

  test('is ignored where its flow was off when it was published, though it is on now', async () => {
    const harness = receiving(groupAdd());
    harness.ledger.switchFlow('group-add', false);
    Object.assign(harness.ledger.flowSwitches[0] ?? {}, { at: new Date(harness.context.now().getTime() - 120_000) });
    harness.ledger.switchFlow('group-add', true);
    lateAdd(harness, 60_000);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'ignored', reason: 'flow off' } });
  });

  test('requests a key where its flow was switched off and on again before', async () => {
    const harness = receiving(groupAdd());
    for (const [enabled, minutesAgo] of [
      [false, 30],
      [true, 20],
    ] as const) {
      harness.ledger.switchFlow('group-add', enabled);
      Object.assign(harness.ledger.flowSwitches.at(-1) ?? {}, {
        at: new Date(harness.context.now().getTime() - minutesAgo * 60_000),
      });
    }
    lateAdd(harness, 60_000);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'key_request' } });
  });

  test('requests no key for a user who has left the group since, and one for a user who is in it', async () => {
    const harness = receiving(groupAdd());
    lateAdd(harness, 5 * 60_000 + 1);
    await expect(accept(harness)).resolves.toMatchObject({
      verdict: { verdict: 'ignored', reason: 'the user is not in the group any more' },
    });
    harness.org.groups.push({ id: '00g1', name: 'Keys', members: ['00u1'] });
    lateAdd(harness, 5 * 60_000 + 1);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'key_request' } });
  });
});

test('a profile change sends a held shipment back to the check', async () => {
  const held: HarnessSettings = { shipment: { hold: sampleHold('profile_problems') } };
  await expect(accept(receiving(eventOf('user.account.update_profile', [userTarget]), held))).resolves.toEqual({
    outcome: { outcome: 'done', why: 'rechecked shp_1' },
    verdict: { verdict: 'recheck', userId: '00u1', login: userTarget.alternateId },
  });
});

describe('a leaver', () => {
  const leftGroup = eventOf('group.user_membership.remove', [userTarget, groupTarget()]);
  const deactivated = eventOf('user.lifecycle.deactivate', [userTarget]);
  const isGone: HarnessSettings = { user: { status: 'deactivated' } };

  test('of the group has their shipments cancelled, and nothing revoked', async () => {
    const harness = receiving(leftGroup, { shipment: { groupId: '00g1' } });
    await expect(accept(harness)).resolves.toEqual({
      outcome: { outcome: 'done', why: 'offboarded shp_1' },
      verdict: { verdict: 'leaver', userId: '00u1', groupId: '00g1', cancels: true, revokes: false },
    });
    expect(harness.calls).toEqual(['okta.isMember', 'move cancel.requested']);
    expect(harness.shipment().plan).toMatchObject({ order: 'cancelled', revokeRequested: false });
  });

  test('of the group who is back by now keeps the key', async () => {
    const harness = receiving(leftGroup);
    harness.org.groups.push({ id: '00g1', name: 'Keys', members: ['00u1'] });
    await expect(accept(harness)).resolves.toMatchObject({
      verdict: { verdict: 'ignored', reason: 'the user is in the group' },
    });
  });

  test.each([
    [[], { cancels: true, revokes: true }],
    [['cancel-leavers'], { cancels: false, revokes: true }],
    [['revoke-leavers'], { cancels: true, revokes: false }],
  ] as const)('of the company loses what the flows take back (off: %j)', async (off, does) => {
    const harness = receiving(deactivated, isGone);
    for (const flow of off) harness.ledger.flowsOff.add(flow);
    await expect(accept(harness)).resolves.toMatchObject({
      verdict: { verdict: 'leaver', userId: '00u1', groupId: null, ...does },
    });
  });

  test('of the company whom Okta no longer has is a leaver too', async () => {
    const harness = receiving(deactivated);
    harness.org.users = [];
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'leaver' } });
  });

  test.each(['active', 'new', 'suspended'] as const)('who is %s by now keeps everything', async (status) => {
    await expect(accept(receiving(deactivated, { user: { status } }))).resolves.toMatchObject({
      verdict: { verdict: 'ignored', reason: 'the user is not deactivated' },
    });
  });

  test.each<[string, unknown, readonly FlowSlug[]]>([
    ['the group', leftGroup, ['cancel-leavers']],
    ['the company', deactivated, ['cancel-leavers', 'revoke-leavers']],
  ])('of %s is ignored while the flows are off, without a call', async (_, body, off) => {
    const harness = receiving(body, isGone);
    for (const flow of off) harness.ledger.flowsOff.add(flow);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'ignored', reason: 'flow off' } });
    expect(harness.calls).toEqual([]);
  });

  test.each([
    ['okta.isMember', leftGroup],
    ['okta.readUser', deactivated],
  ])('is offboarded when Okta is back (%s)', async (call, body) => {
    const harness = receiving(body, isGone);
    harness.fail(call, 'no_response_before', 'rate_limited');
    await expect(accept(harness)).resolves.toMatchObject({ outcome: { outcome: 'later' }, verdict: undefined });
    await expect(accept(harness)).resolves.toMatchObject({ outcome: { outcome: 'later' }, verdict: undefined });
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'leaver' } });
  });
});

describe('while Okta is away', () => {
  test.each(['unreachable', 'no_response_before', 'rate_limited'] as const)('(%s) the event waits', async (fault) => {
    const harness = receiving(groupAdd());
    harness.fail('okta.readUser', fault);
    await expect(accept(harness)).resolves.toMatchObject({
      outcome: { outcome: 'later' },
      verdict: undefined,
    });
    expect(harness.alarms).toEqual([]);
    await expect(accept(harness)).resolves.toMatchObject({ verdict: { verdict: 'key_request' } });
  });

  test.each(['unauthorized', 'refused'] as const)('(%s) an alarm is raised', async (fault) => {
    const harness = receiving(groupAdd());
    harness.fail('okta.readUser', fault);
    await expect(accept(harness)).resolves.toMatchObject({ outcome: { outcome: 'later' }, verdict: undefined });
    expect(harness.alarms).toMatchObject([{ code: 'event_waits', detail: { event: 'evt_1' } }]);
  });

  test('it waits longer each time, by the backoff of all steps', async () => {
    const harness = receiving(groupAdd());
    harness.fail('okta.readUser', 'no_response_before', 'no_response_before', 'no_response_before');
    for (const baseMs of [500, 1_000, 2_000]) {
      const { outcome } = await accept(harness);
      const waitMs = outcome.outcome === 'later' ? outcome.afterMs : 0;
      expect(waitMs).toBeGreaterThanOrEqual(baseMs);
      expect(waitMs).toBeLessThanOrEqual(baseMs * 1.25);
    }
    expect(harness.ledger.events.get('evt_1')?.failures).toBe(3);
  });
});

test('a bug is rethrown, and the event stays as it is', async () => {
  const harness = receiving(groupAdd());
  const tenant = (): never => {
    throw new RangeError('a bug');
  };
  await expect(
    runEventStep({ ...harness.context, tenant }, { step: 'accept-event', eventId: 'evt_1' }),
  ).rejects.toThrow(RangeError);
  expect(harness.ledger.events.get('evt_1')?.state).toBe('received');
});

test.each([
  ['group.user_membership.add', [userTarget, groupTarget()], ['member 00g1 00u1']],
  ['group.user_membership.remove', [userTarget, groupTarget()], ['member 00g1 00u1']],
  ['group.profile.update', [groupTarget()], ['group 00g1']],
  ['group.lifecycle.delete', [groupTarget()], ['group 00g1']],
  ['group.profile.update', [], []],
  ['user.lifecycle.deactivate', [userTarget], ['person 00u1']],
  ['user.lifecycle.activate', [userTarget], ['person 00u1']],
])(
  '%s is noted for the groups and people that are pushed to a hub, by its ids alone: %j',
  async (eventType, targets, expected) => {
    const harness = receiving(eventOf(eventType, targets));
    const noted: string[] = [];
    harness.context.groups = {
      ...harness.context.groups,
      noteGroup: async (_, groupId) => void noted.push(`group ${groupId}`),
      noteMember: async (_, { groupId, userId }) => void noted.push(`member ${groupId} ${userId}`),
    };
    harness.context.mirrors = {
      ...harness.context.mirrors,
      require: async (_, { userId, groupId }) => void (groupId === null && noted.push(`person ${userId}`)),
    };
    await accept(harness);
    expect(noted).toEqual(expected);
  },
);

describe('the check that follows an event at once', () => {
  const readsOf = async (harness: Harness): Promise<readonly string[]> => {
    harness.org.groups.push({ id: '00g1', name: 'YubiKeys', members: ['00u1'] });
    await harness.accept('evt_1');
    return harness.calls.slice(0, harness.calls.indexOf('provider.validateAddress'));
  };

  test('knows the user whom the event has read, and reads the membership', async () => {
    const reads = await readsOf(receiving(groupAdd(), { isChained: true }));
    expect(reads).toEqual(['okta.readUser', 'okta.isMember', 'provider.enabledCountries']);
  });

  test('reads the user again where the verdict was recorded more than a few seconds later', async () => {
    const harness = receiving(groupAdd(), { isChained: true });
    const { recordVerdict } = harness.context.ledger;
    harness.context.ledger.recordVerdict = (...of) => {
      harness.log.advanceTo(harness.log.nowMs() + 5_000);
      harness.org.users = harness.org.users.map((user) => ({ ...user, status: 'suspended' as const }));
      return recordVerdict(...of);
    };
    await harness.accept('evt_1');
    expect(harness.shipment()).toMatchObject({ hold: { code: 'user_not_active' } });
  });
});
