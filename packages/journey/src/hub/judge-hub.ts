/** A role of the caller in the hub, as the org itself lists it. */
export interface HubRole {
  /** `SUPER_ADMIN`, `CUSTOM`, …; open, since Okta adds some. */
  type: string;
  label: string;
  /** Whether it holds for some groups alone. */
  isRestricted: boolean;
  /** Of a custom role: its permissions without conditions. */
  permissions: readonly string[];
  /** Of a custom role: whether its resource set has all users, and all groups, without conditions. */
  holdsAll: { users: boolean; groups: boolean };
}

/** What was read, or why it was not: a sentence without personal data. */
export type Read<Value> = { value: Value } | { problem: string };

/** All that a test of the credentials saw in the hub. */
export interface HubFacts {
  /** `app` signs in with its key; `token` is of a person. */
  kind: 'app' | 'token';
  /** The id of the token's user, with their login, or the app's client id. */
  caller: Read<{ id: string; login: string | null }>;
  /** Those of `hubScopes` that the org does not grant to the app; none for a token. */
  missingScopes: Read<readonly string[]>;
  /** How many the first page had; a user that it lists was also read by id. */
  users: Read<number>;
  groups: Read<number>;
  roles: Read<readonly HubRole[]>;
}

/** The scopes that a link's service app needs; `roles.read` for the test alone. */
export const hubScopes = ['okta.users.manage', 'okta.groups.manage', 'okta.roles.read'] as const;

export const hubCheckNames = [
  'credentials',
  'scopes',
  'users',
  'groups',
  'roles',
  'may_create',
  'may_update',
  'may_assign',
  'may_change_groups',
] as const;

export interface HubCheck {
  name: (typeof hubCheckNames)[number];
  passed: boolean;
  /** What was seen. */
  message: string;
  /** What to grant in the hub; null where the check passed. */
  grant: string | null;
}

/**
 * Judges credentials for a hub. A check passes only by what was seen: an org answers 200 with an empty list to an
 * administrator without rights, and accepts the token of one who may create no user. What could not be read has failed.
 * Source of the roles' rights: help.okta.com, "Standard administrator roles" and "Role permissions".
 */
export function judgeHub(facts: HubFacts): HubCheck[] {
  const checks = checksOf(facts);
  if ('value' in facts.caller) return checks;
  return checks.map((check) =>
    check.name === 'credentials'
      ? check
      : failed(check.name, 'not known: the credentials are not accepted', firstly('credentials')),
  );
}

/** What to do about a check that another one keeps from being looked at. */
const firstly = (name: HubCheck['name']): string => `make ${name} pass first`;

function checksOf(facts: HubFacts): HubCheck[] {
  return [
    ofRead('credentials', facts.caller, {
      messageOf: ({ id, login }) =>
        facts.kind === 'app' ? `the service app ${id}` : `the API token of ${login ?? id}`,
      grant:
        facts.kind === 'app'
          ? 'register the public key with the service app, and activate the app'
          : 'create an API token in the hub, as an administrator who is active',
    }),
    ofScopes(facts),
    ofList('users', facts),
    ofList('groups', facts),
    ofRoles(facts),
    ...rights.map((right) => ofRight(right, facts.roles)),
  ];
}

const passed = (name: HubCheck['name'], message: string): HubCheck => ({ name, passed: true, message, grant: null });
const failed = (name: HubCheck['name'], message: string, grant: string): HubCheck => ({
  name,
  passed: false,
  message,
  grant,
});

function ofRead<Value>(
  name: HubCheck['name'],
  read: Read<Value>,
  { messageOf, grant }: { messageOf: (value: Value) => string; grant: string },
): HubCheck {
  return 'value' in read ? passed(name, messageOf(read.value)) : failed(name, read.problem, grant);
}

function ofScopes({ kind, missingScopes }: HubFacts): HubCheck {
  if (kind === 'token') return passed('scopes', 'an API token has no scopes: its roles decide');
  if ('problem' in missingScopes) return failed('scopes', missingScopes.problem, firstly('credentials'));
  const missing = missingScopes.value;
  if (missing.length === 0) return passed('scopes', `${hubScopes.join(', ')} are granted`);
  return failed('scopes', `not granted: ${missing.join(', ')}`, 'grant them under Okta API Scopes of the app');
}

