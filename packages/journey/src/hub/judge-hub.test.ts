import { describe, expect, test } from '@jest/globals';

import { hubCheckNames, judgeHub, type HubFacts, type HubRole } from './judge-hub.ts';

const role = (type: string, changes: Partial<HubRole> = {}): HubRole => ({
  type,
  label: type,
  isRestricted: false,
  permissions: [],
  holdsAll: { users: false, groups: false },
  ...changes,
});

const custom = (permissions: readonly string[], holdsAll = { users: true, groups: true }): HubRole =>
  role('CUSTOM', { label: 'Pusher', permissions, holdsAll, isRestricted: !holdsAll.users || !holdsAll.groups });

const factsWith = (changes: Partial<HubFacts>): HubFacts => ({
  kind: 'app',
  caller: { value: { id: '0oaHub', login: null } },
  missingScopes: { value: [] },
  users: { value: 1 },
  groups: { value: 1 },
  roles: { value: [role('SUPER_ADMIN')] },
  ...changes,
});

const failedOf = (changes: Partial<HubFacts>): string[] =>
  judgeHub(factsWith(changes)).flatMap(({ name, passed }) => (passed ? [] : [name]));

const rights = ['may_create', 'may_update', 'may_assign', 'may_change_groups'];

test('each check is there once, and says what was seen; each that failed says what to grant', () => {
  for (const roles of [{ value: [role('SUPER_ADMIN')] }, { value: [] }, { problem: 'the hub answered 403' }]) {
    const checks = judgeHub(factsWith({ roles }));
    expect(checks.map(({ name }) => name)).toEqual(hubCheckNames);
    for (const { passed, message, grant } of checks) {
      expect(message).not.toBe('');
      expect(grant === null).toBe(passed);
    }
  }
});

test.each([
  ['users', { users: { value: 0 } }],
  ['groups', { groups: { value: 0 } }],
])('an empty list of %s is a failure', (name, changes) => {
  expect(failedOf(changes)).toEqual([name]);
});

test('roles that cannot be read leave every right open, which is a failure', () => {
  expect(failedOf({ roles: { problem: 'the hub answered 403' } })).toEqual(['roles', ...rights]);
});

test('credentials that are refused leave the rest unknown, and nothing is to be granted before they work', () => {
  const [credentials, ...others] = judgeHub(factsWith({ caller: { problem: 'answered 401' } }));
  expect([credentials?.passed, others.filter(({ passed }) => passed)]).toEqual([false, []]);
  expect(new Set(others.map(({ grant }) => grant))).toEqual(new Set(['make credentials pass first']));
});

test('a missing scope is a failure with any roles', () => {
  const missingScopes = { value: ['okta.groups.manage'] };
  expect(failedOf({ missingScopes })).toEqual(['scopes', 'groups']);
  expect(failedOf({ kind: 'token', missingScopes: { value: [] } })).toEqual([]);
});

describe('rights follow from roles:', () => {
  const cases: [string, HubRole[], string[]][] = [
    ['no role', [], ['roles', ...rights]],
    ['a super administrator', [role('SUPER_ADMIN')], []],
    ['an organization administrator', [role('ORG_ADMIN')], []],
    ['a group administrator', [role('USER_ADMIN')], ['may_change_groups']],
    ['a group administrator of some groups', [role('USER_ADMIN', { isRestricted: true })], rights],
    [
      'a group membership administrator',
      [role('GROUP_MEMBERSHIP_ADMIN')],
      ['may_create', 'may_update', 'may_change_groups'],
    ],
    ['a help desk', [role('HELP_DESK_ADMIN'), role('READ_ONLY_ADMIN'), role('APP_ADMIN')], rights],
    ['a role that is new', [role('EVERYTHING_ADMIN')], rights],
    ['two roles that complete each other', [role('USER_ADMIN'), custom(['okta.groups.manage'])], []],
    ['a custom role', [custom(['okta.users.manage', 'okta.groups.manage'])], []],
    ['a custom role for reading', [custom(['okta.users.read', 'okta.groups.read'])], rights],
    [
      'a custom role of single permissions',
      [
        custom([
          'okta.users.create',
          'okta.users.userprofile.manage',
          'okta.users.lifecycle.manage',
          'okta.groups.members.manage',
        ]),
      ],
      ['may_change_groups'],
    ],
    [
      'half of what an update needs',
      [custom(['okta.users.lifecycle.manage', 'okta.groups.manage'])],
      rights.slice(0, 2),
    ],
    [
      'a custom role for some users',
      [custom(['okta.users.manage', 'okta.groups.manage'], { users: false, groups: true })],
      ['may_create', 'may_update'],
    ],
  ];

  test.each(cases)('%s', (_title, roles, expected) => {
    expect(failedOf({ roles: { value: roles } })).toEqual(expected);
  });

  test('one that is restricted is named as such', () => {
    const [, , , , , create] = judgeHub(factsWith({ roles: { value: [role('USER_ADMIN', { isRestricted: true })] } }));
    expect(create?.message).toBe('may create users in a part of the org alone (USER_ADMIN (some groups alone))');
  });
});
