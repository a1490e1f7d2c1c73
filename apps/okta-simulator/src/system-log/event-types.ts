import { appEventTypes } from './app-event-types.ts';
import type { EventType } from './event-type.ts';

/** The event types that this org raises. */
export const eventTypes = {
  'user.lifecycle.create': {
    displayMessage: 'Create okta user',
    legacyEventType: 'core.user.config.user_creation.success',
    hook: true,
  },
  'user.lifecycle.activate': {
    displayMessage: 'Activate Okta user',
    legacyEventType: 'core.user.config.user_activated',
    hook: true,
  },
  'user.lifecycle.reactivate': { displayMessage: 'Reactivate Okta user', legacyEventType: null, hook: true },
  'user.lifecycle.deactivate': {
    displayMessage: 'Deactivate Okta user',
    legacyEventType: 'core.user.config.user_deactivated',
    hook: true,
  },
  'user.lifecycle.suspend': { displayMessage: 'Suspend Okta user', legacyEventType: null, hook: true },
  'user.lifecycle.unsuspend': { displayMessage: 'Unsuspend Okta user', legacyEventType: null, hook: true },
  'user.lifecycle.delete.initiated': { displayMessage: 'Delete Okta user', legacyEventType: null, hook: true },
  'user.lifecycle.delete.completed': { displayMessage: 'Delete Okta user', legacyEventType: null, hook: false },
  'user.account.update_profile': { displayMessage: 'Update user profile for Okta', legacyEventType: null, hook: true },
  'user.account.unlock': { displayMessage: 'Unlock user account for Okta', legacyEventType: null, hook: true },
  'user.account.expire_password': { displayMessage: 'Expire user password', legacyEventType: null, hook: true },
  'user.account.reset_password': { displayMessage: 'Reset user password', legacyEventType: null, hook: true },
  'user.mfa.factor.activate': { displayMessage: 'Activate factor for user', legacyEventType: null, hook: true },
  'user.mfa.factor.deactivate': { displayMessage: 'Deactivate factor for user', legacyEventType: null, hook: true },
  'user.mfa.factor.reset_all': { displayMessage: 'Reset all factors for user', legacyEventType: null, hook: true },
  'system.mfa.preregister.initiate': {
    displayMessage: 'Initiate a fulfillment request for a preregistered factor',
    legacyEventType: null,
    hook: true,
  },
  'group.user_membership.add': {
    displayMessage: 'Add user to group membership.',
    legacyEventType: 'core.user_group_member.user_add',
    hook: true,
  },
  'group.user_membership.remove': {
    displayMessage: 'Remove user from group membership.',
    legacyEventType: 'core.user_group_member.user_remove',
    hook: true,
  },
  'group.lifecycle.create': { displayMessage: 'Create Okta group', legacyEventType: null, hook: true },
  'group.lifecycle.delete': { displayMessage: 'Delete Okta group', legacyEventType: null, hook: true },
  'group.profile.update': { displayMessage: 'Update Okta group profile', legacyEventType: null, hook: true },
  'event_hook.created': { displayMessage: 'Create event hook', legacyEventType: null, hook: false },
  'event_hook.updated': { displayMessage: 'Update event hook', legacyEventType: null, hook: false },
  'event_hook.verified': { displayMessage: 'Verify event hook', legacyEventType: null, hook: false },
  'event_hook.activated': { displayMessage: 'Activate event hook', legacyEventType: null, hook: false },
  'event_hook.deactivated': { displayMessage: 'Deactivate event hook', legacyEventType: null, hook: false },
  'event_hook.deleted': { displayMessage: 'Delete event hook', legacyEventType: null, hook: false },
  'event_hook.delivery': { displayMessage: 'Event hook delivery failed', legacyEventType: null, hook: false },
  ...appEventTypes,
} as const satisfies Record<string, EventType>;

export type EventTypeName = keyof typeof eventTypes;

/** Further types of Okta's catalog that hooks cannot subscribe to. */
const notForHooks = new Set([
  'user.account.update_primary_email',
  'user.account.update_secondary_email',
  ...Object.entries(eventTypes).flatMap(([name, { hook }]) => (hook ? [] : [name])),
]);

/** Whether a hook may subscribe to the type. For types that this org never raises, any well-formed name is accepted. */
export function mayBeHooked(name: string): boolean {
  return /^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(name) && !notForHooks.has(name);
}