function ofList(name: 'users' | 'groups', facts: HubFacts): HubCheck {
  const { [name]: read, missingScopes } = facts;
  if ('value' in missingScopes && missingScopes.value.includes(`okta.${name}.manage`))
    return failed(name, `not known without the scope okta.${name}.manage`, firstly('scopes'));
  const grant = `give the caller a role that may view all ${name}`;
  if ('problem' in read) return failed(name, read.problem, grant);
  if (read.value > 0) return passed(name, `${name} can be listed and read`);
  return failed(name, `the list of ${name} is empty: so Okta answers a caller who may see none`, grant);
}

const rolesGrant =
  'grant okta.roles.read (service app), and a role that may view roles: a custom role with okta.iam.read, or the read-only administrator';

function ofRoles({ roles }: HubFacts): HubCheck {
  if ('problem' in roles) return failed('roles', `the roles cannot be read: ${roles.problem}`, rolesGrant);
  if (roles.value.length > 0) return passed('roles', roles.value.map(describe).join(', '));
  return failed('roles', 'the caller has no administrator role', leastRoles);
}

const describe = ({ type, label, isRestricted }: HubRole): string =>
  `${type === 'CUSTOM' ? `custom role ${label}` : type}${isRestricted ? ' (some groups alone)' : ''}`;

interface Right {
  name: 'may_create' | 'may_update' | 'may_assign' | 'may_change_groups';
  what: string;
  standard: readonly string[];
  /** A custom role needs all permissions of one of these lists. */
  custom: readonly (readonly string[])[];
  of: 'users' | 'groups';
}

const wholeOrg = ['SUPER_ADMIN', 'ORG_ADMIN'];

const rights: readonly Right[] = [
  {
    name: 'may_create',
    what: 'create users',
    standard: [...wholeOrg, 'USER_ADMIN'],
    custom: [['okta.users.manage'], ['okta.users.create']],
    of: 'users',
  },
  {
    name: 'may_update',
    what: 'update, deactivate and reactivate users',
    standard: [...wholeOrg, 'USER_ADMIN'],
    custom: [['okta.users.manage'], ['okta.users.userprofile.manage', 'okta.users.lifecycle.manage']],
    of: 'users',
  },
  {
    name: 'may_assign',
    what: 'add users to groups and remove them',
    standard: [...wholeOrg, 'USER_ADMIN', 'GROUP_MEMBERSHIP_ADMIN'],
    custom: [['okta.groups.manage'], ['okta.groups.members.manage']],
    of: 'groups',
  },
  {
    name: 'may_change_groups',
    what: 'create, rename and delete groups',
    standard: wholeOrg,
    custom: [['okta.groups.manage']],
    of: 'groups',
  },
];

const leastRoles =
  'give it a custom role with okta.users.manage, okta.groups.manage and okta.iam.read for all users and all groups, or the organization administrator';

function ofRight(right: Right, roles: HubFacts['roles']): HubCheck {
  const { name, what } = right;
  if ('problem' in roles)
    return failed(name, `whether it may ${what} is not known without its roles`, firstly('roles'));
  const giving = roles.value.find((role) => gives(role, right));
  if (giving !== undefined) return passed(name, `may ${what} (${describe(giving)})`);
  const partly = roles.value.find((role) => gives(unrestricted(role), right));
  if (partly === undefined) return failed(name, `may not ${what}`, grantOf(right));
  return failed(name, `may ${what} in a part of the org alone (${describe(partly)})`, grantOf(right));
}

const unrestricted = (role: HubRole): HubRole => ({
  ...role,
  isRestricted: false,
  holdsAll: { users: true, groups: true },
});

function gives({ type, isRestricted, permissions, holdsAll }: HubRole, { standard, custom, of }: Right): boolean {
  if (type !== 'CUSTOM') return !isRestricted && standard.includes(type);
  return holdsAll[of] && custom.some((needed) => needed.every((permission) => permissions.includes(permission)));
}

const grantOf = ({ custom, standard, of }: Right): string =>
  `give it a custom role with ${custom[0]?.join(' and ') ?? ''} for all ${of}, or ${standard.join(', ')} for the whole org`;
