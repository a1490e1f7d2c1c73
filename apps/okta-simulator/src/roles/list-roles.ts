import type { Org } from '../context.ts';
import { groupSchema } from '../groups/group.ts';
import { presentGroup } from '../groups/present-group.ts';
import { notFound } from '../http/errors.ts';
import { param, type Handler, type OktaRequest } from '../http/handler.ts';
import { findApp } from '../oauth/service-app.ts';
import { select } from '../store/database.ts';
import { findUser } from '../users/user.ts';
import { findCustomRole, rolesOf, superAdministrator, type AdminRole } from './admin-role.ts';

async function rolesOfUser(org: Org, id: string): Promise<AdminRole[]> {
  if (id === org.identity.administratorId) return [superAdministrator(id, org.now())];
  return rolesOf(org.db, (await findUser(org.db, id)).id);
}

async function rolesOfClient(org: Org, clientId: string): Promise<AdminRole[]> {
  if ((await findApp(org.db, clientId)) === undefined) throw notFound(clientId, 'PublicClientApp');
  return rolesOf(org.db, clientId);
}

/** `GET /api/v1/users/{userId}/roles` */
export const listUserRoles: Handler = async (org, request) => {
  const roles = await rolesOfUser(org, param(request, 'userId'));
  return { status: 200, body: roles.map((role) => presentRole(request, role, 'USER')) };
};

/** `GET /oauth2/v1/clients/{clientId}/roles` */
export const listClientRoles: Handler = async (org, request) => {
  const roles = await rolesOfClient(org, param(request, 'clientId'));
  return { status: 200, body: roles.map((role) => presentRole(request, role, 'CLIENT')) };
};

/** `GET …/roles/{roleAssignmentId}/targets/groups`: empty for a role of the whole org. */
export const listUserTargets: Handler = async (org, request) =>
  listTargets(org, request, await rolesOfUser(org, param(request, 'userId')));

export const listClientTargets: Handler = async (org, request) =>
  listTargets(org, request, await rolesOfClient(org, param(request, 'clientId')));

async function listTargets(org: Org, request: OktaRequest, roles: readonly AdminRole[]): ReturnType<Handler> {
  const id = param(request, 'roleAssignmentId');
  const role = roles.find((one) => one.id === id);
  if (role === undefined) throw notFound(id, 'RoleAssignment');
  const groups = await select(org.db, groupSchema, {
    text: 'select * from org_group where id = any($1) order by ordinal',
    values: [role.groups],
  });
  return { status: 200, body: groups.map((group) => presentGroup(request.origin, group)) };
}

/** `GET /api/v1/iam/roles/{roleIdOrLabel}/permissions` */
export const listPermissions: Handler = async (org, request) => {
  const role = await findCustom(org, param(request, 'roleId'), 'Role');
  const created = role.created.toISOString();
  const permissions = role.permissions.map((label) => ({ label, created, lastUpdated: created }));
  return { status: 200, body: { permissions } };
};

/** `GET /api/v1/iam/resource-sets/{resourceSetId}/resources` */
export const listResources: Handler = async (org, request) => {
  const { resources, created } = await findCustom(org, param(request, 'resourceSetId'), 'ResourceSet');
  const at = created.toISOString();
  const all = resources.map((resource) => ({
    id: `ire${resource}`,
    orn: ornOf(org, resource),
    created: at,
    lastUpdated: at,
  }));
  return { status: 200, body: { resources: all } };
};

const ornOf = ({ identity }: Org, resource: string): string => {
  const org = `orn:okta:directory:00o${identity.administratorId.slice(3)}`;
  return resource === 'users' || resource === 'groups' ? `${org}:${resource}` : `${org}:groups:${resource}`;
};

async function findCustom(org: Org, id: string, kind: string): Promise<AdminRole> {
  const role = await findCustomRole(org.db, id);
  if (role === undefined) throw notFound(id, kind);
  return role;
}

function presentRole({ origin, url }: OktaRequest, role: AdminRole, assignmentType: string): Record<string, unknown> {
  const created = role.created.toISOString();
  const assignee = { href: origin + url.replace(/\/roles.*$/, '') };
  return {
    id: role.id,
    label: role.label,
    type: role.type,
    status: 'ACTIVE',
    created,
    lastUpdated: created,
    assignmentType,
    ...(role.role_id === null ? {} : { role: role.role_id, 'resource-set': role.resource_set }),
    _links: { assignee },
  };
}
