import { z } from 'zod';

import { directoryEventTypes, membersEventTypes } from '../model/event-types.ts';

const time = z.iso.datetime().transform((text) => new Date(text));

/** An event as the directory of this version, or an older one, wrote it into the inbox. */
export const directoryEvent = z.looseObject({
  eventType: z.enum(directoryEventTypes),
  published: time,
  personId: z.string(),
  userName: z.string().nullable(),
  /** The externalId, where it has the form of an Okta id. */
  oktaUserId: z.string().nullable(),
  /** The connection that made the change, or `manual`. */
  by: z.string().default('unknown'),
  groupId: z.string().optional(),
  /** Of a member from before, who was inactive since then and is active again. */
  inactiveSince: time.optional(),
  deactivatedAt: time.optional(),
});

export type DirectoryEvent = z.output<typeof directoryEvent>;

/** Many memberships of one group that a write has made or ended. */
export const membersEvent = z.looseObject({
  eventType: z.enum(membersEventTypes),
  uuid: z.string(),
  published: time,
  by: z.string(),
  groupId: z.string(),
  groupName: z.string(),
  /** The member, and the membership's id. */
  members: z.array(z.tuple([z.string(), z.string()])),
});

export type MembersEvent = z.output<typeof membersEvent>;
