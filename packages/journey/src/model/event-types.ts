/** A user, or an administrator for one, sets up a key now. */
export const mfaInitiatedEventType = 'system.mfa.preregister.initiate';

/** The types of Okta events that request a key. */
export const triggerEventTypes = ['group.user_membership.add', mfaInitiatedEventType] as const;

/** The types that say that a user is another than when they were read. */
export const userChangingEventTypes = ['user.account.update_profile', 'user.lifecycle.deactivate'] as const;

/**
 * All types that intake reads and an event hook must subscribe to; the others report leavers and corrected profiles, and what
 * is pushed to a hub. A tenant without a hub has few of the last three, and they start nothing there.
 */
export const eventTypes = [
  ...triggerEventTypes,
  'group.user_membership.remove',
  ...userChangingEventTypes,
  'user.lifecycle.activate',
  'group.profile.update',
  'group.lifecycle.delete',
] as const;

/** What the directory writes into the inbox, in the transaction of the write that it follows from. */
export const directoryEventTypes = [
  'scim.user.created',
  'scim.user.updated',
  'scim.user.deactivated',
  'scim.user.reactivated',
  'scim.group.member_added',
  'scim.group.member_removed',
] as const;

export type DirectoryEventType = (typeof directoryEventTypes)[number];

/** What a write of many memberships of a group is, and what it is for each of its members. */
export const typeOfEachMember = {
  'scim.group.members_added': 'scim.group.member_added',
  'scim.group.members_removed': 'scim.group.member_removed',
} as const satisfies Readonly<Record<string, DirectoryEventType>>;

export const membersEventTypes = ['scim.group.members_added', 'scim.group.members_removed'] as const;

export type MembersEventType = (typeof membersEventTypes)[number];
