import type { Org } from '../context.ts';
import { param, type Handler, type OktaRequest } from '../http/handler.ts';
import { etagOf } from './etag.ts';
import { presentUser } from './present-user.ts';
import { findUser } from './user.ts';

/** `GET /api/v1/users/{id or login}`; `me` is the user of the token, which an app's access token has not. */
export const getUser: Handler = async (org, request) => {
  const id = param(request, 'id');
  if (id === 'me' && request.caller.kind === 'administrator') return { status: 200, body: administrator(org, request) };
  const user = await findUser(org.db, id === 'me' && request.caller.kind === 'user' ? request.caller.id : id);
  return {
    status: 200,
    body: presentUser(request.origin, org.identity.userTypeId, user),
    headers: { ETag: etagOf(user) },
  };
};

/** The administrator of the org's own tokens, who is in no list: no user of the org stands for them. */
function administrator(org: Org, { origin, caller }: OktaRequest): Record<string, unknown> {
  const login = `administrator@${org.issuerHost}`;
  const now = org.now();
  return presentUser(origin, org.identity.userTypeId, {
    id: caller.id,
    status: 'ACTIVE',
    profile: { login, email: login, firstName: 'Org', lastName: 'Administrator' },
    profile_source: null,
    has_password: true,
    created: now,
    activated: now,
    status_changed: now,
    password_changed: now,
    last_updated: now,
    sealed_password: null,
    recovery_question: null,
  });
}
