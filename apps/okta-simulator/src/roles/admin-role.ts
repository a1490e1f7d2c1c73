import { z } from 'zod';

import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';

/** What an administrator may do here. Everything that is not about users, groups and roles is one right. */
export type Right =
  | 'users.read'
  | 'users.create'
  | 'users.update'
  | 'groups.read'
  | 'groups.create'
  | 'groups.update'
  | 'groups.members'
  | 'roles.read'
  | 'other.read'
  | 'other.manage';

const reads: readonly Right[] = ['users.read', 'groups.read', 'other.read'];
const people: readonly Right[] = ['users.read', 'users.create', 'users.update', 'groups.read', 'groups.members'];

/** Of Okta's standard roles (help.okta.com, "Administrator roles and permissions"); that only two read roles is assumed. */
const standardRoles = {
  SUPER_ADMIN: [...people, 'groups.create', 'groups.update', 'roles.read', 'other.read', 'other.manage'],
  ORG_ADMIN: [...people, 'groups.create', 'groups.update', 'other.read', 'other.manage'],
  USER_ADMIN: people,
  GROUP_MEMBERSHIP_ADMIN: ['users.read', 'groups.read', 'groups.members'],
  HELP_DESK_ADMIN: ['users.read', 'groups.read'],
  READ_ONLY_ADMIN: [...reads, 'roles.read'],
  APP_ADMIN: reads,
  REPORT_ADMIN: ['other.read'],
} as const satisfies Record<string, readonly Right[]>;

type StandardRole = keyof typeof standardRoles;
const isStandard = (type: string): type is StandardRole => type in standardRoles;

/** Of the permissions of custom roles, those that matter here. */
const rightsOfPermission: Readonly<Record<string, readonly Right[]>> = {
  'okta.users.manage': ['users.read', 'users.create', 'users.update'],
  'okta.users.create': ['users.create'],
  'okta.users.read': ['users.read'],
  'okta.users.userprofile.manage': ['users.read', 'users.update'],
  'okta.users.lifecycle.manage': ['users.read', 'users.update'],
  'okta.groups.manage': ['groups.read', 'groups.create', 'groups.update', 'groups.members'],
  'okta.groups.create': ['groups.create'],
  'okta.groups.read': ['groups.read'],
  'okta.groups.members.manage': ['groups.read', 'groups.members'],
  'okta.iam.read': ['roles.read'],
};

const standardTypes = Object.keys(standardRoles).filter(isStandard);

/** An assignment of a role, which an administrator of a real org makes in the console. */
export const roleSchema = z.union([
  z.strictObject({
    type: z.enum(standardTypes),
    /** Ids of the groups that it is restricted to; none for the whole org. */
    groups: z.array(z.string()).default([]),
  }),
  z.strictObject({
    type: z.literal('CUSTOM'),
    label: z.string().min(1),
    permissions: z.array(z.string()).min(1),
    /** Its resource set: all users, all groups, or single groups by id. */
    resources: z.array(z.string()).default(['users', 'groups']),
  }),
]);

export type RoleRequest = z.output<typeof roleSchema>;

const rowSchema = z.object({
  id: z.string(),
  type: z.string(),
  label: z.string(),
  role_id: z.string().nullable(),
  permissions: z.array(z.string()),
  resource_set: z.string().nullable(),
  resources: z.array(z.string()),
  groups: z.array(z.string()),
  created: z.date(),
});

export type AdminRole = z.infer<typeof rowSchema>;

export const roleTables = `
  create table if not exists admin_role (
    ordinal bigint generated always as identity,
    id text primary key,
    -- Of a user or of a service app, by their ids.
    assignee text not null,
    type text not null,
    label text not null,
    role_id text,
    permissions text[] not null,
    resource_set text,
    resources text[] not null,
    groups text[] not null,
    created timestamptz not null
  );
  create index if not exists admin_role_of on admin_role (assignee);

  -- SSWS tokens of single administrators, as digests.
  create table if not exists admin_token (
    digest text primary key,
    user_id text not null references org_user on delete cascade
  );
`;

const labelOf = (type: string): string => type.toLowerCase().replaceAll('_', ' ');

/** Replaces the roles of a user or service app. */
export async function assignRoles(
  db: Queryable,
  assignee: string,
  { roles, now }: { roles: readonly RoleRequest[]; now: Date },
): Promise<void> {
  await db.query('delete from admin_role where assignee = $1', [assignee]);
  for (const role of roles) {
    const isCustom = role.type === 'CUSTOM';
    await db.query(
      `insert into admin_role (id, assignee, type, label, role_id, permissions, resource_set, resources, groups, created)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        oktaId('irb'),
        assignee,
        role.type,
        isCustom ? role.label : labelOf(role.type),
        isCustom ? oktaId('cr0') : null,
        isCustom ? role.permissions : [],
        isCustom ? oktaId('iam') : null,
        isCustom ? role.resources : [],
        isCustom ? [] : role.groups,
        now,
      ],
    );
  }
}

export function rolesOf(db: Queryable, assignee: string): Promise<AdminRole[]> {
  return select(db, rowSchema, {
    text: 'select * from admin_role where assignee = $1 order by ordinal',
    values: [assignee],
  });
}

/** The custom role or the resource set of an id. */
export async function findCustomRole(db: Queryable, id: string): Promise<AdminRole | undefined> {
  const [found] = await select(db, rowSchema, {
    text: 'select * from admin_role where role_id = $1 or resource_set = $1',
    values: [id],
  });
  return found;
}

/** The role of the tokens that an org is started with. */
export const superAdministrator = (id: string, created: Date): AdminRole => ({
  id: `irb${id.slice(3)}`,
  type: 'SUPER_ADMIN',
  label: labelOf('SUPER_ADMIN'),
  role_id: null,
  permissions: [],
  resource_set: null,
  resources: [],
  groups: [],
  created,
});

/** The groups within which a role has a right; `all` where nothing restricts it, null where it has not. */
export function reachOf(role: AdminRole, right: Right): 'all' | readonly string[] | null {
  if (isStandard(role.type)) {
    const rights: readonly Right[] = standardRoles[role.type];
    if (!rights.includes(right)) return null;
    return role.groups.length === 0 ? 'all' : role.groups;
  }
  if (!role.permissions.some((permission) => rightsOfPermission[permission]?.includes(right))) return null;
  if (!right.startsWith('users.') && !right.startsWith('groups.')) return 'all';
  const kind = right.startsWith('users.') ? 'users' : 'groups';
  if (role.resources.includes(kind)) return 'all';
  return role.resources.filter((resource) => resource.startsWith('00g'));
}
