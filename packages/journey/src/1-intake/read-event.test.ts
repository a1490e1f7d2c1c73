import { describe, expect, test } from '@jest/globals';

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
import { oktaEvent } from './okta-event.ts';
import { readEvent, type ParsedEvent } from './read-event.ts';

const read = (event: unknown): ParsedEvent => readEvent(oktaEvent.parse(event));
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
  ])('is read whatever the order of its targets: %s', (_, targets) => {
    expect(read(groupAdd(...targets))).toEqual({ kind: 'group-add', userId: '00u1', groupId: '00g1' });
  });

  test.each([
    ['target is null, as in a preview', null],
    ['target is absent', undefined],
    ['there are no targets', []],
    ['the group is missing', [userTarget]],
    ['the user is missing', [groupTarget()]],
    ['the user has no id', [{ ...userTarget, id: null }, groupTarget()]],
  ])('asks for nothing when %s', (_, target) => {
    expect(read(eventOf('group.user_membership.add', target))).toEqual({
      kind: 'not_for_us',
      reason: 'the event names no user and group, as a preview does',
    });
  });
});

describe('an MFA initiation', () => {
  test.each([
    ['in camelCase, as on the wire', camelDetail],
    ["in the catalog's snake_case", snakeDetail],
    ['in both', { ...camelDetail, ...snakeDetail }],
  ])('is read %s', (_, given) => {
    expect(read(mfaInitiated(userTarget, factorTarget(given)))).toEqual({
      kind: 'mfa-initiated',
      userId: '00u1',
      detail,
    });
  });

  test('is read from whichever target names a provider', () => {
    const targets = [
      { ...factorTarget({ factorType: 'webauthn' }) },
      factorTarget(),
      { ...userTarget, detailEntry: {} },
    ];
    expect(read(mfaInitiated(...targets))).toEqual({ kind: 'mfa-initiated', userId: '00u1', detail });
  });

  test.each(['Yubico', 'YUBICO'])('is for us as %s', (fulfillmentProvider) => {
    expect(read(mfaInitiated(userTarget, factorTarget({ ...camelDetail, fulfillmentProvider })))).toMatchObject({
      kind: 'mfa-initiated',
    });
  });

  test('may leave ids out, or have them in a form that is no text', () => {
    const sparse = {
      fulfillmentProvider: 'yubico',
      yubicoProductId: 1,
      yubicoInventoryProductId: '',
      yubicoCustomizationId: null,
    };
    expect(read(mfaInitiated(userTarget, factorTarget(sparse)))).toEqual({
      kind: 'mfa-initiated',
      userId: '00u1',
      detail: { fulfillmentProvider: 'yubico', productId: null, inventoryProductId: null, customizationId: null },
    });
  });

  test('of another provider is not for us', () => {
    const other = { ...camelDetail, fulfillmentProvider: 'keysmith' };
    expect(read(mfaInitiated(userTarget, factorTarget(other)))).toEqual({
      kind: 'not_for_us',
      reason: 'another fulfillment provider',
    });
  });

  test.each([
    ['target is null, as in a preview', eventOf('system.mfa.preregister.initiate', null)],
    ['no target names a provider', mfaInitiated(userTarget, factorTarget({ yubicoProductId: '1' }))],
    ['no detail is there', mfaInitiated(userTarget, factorTarget(null))],
    ['the user is missing', mfaInitiated(factorTarget())],
  ])('asks for nothing when %s', (_, event) => {
    expect(read(event)).toEqual({
      kind: 'not_for_us',
      reason: 'the event names no user and product, as a preview does',
    });
  });
});

describe('a profile change', () => {
  test('names its user', () => {
    expect(read(eventOf('user.account.update_profile', [userTarget]))).toEqual({
      kind: 'profile-changed',
      userId: '00u1',
      login: userTarget.alternateId,
    });
  });

  test('that says no login names its user all the same', () => {
    for (const alternateId of [undefined, null, '', 7])
      expect(read(eventOf('user.account.update_profile', [{ ...userTarget, alternateId }]))).toEqual({
        kind: 'profile-changed',
        userId: '00u1',
        login: null,
      });
  });

  test('of nobody is not for us', () => {
    expect(read(eventOf('user.account.update_profile', null))).toEqual({
      kind: 'not_for_us',
      reason: 'the event names no user',
    });
  });
});

describe('somebody who left', () => {
  const left = 'group.user_membership.remove';
  const deactivated = 'user.lifecycle.deactivate';

  test('is named with the group, wherever the targets are', () => {
    for (const targets of [
      [userTarget, groupTarget()],
      [null, groupTarget(), userTarget],
    ])
      expect(read(eventOf(left, targets))).toEqual({ kind: 'group-remove', userId: '00u1', groupId: '00g1' });
  });

  test('is named alone when deactivated', () => {
    expect(read(eventOf(deactivated, [userTarget]))).toEqual({ kind: 'deactivated', userId: '00u1' });
  });

  test.each<[string, unknown, string]>([
    [left, [userTarget], 'the event names no user and group, as a preview does'],
    [left, [groupTarget()], 'the event names no user and group, as a preview does'],
    [left, null, 'the event names no user and group, as a preview does'],
    [deactivated, [groupTarget()], 'the event names no user'],
    [deactivated, null, 'the event names no user'],
  ])('%s: is not for us with %j', (type, targets, reason) => {
    expect(read(eventOf(type, targets))).toEqual({ kind: 'not_for_us', reason });
  });

  test.each([left, deactivated])('is still there when %s failed', (type) => {
    const failed = { outcome: { result: 'FAILURE' } };
    expect(read(eventOf(type, [userTarget, groupTarget()], failed))).toMatchObject({ kind: 'not_for_us' });
  });
});

describe('any event', () => {
  test.each(['FAILURE', 'SKIPPED', 'DENY', ''])('with the outcome "%s" asks for nothing', (result) => {
    expect(read({ ...groupAdd(), outcome: { result } })).toEqual({
      kind: 'not_for_us',
      reason: 'the event reports no success',
    });
  });

  test.each([{ result: 'Success' }, { result: 'SUCCESS' }, { result: null }, {}, null, undefined])(
    'with the outcome %j counts',
    (outcome) => {
      expect(read({ ...groupAdd(), outcome })).toMatchObject({ kind: 'group-add' });
    },
  );

  test.each(['user.lifecycle.suspend', 'user.lifecycle.create', 'GROUP.USER_MEMBERSHIP.ADD'])(
    'of the type %s is not for us',
    (type) => {
      expect(read(eventOf(type, [userTarget, groupTarget()]))).toEqual({
        kind: 'not_for_us',
        reason: 'not an event that asks for a key',
      });
    },
  );

  test('is read whatever else it holds', () => {
    const nulls = { actor: null, client: null, debugContext: null, published: 7, somethingNew: { deep: [] } };
    expect(read({ ...groupAdd(), ...nulls })).toMatchObject({ kind: 'group-add' });
  });
});

test.each([
  ['no uuid', { eventType: 'x' }],
  ['an empty uuid', { uuid: '', eventType: 'x' }],
  ['no type', { uuid: 'x' }],
  ['a target that is no list', { uuid: 'x', eventType: 'x', target: 'everybody' }],
  ['nothing at all', null],
])('an event with %s cannot be read', (_, event) => {
  expect(oktaEvent.safeParse(event).success).toBe(false);
});
