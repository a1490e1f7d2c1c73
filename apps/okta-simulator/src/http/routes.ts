import * as appGroups from '../apps/app-groups.ts';
import { getAppSchema, updateAppSchema } from '../apps/app-schema.ts';
import { assignUserToApp } from '../apps/assign-user-to-app.ts';
import { unassignUserFromApp, updateAppUser } from '../apps/change-app-user.ts';
import { activateApp, deactivateApp, deleteApp } from '../apps/change-app.ts';
import { createApp } from '../apps/create-app.ts';
import { getFeature, listFeatures, updateFeature } from '../apps/features.ts';
import { getAppUser, listAppUsers } from '../apps/get-app-user.ts';
import { getApp } from '../apps/get-app.ts';
import { listApps } from '../apps/list-apps.ts';
import * as mappings from '../apps/mappings.ts';
import * as connection from '../apps/set-connection.ts';
import { createEventHook } from '../event-hooks/create-event-hook.ts';
import { deleteEventHook } from '../event-hooks/delete-event-hook.ts';
import { getEventHook } from '../event-hooks/get-event-hook.ts';
import { listEventHooks } from '../event-hooks/list-event-hooks.ts';
import { replaceEventHook } from '../event-hooks/replace-event-hook.ts';
import { activateEventHook, deactivateEventHook } from '../event-hooks/set-hook-status.ts';
import { verifyEventHook } from '../event-hooks/verify-event-hook.ts';
import * as push from '../group-push/mappings-api.ts';
import { addGroup } from '../groups/add-group.ts';
import { assignUserToGroup } from '../groups/assign-user-to-group.ts';
import { deleteGroup } from '../groups/delete-group.ts';
import { getGroup } from '../groups/get-group.ts';
import { listGroupUsers } from '../groups/list-group-users.ts';
import { listGroups } from '../groups/list-groups.ts';
import { replaceGroup } from '../groups/replace-group.ts';
import { unassignUserFromGroup } from '../groups/unassign-user-from-group.ts';
import { activate } from '../preregistration/activate.ts';
import { deleteEnrollment } from '../preregistration/delete-enrollment.ts';
import { enroll } from '../preregistration/enroll.ts';
import { initiateFulfillmentRequest } from '../preregistration/initiate-fulfillment-request.ts';
import { listEnrollments } from '../preregistration/list-enrollments.ts';
import { markError } from '../preregistration/mark-error.ts';
import { sendPin } from '../preregistration/send-pin.ts';
import * as roles from '../roles/list-roles.ts';
import { createRule, deleteRule, getRule, listRules, replaceRule } from '../routing/change-rules.ts';
import { getIdentityProvider } from '../routing/identity-providers.ts';
import { listPolicies } from '../routing/list-policies.ts';
import { listLogEvents } from '../system-log/list-log-events.ts';
import * as status from '../users/change-status.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { getUser } from '../users/get-user.ts';
import { listUserGroups } from '../users/list-user-groups.ts';
import { listUsers } from '../users/list-users.ts';
import { resetFactors } from '../users/reset-factors.ts';
import { replaceUser, updateUser } from '../users/update-user.ts';
import { getUserSchema, updateUserSchema } from '../users/user-schema.ts';
import type { Handler } from './handler.ts';

type Route = readonly [
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  handler: Handler,
  scope: string,
];

const enrollments = '/webauthn-registration/api/v1/users/:userId/enrollments';
const rules = '/api/v1/policies/:policyId/rules';
const lifecycle = '/api/v1/users/:id/lifecycle';
const app = '/api/v1/apps/:appId';
const targets = ':roleAssignmentId/targets/groups';

