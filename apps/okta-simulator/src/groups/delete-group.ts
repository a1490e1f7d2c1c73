import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findOwnGroup, groupTarget } from './group.ts';

/** `DELETE /api/v1/groups/{groupId}`: raises one event for the group and none for its members. */
export const deleteGroup: Handler = async (org, request) => {
  await changeOrg(org, async (tx) => {
    const group = await findOwnGroup(tx, param(request, 'groupId'));
    await tx.query('delete from org_group where id = $1', [group.id]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'group.lifecycle.delete', targets: [groupTarget(group)] },
    ]);
  });
  return { status: 204 };
};
