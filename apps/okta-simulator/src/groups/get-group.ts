import { param, type Handler } from '../http/handler.ts';
import { findGroup } from './group.ts';
import { presentGroup } from './present-group.ts';

/** `GET /api/v1/groups/{groupId}` */
export const getGroup: Handler = async (org, request) => {
  const group = await findGroup(org.db, param(request, 'groupId'));
  return { status: 200, body: presentGroup(request.origin, group) };
};