/** All routes of the API, each with the scope, or the scopes with a space between, that it requires of an access token. */
export const routes: readonly Route[] = [
  ['get', '/api/v1/users', listUsers, 'okta.users.read'],
  ['post', '/api/v1/users', createUser, 'okta.users.manage'],
  ['get', '/api/v1/users/:id', getUser, 'okta.users.read'],
  ['post', '/api/v1/users/:id', updateUser, 'okta.users.manage'],
  ['put', '/api/v1/users/:id', replaceUser, 'okta.users.manage'],
  ['delete', '/api/v1/users/:id', deleteUser, 'okta.users.manage'],
  ['get', '/api/v1/users/:id/groups', listUserGroups, 'okta.users.read'],
  ['post', `${lifecycle}/activate`, status.activateUser, 'okta.users.manage'],
  ['post', `${lifecycle}/deactivate`, status.deactivateUser, 'okta.users.manage'],
  ['post', `${lifecycle}/reactivate`, status.reactivateUser, 'okta.users.manage'],
  ['post', `${lifecycle}/suspend`, status.suspendUser, 'okta.users.manage'],
  ['post', `${lifecycle}/unsuspend`, status.unsuspendUser, 'okta.users.manage'],
  ['post', `${lifecycle}/unlock`, status.unlockUser, 'okta.users.manage'],
  ['post', `${lifecycle}/expire_password`, status.expirePassword, 'okta.users.manage'],
  ['post', `${lifecycle}/reset_password`, status.resetPassword, 'okta.users.manage'],
  ['post', `${lifecycle}/reset_factors`, resetFactors, 'okta.users.manage'],
  ['get', '/api/v1/meta/schemas/user/:schemaId', getUserSchema, 'okta.schemas.read'],
  ['post', '/api/v1/meta/schemas/user/:schemaId', updateUserSchema, 'okta.schemas.manage'],

  ['get', '/api/v1/users/:userId/roles', roles.listUserRoles, 'okta.roles.read'],
  ['get', `/api/v1/users/:userId/roles/${targets}`, roles.listUserTargets, 'okta.roles.read'],
  ['get', '/oauth2/v1/clients/:clientId/roles', roles.listClientRoles, 'okta.roles.read'],
  ['get', `/oauth2/v1/clients/:clientId/roles/${targets}`, roles.listClientTargets, 'okta.roles.read'],
  ['get', '/api/v1/iam/roles/:roleId/permissions', roles.listPermissions, 'okta.roles.read'],
  ['get', '/api/v1/iam/resource-sets/:resourceSetId/resources', roles.listResources, 'okta.roles.read'],

  ['get', '/api/v1/groups', listGroups, 'okta.groups.read'],
  ['post', '/api/v1/groups', addGroup, 'okta.groups.manage'],
  ['get', '/api/v1/groups/:groupId', getGroup, 'okta.groups.read'],
  ['put', '/api/v1/groups/:groupId', replaceGroup, 'okta.groups.manage'],
  ['delete', '/api/v1/groups/:groupId', deleteGroup, 'okta.groups.manage'],
  ['get', '/api/v1/groups/:groupId/users', listGroupUsers, 'okta.groups.read'],
  ['put', '/api/v1/groups/:groupId/users/:userId', assignUserToGroup, 'okta.groups.manage'],
  ['delete', '/api/v1/groups/:groupId/users/:userId', unassignUserFromGroup, 'okta.groups.manage'],

  ['get', '/api/v1/policies', listPolicies, 'okta.policies.read'],
  ['get', rules, listRules, 'okta.policies.read'],
  ['post', rules, createRule, 'okta.policies.manage'],
  ['get', `${rules}/:ruleId`, getRule, 'okta.policies.read'],
  ['put', `${rules}/:ruleId`, replaceRule, 'okta.policies.manage'],
  ['delete', `${rules}/:ruleId`, deleteRule, 'okta.policies.manage'],
  ['get', '/api/v1/idps/:idpId', getIdentityProvider, 'okta.idps.read'],

  ['get', '/api/v1/eventHooks', listEventHooks, 'okta.eventHooks.read'],
  ['post', '/api/v1/eventHooks', createEventHook, 'okta.eventHooks.manage'],
  ['get', '/api/v1/eventHooks/:eventHookId', getEventHook, 'okta.eventHooks.read'],
  ['put', '/api/v1/eventHooks/:eventHookId', replaceEventHook, 'okta.eventHooks.manage'],
  ['delete', '/api/v1/eventHooks/:eventHookId', deleteEventHook, 'okta.eventHooks.manage'],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/activate', activateEventHook, 'okta.eventHooks.manage'],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/deactivate', deactivateEventHook, 'okta.eventHooks.manage'],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/verify', verifyEventHook, 'okta.eventHooks.manage'],

  ['get', '/api/v1/logs', listLogEvents, 'okta.logs.read'],

  ['get', '/api/v1/apps', listApps, 'okta.apps.read'],
  ['post', '/api/v1/apps', createApp, 'okta.apps.manage'],
  ['get', app, getApp, 'okta.apps.read'],
  ['delete', app, deleteApp, 'okta.apps.manage'],
  ['post', `${app}/lifecycle/activate`, activateApp, 'okta.apps.manage'],
  ['post', `${app}/lifecycle/deactivate`, deactivateApp, 'okta.apps.manage'],
  ['get', `${app}/users`, listAppUsers, 'okta.apps.read'],
  ['post', `${app}/users`, assignUserToApp, 'okta.apps.manage'],
  ['get', `${app}/users/:userId`, getAppUser, 'okta.apps.read'],
  ['post', `${app}/users/:userId`, updateAppUser, 'okta.apps.manage'],
  ['delete', `${app}/users/:userId`, unassignUserFromApp, 'okta.apps.manage'],
  ['get', `${app}/groups`, appGroups.listAppGroups, 'okta.apps.read'],
  ['get', `${app}/groups/:groupId`, appGroups.getAppGroup, 'okta.apps.read'],
  ['put', `${app}/groups/:groupId`, appGroups.assignGroupToApp, 'okta.apps.manage'],
  ['delete', `${app}/groups/:groupId`, appGroups.unassignGroupFromApp, 'okta.apps.manage'],
  ['get', `${app}/connections/default`, connection.getConnection, 'okta.apps.read'],
  ['post', `${app}/connections/default`, connection.setConnection, 'okta.apps.manage'],
  ['post', `${app}/connections/default/lifecycle/activate`, connection.activateConnection, 'okta.apps.manage'],
  ['post', `${app}/connections/default/lifecycle/deactivate`, connection.deactivateConnection, 'okta.apps.manage'],
  ['get', `${app}/features`, listFeatures, 'okta.apps.read'],
  ['get', `${app}/features/:featureName`, getFeature, 'okta.apps.read'],
  ['put', `${app}/features/:featureName`, updateFeature, 'okta.apps.manage'],
  ['get', `${app}/group-push/mappings`, push.listMappings, 'okta.apps.read okta.groups.read'],
  ['post', `${app}/group-push/mappings`, push.createMapping, 'okta.apps.manage okta.groups.manage'],
  ['get', `${app}/group-push/mappings/:mappingId`, push.getMapping, 'okta.apps.read okta.groups.read'],
  ['patch', `${app}/group-push/mappings/:mappingId`, push.updateMapping, 'okta.apps.manage okta.groups.manage'],
  ['delete', `${app}/group-push/mappings/:mappingId`, push.deleteMapping, 'okta.apps.manage okta.groups.manage'],
  ['get', '/api/v1/meta/schemas/apps/:appId/default', getAppSchema, 'okta.schemas.read'],
  ['post', '/api/v1/meta/schemas/apps/:appId/default', updateAppSchema, 'okta.schemas.manage'],
  ['get', '/api/v1/mappings', mappings.listMappings, 'okta.profileMappings.read'],
  ['get', '/api/v1/mappings/:mappingId', mappings.getMapping, 'okta.profileMappings.read'],
  ['post', '/api/v1/mappings/:mappingId', mappings.updateMapping, 'okta.profileMappings.manage'],

  [
    'post',
    '/webauthn-registration/api/v1/initiate-fulfillment-request',
    initiateFulfillmentRequest,
    'okta.users.manage',
  ],
  ['post', '/webauthn-registration/api/v1/enroll', enroll, 'okta.users.manage'],
  ['post', '/webauthn-registration/api/v1/activate', activate, 'okta.users.manage'],
  ['post', '/webauthn-registration/api/v1/send-pin', sendPin, 'okta.users.manage'],
  ['get', enrollments, listEnrollments, 'okta.users.read'],
  ['delete', `${enrollments}/:authenticatorEnrollmentId`, deleteEnrollment, 'okta.users.manage'],
  ['post', `${enrollments}/:authenticatorEnrollmentId/mark-error`, markError, 'okta.users.manage'],
];
