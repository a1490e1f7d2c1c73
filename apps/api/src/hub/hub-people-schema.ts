import { hubPersonProblems, initialStatuses, mirrorStates } from '@keycourier/journey/hub/person-changes';
import { hubDrifts } from '@keycourier/journey/model/hub-user';
import type { Assignment } from '@keycourier/ledger/hub/assignments';
import type { Mirror } from '@keycourier/ledger/hub/list-mirrors';
import { comparisonLimits } from '@keycourier/ledger/hub/require-comparisons';
import type { LinkSettings } from '@keycourier/ledger/hub/settings';
import { checkPath } from '@keycourier/scim-protocol/mapping/check-path';
import { z } from 'zod';

import { sourcing, sourcingExample, toSourcing } from './import-schema.ts';

const time = z.iso.datetime();

export const oktaId = z
  .string()
  .regex(/^[\w-]{1,100}$/, 'must be an id of Okta')
  .meta({ description: 'An id in the tenant’s org', example: '00u1example' });

const initialStatus = z
  .enum(initialStatuses)
  .meta({ description: 'What the hub’s user becomes: active or staged, with a temporary password or without' });

const switches = {
  create: z.boolean().meta({ description: 'Create users, and link those whose login the hub has' }),
  update: z.boolean().meta({ description: 'Update attributes of the mapping' }),
  deactivate: z.boolean().meta({ description: 'Deactivate users who are deactivated or not assigned any more' }),
  reactivate: z.boolean().meta({ description: 'Activate users again who come back' }),
  sendEmail: z.boolean().meta({ description: 'Whether Okta mails those who are activated without a password' }),
};

const row = z.strictObject({
  path: z
    .string()
    .max(300)
    .superRefine((path, { addIssue }) => {
      const why = checkPath(path);
      if (why !== null) addIssue({ code: 'custom', message: why });
    })
    .meta({ description: 'An attribute of SCIM, as Okta’s default mapping makes it', example: 'name.givenName' }),
  target: z
    .string()
    .regex(/^[A-Za-z]\w{0,99}$/)
    .nullable()
    .meta({ description: 'The attribute of the hub’s user; null: not pushed', example: 'firstName' }),
});

const mapping = z.array(row).max(200).meta({ description: 'None: every attribute keeps its name' });
const compareEveryMs = z.int().min(comparisonLimits.minEveryMs).max(comparisonLimits.maxEveryMs).nullable().meta({
  description: 'How often everyone is compared in both orgs; null: on demand, and after a change of the settings',
});
const revision = z
  .string()
  .regex(/^\d{1,18}$/)
  .meta({ description: 'Another one with each change' });

export const settings = z
  .strictObject({
    revision,
    ...switches,
    initialStatus: z
      .strictObject({ create: initialStatus, link: initialStatus, reactivation: initialStatus })
      .meta({ description: 'Of people without one of their own' }),
    mapping,
    compareEveryMs,
    sourcing,
  })
  .meta({ id: 'HubSettings' });

export const changedSettings = z
  .strictObject({
    revision,
    ...switches,
    initialStatus: z
      .strictObject({ create: initialStatus, link: initialStatus, reactivation: initialStatus })
      .partial(),
    mapping: mapping.refine(
      (rows) => rows.length === 0 || rows.some(({ target }) => target === 'login'),
      'has to fill the login of the hub',
    ),
    compareEveryMs,
    sourcing: sourcing.partial(),
  })
  .partial();

export function toSettings({ revision: version, switches: on, ...rest }: LinkSettings): z.input<typeof settings> {
  const { initialStatus: status, mapping: rows, compareEveryMs: every } = rest;
  const now = { initialStatus: status, mapping: [...rows], compareEveryMs: every };
  return { revision: version, ...on, ...now, sourcing: toSourcing(rest.sourcing) };
}

export const settingsExample: z.input<typeof settings> = {
  revision: '1',
  create: true,
  update: true,
  deactivate: false,
  reactivate: false,
  sendEmail: true,
  initialStatus: {
    create: 'active_without_pass',
    link: 'active_without_pass',
    reactivation: 'active_without_pass',
  },
  mapping: [],
  compareEveryMs: 86_400_000,
  sourcing: sourcingExample,
};

