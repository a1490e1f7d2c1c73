import { changeHandler } from '../http/change-handler.ts';
import { groupTarget } from './group.ts';
import { insertGroup } from './insert-group.ts';
import { presentGroup } from './present-group.ts';
import { readGroup } from './read-group.ts';

/** `POST /api/v1/groups` */
export const addGroup = changeHandler(async ({ org, request, tx, record }) => {
  const group = await insertGroup(tx, { ...readGroup(request.body), type: 'OKTA_GROUP', now: org.now() });
  await record({ type: 'group.lifecycle.create', targets: [groupTarget(group)] });
  return { status: 200, body: presentGroup(request.origin, group) };
});
