import { createEventHook } from '../event-hooks/create-event-hook.ts';
import { deleteEventHook } from '../event-hooks/delete-event-hook.ts';
import { getEventHook } from '../event-hooks/get-event-hook.ts';
import { listEventHooks } from '../event-hooks/list-event-hooks.ts';
import { replaceEventHook } from '../event-hooks/replace-event-hook.ts';
import { activateEventHook, deactivateEventHook } from '../event-hooks/set-hook-status.ts';
import { verifyEventHook } from '../event-hooks/verify-event-hook.ts';
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

type Route = readonly [method: 'get' | 'post' | 'put' | 'delete', path: string, handler: Handler];

const enrollments = '/webauthn-registration/api/v1/users/:userId/enrollments';
const lifecycle = '/api/v1/users/:id/lifecycle';

/** The whole API, on one page. */
export const routes: readonly Route[] = [
  ['get', '/api/v1/users', listUsers],
  ['post', '/api/v1/users', createUser],
  ['get', '/api/v1/users/:id', getUser],
  ['post', '/api/v1/users/:id', updateUser],
  ['put', '/api/v1/users/:id', replaceUser],
  ['delete', '/api/v1/users/:id', deleteUser],
  ['get', '/api/v1/users/:id/groups', listUserGroups],
  ['post', `${lifecycle}/activate`, status.activateUser],
  ['post', `${lifecycle}/deactivate`, status.deactivateUser],
  ['post', `${lifecycle}/reactivate`, status.reactivateUser],
  ['post', `${lifecycle}/suspend`, status.suspendUser],
  ['post', `${lifecycle}/unsuspend`, status.unsuspendUser],
  ['post', `${lifecycle}/unlock`, status.unlockUser],
  ['post', `${lifecycle}/expire_password`, status.expirePassword],
  ['post', `${lifecycle}/reset_password`, status.resetPassword],
  ['post', `${lifecycle}/reset_factors`, resetFactors],
  ['get', '/api/v1/meta/schemas/user/:schemaId', getUserSchema],
  ['post', '/api/v1/meta/schemas/user/:schemaId', updateUserSchema],

  ['get', '/api/v1/groups', listGroups],
  ['post', '/api/v1/groups', addGroup],
  ['get', '/api/v1/groups/:groupId', getGroup],
  ['put', '/api/v1/groups/:groupId', replaceGroup],
  ['delete', '/api/v1/groups/:groupId', deleteGroup],
  ['get', '/api/v1/groups/:groupId/users', listGroupUsers],
  ['put', '/api/v1/groups/:groupId/users/:userId', assignUserToGroup],
  ['delete', '/api/v1/groups/:groupId/users/:userId', unassignUserFromGroup],

  ['get', '/api/v1/eventHooks', listEventHooks],
  ['post', '/api/v1/eventHooks', createEventHook],
  ['get', '/api/v1/eventHooks/:eventHookId', getEventHook],
  ['put', '/api/v1/eventHooks/:eventHookId', replaceEventHook],
  ['delete', '/api/v1/eventHooks/:eventHookId', deleteEventHook],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/activate', activateEventHook],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/deactivate', deactivateEventHook],
  ['post', '/api/v1/eventHooks/:eventHookId/lifecycle/verify', verifyEventHook],

  ['get', '/api/v1/logs', listLogEvents],

  ['post', '/webauthn-registration/api/v1/initiate-fulfillment-request', initiateFulfillmentRequest],
  ['post', '/webauthn-registration/api/v1/enroll', enroll],
  ['post', '/webauthn-registration/api/v1/activate', activate],
  ['post', '/webauthn-registration/api/v1/send-pin', sendPin],
  ['get', enrollments, listEnrollments],
  ['delete', `${enrollments}/:authenticatorEnrollmentId`, deleteEnrollment],
  ['post', `${enrollments}/:authenticatorEnrollmentId/mark-error`, markError],
];
