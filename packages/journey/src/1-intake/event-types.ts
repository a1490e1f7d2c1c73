/** The types of Okta's events that intake reads, and that an event hook must be registered for. */
export const eventTypes = [
  'group.user_membership.add',
  'group.user_membership.remove',
  'system.mfa.preregister.initiate',
  'user.account.update_profile',
  'user.lifecycle.deactivate',
] as const;
