import { z } from 'zod';

import type { Org } from '../context.ts';
import { OktaError } from '../http/errors.ts';
import type { Handler, OktaRequest } from '../http/handler.ts';
import { loginKey } from '../users/user.ts';
import { reachOf, rolesOf, superAdministrator, type AdminRole, type Right } from './admin-role.ts';
import type { Caller } from './caller.ts';

interface Route {
  method: string;
  path: string;
  scope: string;
}

function rolesOfCaller(org: Org, { kind, id }: Caller): Promise<AdminRole[]> {
  return kind === 'administrator' ? Promise.resolve([superAdministrator(id, org.now())]) : rolesOf(org.db, id);
}

/**
 * Lets a call through that the caller's roles allow. What they do not allow is 403, but lists of users and groups: those
 * are 200 and hold what the caller may see, which is nothing for an administrator without the right.
 */
export function withRights(handler: Handler, route: Route): Handler {
  const right = rightOf(route);
  return async (org, request) => {
    const reach = reachOfAll(await rolesOfCaller(org, request.caller), right);
    if (reach === 'all' || isOfOneself(request)) return handler(org, request);
    if (isList(route)) return handler(org, { ...request, visibleGroups: reach });
    if (!(await isWithin(org, request, reach))) throw new OktaError('E0000006');
    return handler(org, request);
  };
}

function reachOfAll(roles: readonly AdminRole[], right: Right): 'all' | readonly string[] {
  const reaches = roles.map((role) => reachOf(role, right));
  return reaches.includes('all') ? 'all' : reaches.flatMap((reach) => (reach === null || reach === 'all' ? [] : reach));
}

const isList = ({ method, path }: Route): boolean =>
  method === 'get' && (path === '/api/v1/users' || path === '/api/v1/groups');

/** Any user of a token may be read as `me` by that token. */
const isOfOneself = ({ method, params, caller }: OktaRequest): boolean =>
  method === 'GET' && params['id'] === 'me' && caller.kind !== 'client';

function rightOf({ method, path, scope }: Route): Right {
  const [, kind = '', verb = ''] = /^okta\.(\w+)\.(read|manage)/.exec(scope) ?? [];
  if (kind === 'roles') return 'roles.read';
  if (kind !== 'users' && kind !== 'groups') return verb === 'read' ? 'other.read' : 'other.manage';
  if (verb === 'read') return `${kind}.read`;
  if (kind === 'groups' && path.endsWith('/users/:userId')) return 'groups.members';
  return method === 'post' && path === `/api/v1/${kind}` ? `${kind}.create` : `${kind}.update`;
}

const bodySchema = z.looseObject({
  groupIds: z.array(z.string()).catch([]).default([]),
  userId: z.string().optional(),
});

/** Whether what a request is about is in one of these groups. A new group never is, a new user where the request says so. */
async function isWithin(org: Org, request: OktaRequest, groups: readonly string[]): Promise<boolean> {
  if (groups.length === 0) return false;
  const { params } = request;
  if (params['groupId'] !== undefined) return groups.includes(params['groupId']);
  const body = bodySchema.safeParse(request.body).data;
  const user = params['id'] ?? params['userId'] ?? body?.userId;
  if (user === undefined) {
    const wanted = body?.groupIds ?? [];
    return wanted.length > 0 && wanted.every((group) => groups.includes(group));
  }
  const found = await org.db.query(
    `select from membership join org_user on org_user.id = user_id
     where group_id = any($1) and (org_user.id = $2 or login_key = $3) limit 1`,
    [groups, user, loginKey(user)],
  );
  return found.rowCount === 1;
}
