import { groupProblems, groupTargets, memberProblems } from '@keycourier/journey/hub/group-changes';
import { pushStatuses, type PushedGroup } from '@keycourier/ledger/hub/groups';
import { describeGroupProblem, describeMemberProblem } from '@keycourier/messages/hub-groups';
import { z } from 'zod';

const time = z.iso.datetime();
const groupId = z.string().regex(/^[\w-]{1,100}$/, 'must be the id of a group');

export const pushedGroup = z
  .strictObject({
    id: z.string(),
    groupId: z.string().meta({ description: 'The group in the spoke' }),
    name: z.string().nullable().meta({ description: 'Its name there; null until it was read' }),
    target: z.enum(groupTargets),
    hubGroupId: z.string().nullable().meta({ description: 'The group in the hub; null until it is made or linked' }),
    status: z.enum(pushStatuses),
    problem: z
      .strictObject({ code: z.enum(groupProblems), message: z.string(), since: time })
      .nullable()
      .meta({ description: 'What keeps the group from the hub, or from its new name' }),
    pushedAt: time.nullable().meta({ description: 'When it was last written to the hub, or found there as wanted' }),
    members: z.int().nullable().meta({ description: 'In the spoke, at the last comparison of all' }),
    due: z.int().meta({ description: 'Memberships that are to be written' }),
    waiting: z.int().meta({ description: 'Members without a user in the hub: they follow once they have one' }),
    refused: z
      .array(z.strictObject({ code: z.enum(memberProblems), message: z.string(), people: z.int() }))
      .meta({ description: 'Memberships that the hub refused' }),
  })
  .meta({ id: 'PushedGroup' });

export const pushedGroupExample: z.output<typeof pushedGroup> = {
  id: 'hgm_01kab3v6d2m8zq4w0xrt5y7n9c',
  groupId: '00g1example',
  name: 'Sales',
  target: 'new',
  hubGroupId: '00g2example',
  status: 'active',
  problem: null,
  pushedAt: '2026-03-02T09:00:00.000Z',
  members: 42,
  due: 0,
  waiting: 1,
  refused: [],
};

export const pushedGroupParams = z.object({
  id: z.string().meta({ description: 'The id of a pushed group', example: pushedGroupExample.id }),
});

export const newPushedGroup = z.strictObject({
  groupId: groupId.meta({ description: 'The id of the group in the spoke', example: pushedGroupExample.groupId }),
  target: z
    .strictObject({
      id: groupId.optional(),
      name: z.string().min(1).max(255).optional(),
    })
    .refine(({ id, name }) => (id === undefined) !== (name === undefined), 'names a group by its id or by its name')
    .optional()
    .meta({ description: 'An existing group of the hub, by `id` or by `name`; left out: a new one, which is best' }),
});

export function toPushedGroup(group: PushedGroup): z.output<typeof pushedGroup> {
  const { targetId: _id, targetName: _name, problem, problemSince, pushedAt, refused, ...rest } = group;
  return {
    ...rest,
    problem:
      problem === null || problemSince === null
        ? null
        : { code: problem, message: describeGroupProblem(problem), since: problemSince.toISOString() },
    pushedAt: pushedAt?.toISOString() ?? null,
    refused: refused.map(({ code, people }) => ({ code, message: describeMemberProblem(code), people })),
  };
}
