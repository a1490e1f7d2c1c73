import { changeOrg } from '../context.ts';
import type { Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { groupTarget } from './group.ts';
import { insertGroup } from './insert-group.ts';
import { presentGroup } from './present-group.ts';
import { readGroup } from './read-group.ts';

/** `POST /api/v1/groups` */
export const addGroup: Handler = async (org, request) => {
  const draft = readGroup(request.body);
  const group = await changeOrg(org, async (tx) => {
    const made = await insertGroup(tx, { ...draft, type: 'OKTA_GROUP', now: org.now() });
    await recordEvents(tx, { org, details: request.details }, [
      { type: 'group.lifecycle.create', targets: [groupTarget(made)] },
    ]);
    return made;
  });
  return { status: 200, body: presentGroup(request.origin, group) };
};
