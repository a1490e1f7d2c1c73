import { createHash, randomBytes } from 'node:crypto';

import { z } from 'zod';

import { changeOrg } from '../context.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { select, type Queryable } from '../store/database.ts';
import { findUser } from '../users/user.ts';
import { assignRoles, roleSchema } from './admin-role.ts';

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const bodySchema = z.strictObject({ roles: z.array(roleSchema) });

/** `PUT /sim/users/{id}/roles`: makes a user an administrator with these roles alone, or none. */
export const setRoles: Handler = async (org, request) => {
  const { roles } = parseBody(bodySchema, request.body, 'roles');
  const { id } = await findUser(org.db, param(request, 'id'));
  await changeOrg(org, (tx) => assignRoles(tx, id, { roles, now: org.now() }));
  return { status: 204 };
};

/** `POST /sim/users/{id}/tokens`: an SSWS token of this user, shown this once. */
export const makeToken: Handler = async (org, request) => {
  const { id } = await findUser(org.db, param(request, 'id'));
  const token = `00${randomBytes(30).toString('base64url')}`;
  await org.db.query('insert into admin_token (digest, user_id) values ($1, $2)', [digestOf(token), id]);
  return { status: 200, body: { token } };
};

/** The user of a token. Okta ends the tokens of users who are deactivated. */
export async function findTokenUser(db: Queryable, token: string): Promise<string | null> {
  const [found] = await select(db, z.object({ id: z.string() }), {
    text: `select org_user.id from admin_token join org_user on org_user.id = user_id
           where digest = $1 and status not in ('DEPROVISIONED', 'SUSPENDED')`,
    values: [digestOf(token)],
  });
  return found?.id ?? null;
}
