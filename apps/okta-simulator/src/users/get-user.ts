import { param, type Handler } from '../http/handler.ts';
import { etagOf } from './etag.ts';
import { presentUser } from './present-user.ts';
import { findUser } from './user.ts';

/** `GET /api/v1/users/{id or login}` */
export const getUser: Handler = async (org, request) => {
  const user = await findUser(org.db, param(request, 'id'));
  return {
    status: 200,
    body: presentUser(request.origin, org.identity.userTypeId, user),
    headers: { ETag: etagOf(user) },
  };
};
