import { describe, expect, test } from '@jest/globals';

import { eventTypes } from '../model/event-types.ts';
import { idTrials, numbersInDetail } from '../testing/hook-trials.ts';
import {
  camelDetail,
  eventOf,
  factorTarget,
  groupAdd,
  groupTarget,
  mfaInitiated,
  snakeDetail,
  userTarget,
} from '../testing/okta-events.ts';
import { oktaEvent, parseEvent, personOfHub, type ParsedEvent } from './okta-event.ts';

const parse = (event: unknown): ParsedEvent => parseEvent(oktaEvent.parse(event));
const detail = { fulfillmentProvider: 'yubico', productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' };

describe('a group add', () => {
  test.each([
    ['user first', [userTarget, groupTarget()]],
    ['group first', [groupTarget(), userTarget]],
    [
      'among others',
      [
        { id: 'x', type: 'AppInstance' },
        groupTarget(),
        null,
        { type: 'User' },
        { ...userTarget, id: '' },
        userTarget,
        { ...userTarget, id: 'later' },
      ],
    ],
    ['among what is not a target', ['text', 7, null, { id: 7, type: ['User'] }, userTarget, groupTarget()]],
    [
      'with a detail that is no record',
      [
        { ...userTarget, detailEntry: 'none' },
        { ...groupTarget(), detailEntry: ['x'] },
      ],
    ],
  ])('is parsed with its targets in any order: %s', (_, targets) => {
    expect(parse(groupAdd(...targets))).toEqual({ kind: 'group-add', userId: '00u1', groupId: '00g1' });
  });

  test.each([
    ['target is null, as in a preview', null],
    ['target is absent', undefined],
    ['there are no targets', []],
    ['the group is missing', [userTarget]],
    ['the user is missing', [groupTarget()]],
    ['the user has no id', [{ ...userTarget, id: null }, groupTarget()]],
  ])('is ignored when %s', (_, target) => {
    expect(parse(eventOf('group.user_membership.add', target))).toEqual({
      kind: 'ignored',
      reason: 'the event names no user and group, as a preview does',
    });
  });
});

describe('an MFA initiation', () => {
  test.each([
    ['in camelCase, as on the wire', camelDetail],
    ["in the catalog's snake_case", snakeDetail],
    ['in both', { ...camelDetail, ...snakeDetail }],
  ])('is parsed %s', (_, factorDetail) => {
    expect(parse(mfaInitiated(userTarget, factorTarget(factorDetail)))).toEqual({
      kind: 'mfa-initiated',
      userId: '00u1',
      keys: [{ kind: 'key', detail }],
    });
  });

  test('is parsed from a target without an id', () => {
    const { id: _id, ...withoutId } = factorTarget();
    expect(parse(mfaInitiated(userTarget, withoutId))).toMatchObject({ keys: [{ kind: 'key', detail }] });
  });

  test('is parsed from the target that names a provider', () => {
    const targets = [
      { ...factorTarget({ factorType: 'webauthn' }) },
      factorTarget(),
      { ...userTarget, detailEntry: {} },
    ];
    expect(parse(mfaInitiated(...targets))).toEqual({
      kind: 'mfa-initiated',
      userId: '00u1',
      keys: [{ kind: 'key', detail }],
    });
  });

  test.each(['Yubico', 'YUBICO'])('counts with the provider as %s', (fulfillmentProvider) => {
    expect(parse(mfaInitiated(userTarget, factorTarget({ ...camelDetail, fulfillmentProvider })))).toMatchObject({
      kind: 'mfa-initiated',
    });
  });

  test.each(idTrials)('with $n', ({ userId = '00u1', detail: ids, expected, reason }) => {
    const parsed = parse(
      mfaInitiated({ ...userTarget, id: userId }, factorTarget({ fulfillmentProvider: 'yubico', ...ids })),
    );
    const [key] = parsed.kind === 'mfa-initiated' ? parsed.keys : [parsed];
    if (expected === 'set-aside')
      expect(key).toEqual({ kind: 'set-aside', reason: expect.stringContaining(reason ?? 'no reason is here') });
    else expect(key).toEqual({ kind: 'key', detail: { fulfillmentProvider: 'yubico', ...expected } });
  });

  test('whose ids came as numbers has them', () => {
    expect(parse({ ...numbersInDetail.data.events[0], uuid: 'new' })).toEqual({
      kind: 'mfa-initiated',
      userId: '<user id>',
      keys: [{ kind: 'key', detail: { ...detail, productId: '29' } }],
    });
  });

  test('of another provider is ignored', () => {
    const other = { ...camelDetail, fulfillmentProvider: 'keysmith' };
    expect(parse(mfaInitiated(userTarget, factorTarget(other)))).toMatchObject({
      keys: [{ kind: 'ignored', reason: 'another fulfillment provider' }],
    });
  });

  test('asks for a key with each target that names a provider, up to ten', () => {
    const ten = Array.from({ length: 10 }, () => factorTarget());
    const parsed = parse(mfaInitiated(userTarget, ...ten));
    expect(parsed.kind === 'mfa-initiated' ? parsed.keys : []).toHaveLength(10);
    expect(parse(mfaInitiated(userTarget, ...ten, factorTarget()))).toEqual({
      kind: 'set-aside',
      reason: 'the event asks for more than 10 keys',
    });
  });

  test.each([
    ['target is null, as in a preview', eventOf('system.mfa.preregister.initiate', null)],
    ['no target names a provider', mfaInitiated(userTarget, factorTarget({ yubicoProductId: '1' }))],
    ['no detail is there', mfaInitiated(userTarget, factorTarget(null))],
    ['the user is missing', mfaInitiated(factorTarget())],
  ])('is ignored when %s', (_, event) => {
    expect(parse(event)).toEqual({
      kind: 'ignored',
      reason: 'the event names no user and product, as a preview does',
    });
  });
});

describe('an id of a target', () => {
  test.each([
    ['group.user_membership.add', { kind: 'group-add', userId: '12', groupId: '34' }],
    ['group.user_membership.remove', { kind: 'group-remove', userId: '12', groupId: '34' }],
    ['user.lifecycle.deactivate', { kind: 'deactivated', userId: '12' }],
    ['user.account.update_profile', { kind: 'profile-changed', userId: '12' }],
  ])('of %s that came as a number is an id', (type, expected) => {
    const targets = [
      { ...userTarget, id: 12 },
      { ...groupTarget(), id: 34 },
    ];
    expect(parse(eventOf(type, targets))).toMatchObject(expected);
  });

  test.each([
    ['group.user_membership.add', 'User', {}, 'the id of the target User is an object'],
    ['group.user_membership.add', 'UserGroup', true, 'the id of the target UserGroup is a boolean'],
    ['group.user_membership.remove', 'UserGroup', [], 'the id of the target UserGroup is a list'],
    ['user.lifecycle.deactivate', 'User', 1.5, 'the id of the target User is a number'],
    ['user.account.update_profile', 'User', false, 'the id of the target User is a boolean'],
  ])('of %s that can be none sets the event aside: %s %j', (type, bad, id, reason) => {
    const targets = [
      { ...userTarget, ...(bad === 'User' ? { id } : {}) },
      { ...groupTarget(), ...(bad === 'UserGroup' ? { id } : {}) },
    ];
    expect(parse(eventOf(type, targets))).toEqual({ kind: 'set-aside', reason: expect.stringContaining(reason) });
  });
});

describe('a profile change', () => {
  test('names its user', () => {
    expect(parse(eventOf('user.account.update_profile', [userTarget]))).toEqual({
      kind: 'profile-changed',
      userId: '00u1',
      login: userTarget.alternateId,
    });
  });

  test('without a login names its user all the same', () => {
    for (const alternateId of [undefined, null, '', 7])
      expect(parse(eventOf('user.account.update_profile', [{ ...userTarget, alternateId }]))).toEqual({
        kind: 'profile-changed',
        userId: '00u1',
        login: null,
      });
  });

  test('without a user is ignored', () => {
    expect(parse(eventOf('user.account.update_profile', null))).toEqual({
      kind: 'ignored',
      reason: 'the event names no user',
    });
  });
});

describe('a leaver', () => {
  const left = 'group.user_membership.remove';
  const deactivated = 'user.lifecycle.deactivate';

  test('is named with the group, in any order of the targets', () => {
    for (const targets of [
      [userTarget, groupTarget()],
      [null, groupTarget(), userTarget],
    ])
      expect(parse(eventOf(left, targets))).toEqual({ kind: 'group-remove', userId: '00u1', groupId: '00g1' });
  });

  test('is named alone when deactivated', () => {
    expect(parse(eventOf(deactivated, [userTarget]))).toEqual({ kind: 'deactivated', userId: '00u1' });
  });

  test.each<[string, unknown, string]>([
    [left, [userTarget], 'the event names no user and group, as a preview does'],
    [left, [groupTarget()], 'the event names no user and group, as a preview does'],
    [left, null, 'the event names no user and group, as a preview does'],
    [deactivated, [groupTarget()], 'the event names no user'],
    [deactivated, null, 'the event names no user'],
  ])('%s is ignored with the targets %j', (type, targets, reason) => {
    expect(parse(eventOf(type, targets))).toEqual({ kind: 'ignored', reason });
  });

  test.each([left, deactivated])('is none when %s failed', (type) => {
    const failed = { outcome: { result: 'FAILURE' } };
    expect(parse(eventOf(type, [userTarget, groupTarget()], failed))).toMatchObject({ kind: 'ignored' });
  });
});

describe('any event', () => {
  test.each(['FAILURE', 'SKIPPED', 'DENY', ''])('with the outcome "%s" is ignored', (result) => {
    expect(parse({ ...groupAdd(), outcome: { result } })).toEqual({
      kind: 'ignored',
      reason: 'the event reports no success',
    });
  });

  test.each([{ result: 'Success' }, { result: 'SUCCESS' }, { result: null }, {}, null, undefined])(
    'with the outcome %j counts',
    (outcome) => {
      expect(parse({ ...groupAdd(), outcome })).toMatchObject({ kind: 'group-add' });
    },
  );

  test.each(['user.lifecycle.suspend', 'user.lifecycle.create', 'GROUP.USER_MEMBERSHIP.ADD'])(
    'of the type %s is ignored',
    (type) => {
      expect(parse(eventOf(type, [userTarget, groupTarget()]))).toEqual({
        kind: 'ignored',
        reason: 'not an event that asks for a key',
      });
    },
  );

  test.each(eventTypes)('of the type %s, which event hooks subscribe to, is parsed', (type) => {
    const target =
      type === 'system.mfa.preregister.initiate' ? [userTarget, factorTarget()] : [userTarget, groupTarget()];
    expect(parse(eventOf(type, target)).kind).not.toBe('ignored');
  });

  test('is parsed with any other content', () => {
    const nulls = { actor: null, client: null, debugContext: null, published: 7, somethingNew: { deep: [] } };
    expect(parse({ ...groupAdd(), ...nulls })).toMatchObject({ kind: 'group-add' });
  });
});

test.each([
  ['no uuid', { eventType: 'x' }],
  ['a uuid that is no id', { uuid: 1.5, eventType: 'x' }],
  ['an empty uuid', { uuid: '', eventType: 'x' }],
  ['no type', { uuid: 'x' }],
  ['a target that is no list', { uuid: 'x', eventType: 'x', target: 'a user' }],
  ['nothing at all', null],
])('an event with %s cannot be parsed', (_, event) => {
  expect(oktaEvent.safeParse(event).success).toBe(false);
});

test.each([
  ['user.lifecycle.suspend', true],
  ['user.lifecycle.activate', true],
  ['user.account.update_profile', true],
  ['group.user_membership.add', true],
  ['user.account.update_password', false],
  ['user.session.start', false],
  ['scim.user.updated', false],
])('%s may concern a person of a hub: %j', (eventType, mayConcern) => {
  const person = personOfHub(oktaEvent.parse(eventOf(eventType, [userTarget, groupTarget()])));
  expect(person).toEqual(mayConcern ? { userId: userTarget.id, groupId: '00g1' } : null);
});