export const problem = z
  .enum(hubPersonProblems)
  .meta({ description: 'Why the hub is not as the tenant’s org requires' });

export const hubPerson = z
  .strictObject({
    userId: oktaId,
    hubUserId: z.string().nullable().meta({ description: 'Their id in the hub; null until it is known' }),
    state: z.enum(mirrorStates).meta({ description: 'How far they are pushed' }),
    isDue: z.boolean().meta({ description: 'They are about to be pushed' }),
    problem: problem.nullable(),
    fields: z.array(z.string()).meta({ description: 'Names of attributes that the hub refused' }),
    problemSince: time.nullable().meta({ description: 'Since when' }),
    drift: z.array(z.enum(hubDrifts)).meta({ description: 'In what the two users differed when they were last read' }),
    writtenAt: time.nullable().meta({ description: 'When the hub was last changed' }),
  })
  .meta({ id: 'HubPerson' });

export const toHubPerson = ({
  problemFields,
  problemSince,
  writtenAt,
  drift,
  id: _id,
  ...rest
}: Mirror): z.input<typeof hubPerson> => ({
  ...rest,
  fields: [...problemFields],
  problemSince: problemSince?.toISOString() ?? null,
  writtenAt: writtenAt?.toISOString() ?? null,
  drift: [...drift],
});

export const hubPersonExample: z.input<typeof hubPerson> = {
  userId: '00u1example',
  hubUserId: '00u2example',
  state: 'linked',
  isDue: false,
  problem: null,
  fields: [],
  problemSince: null,
  drift: [],
  writtenAt: '2026-11-30T09:05:02.000Z',
};

const userIds = z.array(oktaId).min(1).max(1_000).meta({ description: 'Ids in the tenant’s org' });

export const pushed = z.strictObject({ userIds });

const words = z.string().trim().min(1).max(100);

export const newAssignments = z
  .strictObject({
    userIds,
    initialStatus: initialStatus.optional(),
    securityQuestion: z
      .strictObject({
        question: words.meta({ description: 'The question' }),
        answer: words.meta({ description: 'Its answer, which no answer of this API has' }),
      })
      .meta({ description: 'For one person alone' })
      .optional(),
  })
  .refine((body) => body.securityQuestion === undefined || body.userIds.length === 1, {
    path: ['securityQuestion'],
    message: 'is for one person alone',
  });

export const newGroupAssignments = z.strictObject({
  groupIds: z.array(oktaId).min(1).max(100).meta({ description: 'Ids of groups in the tenant’s org' }),
});

export const groupAssignment = z
  .strictObject({ groupId: oktaId, assignedAt: time.meta({ description: 'When it was assigned' }) })
  .meta({ id: 'HubGroupAssignment' });

export const toGroupAssignment = ({ spokeId, assignedAt }: Assignment): z.input<typeof groupAssignment> => ({
  groupId: spokeId,
  assignedAt: assignedAt.toISOString(),
});

export const assignment = z
  .strictObject({
    userId: oktaId,
    initialStatus: initialStatus.nullable().meta({ description: 'Null: that of the link' }),
    hasSecurityQuestion: z.boolean().meta({ description: 'One waits to be set in the hub' }),
    assignedAt: time.meta({ description: 'When they were assigned' }),
  })
  .meta({ id: 'HubAssignment' });

export const toAssignment = ({ spokeId, assignedAt, ...rest }: Assignment): z.input<typeof assignment> => ({
  userId: spokeId,
  initialStatus: rest.initialStatus,
  hasSecurityQuestion: rest.hasSecurityQuestion,
  assignedAt: assignedAt.toISOString(),
});

export const assignmentExample: z.input<typeof assignment> = {
  userId: '00u1example',
  initialStatus: null,
  hasSecurityQuestion: false,
  assignedAt: '2026-11-30T09:05:02.000Z',
};
