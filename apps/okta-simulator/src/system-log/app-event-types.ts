import type { EventType } from './event-type.ts';

const inLogOnly = (displayMessage: string): EventType => ({ displayMessage, legacyEventType: null, hook: false });
const forHooks = (displayMessage: string): EventType => ({ displayMessage, legacyEventType: null, hook: true });

/** The event types of apps and of their provisioning. */
export const appEventTypes = {
  'application.lifecycle.create': forHooks('Create application'),
  'application.lifecycle.activate': forHooks('Activate application'),
  'application.lifecycle.deactivate': forHooks('Deactivate application'),
  'application.lifecycle.update': forHooks('Update application'),
  'application.lifecycle.delete': forHooks('Delete application'),
  'application.user_membership.add': forHooks('Add user to application membership'),
  'application.user_membership.remove': forHooks("Remove user's application membership"),
  'application.user_membership.update': forHooks("Update user's application properties"),
  'group.application_assignment.add': forHooks('Add assigned application to group'),
  'group.application_assignment.remove': forHooks('Remove assigned application from group'),
  'application.provision.user.push': inLogOnly('Push new user to external application'),
  'application.provision.user.push_profile': inLogOnly("Push user's profile to external application"),
  'application.provision.user.push_okta_password': inLogOnly("Push user's Okta password to external application"),
  'application.provision.user.push_password': inLogOnly("Push user's password to external application"),
  'application.provision.user.deactivate': inLogOnly('Deactivate user in external application'),
  'application.provision.user.reactivate': inLogOnly('Reactivate user in external application'),
  'application.provision.user.sync': forHooks('Sync user in external application'),
  'application.provision.user.import': inLogOnly('Import user from external application'),
  'application.provision.user.verify_exists': inLogOnly('Verify user exists in external application'),
  'application.provision.group.add': inLogOnly('Add group in external application'),
  'application.provision.group_push.pushed': inLogOnly('Group pushed to external application'),
  'application.provision.group_push.updated': inLogOnly('Group updated in external application'),
  'application.provision.group_push.push_memberships': inLogOnly(
    'Memberships of a group pushed to external application',
  ),
  'application.provision.group_push.removed': inLogOnly('Group removed from external application'),
} as const satisfies Record<string, EventType>;
