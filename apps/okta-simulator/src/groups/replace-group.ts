import { changeOrg } from '../context.ts';
import { param, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { findGroup, findOwnGroup, groupTarget } from './group.ts';
import { presentGroup } from './present-group.ts';
import { groupNameTaken, readGroup } from './read-group.ts';

/** `PUT /api/v1/groups/{groupId}` */
export const replaceGroup: Handler = async (org, request) => {
  const { name, description } = readGroup(request.body);
  const group = await changeOrg(org, async (tx) => {
    const { id } = await findOwnGroup(tx, param(request, 'groupId'));
    const others = await tx.query('select from org_group where name = $1 and id <> $2', [name, id]);
    if (others.rowCount !== 0) throw groupNameTaken();
    await tx.query('update org_group set name = $2, description = $3, last_updated = $4 where id = $1', [
      id,
      name,
      description,
      org.now(),
    ]);
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'group.profile.update', targets: [groupTarget({ id, name })] },
    ]);
    return findGroup(tx, id);
  });
  return { status: 200, body: presentGroup(request.origin, group) };
};
