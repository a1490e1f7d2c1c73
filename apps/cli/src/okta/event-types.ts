/** Without these a trigger is deaf. */
export const triggerEvents = ['group.user_membership.add', 'system.mfa.preregister.initiate'] as const;

/** What keycourier learns from besides: who left, who is gone, and whose address was corrected. */
export const otherEvents = [
  'group.user_membership.remove',
  'user.account.update_profile',
  'user.lifecycle.deactivate',
] as const;

export const wantedEvents: readonly string[] = [...triggerEvents, ...otherEvents];
