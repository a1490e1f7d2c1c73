import { checkRoles } from './account/check-roles.ts';
import { listProducts } from './account/list-products.ts';
import { listStock } from './account/list-stock.ts';
import { showCaller } from './account/show-caller.ts';
import { listAudit } from './audit/list-audit.ts';
import { verifyAudit } from './audit/verify-audit.ts';
import { downloadResult } from './batches/download-result.ts';
import { listBatches } from './batches/list-batches.ts';
import { listRows } from './batches/list-rows.ts';
import { orderBatch } from './batches/order-batch.ts';
import { requestBatch } from './batches/request-batch.ts';
import { showBatch } from './batches/show-batch.ts';
import { createBulk, listBulks, showBulk, startBulk, stopBulk } from './bulk/bulk-routes.ts';
import { downloadItems, listItems } from './bulk/list-items.ts';
import { showCatchUp } from './catch-up/show-catch-up.ts';
import { createConnection } from './connections/create-connection.ts';
import { createClient, createToken } from './connections/create-token.ts';
import { handOverConnection } from './connections/hand-over.ts';
import { listConnections } from './connections/list-connections.ts';
import { revokeConnection } from './connections/revoke-connection.ts';
import { revokeClient, revokeToken } from './connections/revoke-token.ts';
import { showConnection } from './connections/show-connection.ts';
import { updateConnection } from './connections/update-connection.ts';
import type { Route } from './endpoint.ts';
import { listEvents } from './events/list-events.ts';
import { searchEvents } from './events/search-events.ts';
import { listFlows } from './flows/list-flows.ts';
import { switchFlow } from './flows/switch-flow.ts';
import { addGroup } from './groups/add-group.ts';
import { changeGroup } from './groups/change-group.ts';
import { listGroupMembers } from './groups/list-group-members.ts';
import { listGroups } from './groups/list-groups.ts';
import { removeGroup } from './groups/remove-group.ts';
import { showGroup } from './groups/show-group.ts';
import { assignGroups, listAssignedGroups, unassignGroup } from './hub/assigned-group-routes.ts';
import { compareWithHub, listHubComparisons, showHubComparison } from './hub/comparison-routes.ts';
import {
  listPushedGroups,
  pauseGroup,
  pushGroup,
  pushGroupNow,
  showPushedGroup,
  unlinkPushedGroup,
} from './hub/group-routes.ts';
import {
  assignHubPeople,
  changeHubSettingsRoute,
  listHubAssignments,
  listHubPeople,
  pushHubPeople,
  showHubPeople,
  showHubSettings,
  unassignHubPerson,
} from './hub/hub-people-routes.ts';
import { changeHub, createHub, removeHub, showHub, testHub } from './hub/hub-routes.ts';
import {
  listHubImports,
  listImportedPeople,
  rejectHubImport,
  releaseHubImport,
  requestHubImport,
  showHubImport,
} from './hub/import-routes.ts';
import { rotateKey, setOwner } from './keys/change-key.ts';
import { createKey } from './keys/create-key.ts';
import { listKeys } from './keys/list-keys.ts';
import { revokeKey } from './keys/revoke-key.ts';
import { addPerson } from './people/add-person.ts';
import { changePerson } from './people/change-person.ts';
import { listPeople, listPeopleOfConnection } from './people/list-people.ts';
import { removePerson } from './people/remove-person.ts';
import { searchPeople } from './people/search-people.ts';
import { showPerson } from './people/show-person.ts';
import { showRegistration } from './registration/show-registration.ts';
import { actOn } from './shipments/act-on-shipment.ts';
import { correctShipment } from './shipments/correct-shipment.ts';
import { listShipments } from './shipments/list-shipments.ts';
import { requestShipment } from './shipments/request-shipment.ts';
import { searchShipments } from './shipments/search-shipments.ts';
import { showHistory } from './shipments/show-history.ts';
import { showShipment } from './shipments/show-shipment.ts';

/** Every route of the API. */
export const routes: readonly Route[] = [
  { method: 'post', path: '/v1/shipments', scope: 'write', ...requestShipment },
  { method: 'get', path: '/v1/shipments', scope: 'read', ...listShipments },
  { method: 'post', path: '/v1/shipments/search', scope: 'read', ...searchShipments },
  { method: 'get', path: '/v1/shipments/:id', scope: 'read', ...showShipment },
  { method: 'get', path: '/v1/shipments/:id/events', scope: 'read', ...showHistory },
  { method: 'post', path: '/v1/shipments/:id/retry', scope: 'write', ...actOn('retry') },
  { method: 'post', path: '/v1/shipments/:id/cancel', scope: 'write', ...actOn('cancel') },
  { method: 'post', path: '/v1/shipments/:id/corrections', scope: 'operator', ...correctShipment },
  { method: 'post', path: '/v1/shipments/:id/release-pin', scope: 'operator', ...actOn('release-pin') },
  { method: 'post', path: '/v1/shipments/:id/resend-pin', scope: 'operator', ...actOn('resend-pin') },
  { method: 'post', path: '/v1/shipments/:id/confirm-receipt', scope: 'write', ...actOn('confirm-receipt') },

  { method: 'post', path: '/v1/batches', scope: 'write', ...requestBatch },
  { method: 'get', path: '/v1/batches', scope: 'read', ...listBatches },
  { method: 'get', path: '/v1/batches/:id', scope: 'read', ...showBatch },
  { method: 'post', path: '/v1/batches/:id/order', scope: 'write', ...orderBatch },
  { method: 'get', path: '/v1/batches/:id/rows', scope: 'read', ...listRows },
  { method: 'get', path: '/v1/batches/:id/result.csv', scope: 'read', ...downloadResult },

  { method: 'post', path: '/v1/bulk-actions', scope: 'operator', ...createBulk },
  { method: 'get', path: '/v1/bulk-actions', scope: 'operator', ...listBulks },
  { method: 'get', path: '/v1/bulk-actions/:id', scope: 'operator', ...showBulk },
  { method: 'post', path: '/v1/bulk-actions/:id/start', scope: 'operator', ...startBulk },
  { method: 'post', path: '/v1/bulk-actions/:id/stop', scope: 'operator', ...stopBulk },
  { method: 'get', path: '/v1/bulk-actions/:id/items', scope: 'operator', ...listItems },
  { method: 'get', path: '/v1/bulk-actions/:id/result.csv', scope: 'operator', ...downloadItems },

  { method: 'get', path: '/v1/events', scope: 'read', ...listEvents },
  { method: 'post', path: '/v1/events/search', scope: 'read', ...searchEvents },

  { method: 'get', path: '/v1/me', scope: null, ...showCaller },
  { method: 'get', path: '/v1/products', scope: 'read', ...listProducts },
  { method: 'get', path: '/v1/stock', scope: 'read', ...listStock },

  { method: 'get', path: '/v1/audit', scope: 'audit', ...listAudit },
  { method: 'get', path: '/v1/audit/verification', scope: 'audit', ...verifyAudit },

  { method: 'get', path: '/v1/flows', scope: 'read', ...listFlows },
  { method: 'patch', path: '/v1/flows/:slug', scope: 'operator', ...switchFlow },

  { method: 'get', path: '/v1/catch-up', scope: 'read', ...showCatchUp },
  { method: 'get', path: '/v1/registration', scope: 'read', ...showRegistration },

  { method: 'get', path: '/v1/hub', scope: 'read', ...showHub },
  { method: 'post', path: '/v1/hub', scope: 'operator', ...createHub },
  { method: 'patch', path: '/v1/hub', scope: 'operator', ...changeHub },
  { method: 'delete', path: '/v1/hub', scope: 'operator', ...removeHub },
  { method: 'post', path: '/v1/hub/test', scope: 'operator', ...testHub },
  { method: 'get', path: '/v1/hub/groups', scope: 'read', ...listPushedGroups },
  { method: 'post', path: '/v1/hub/groups', scope: 'operator', ...pushGroup },
  { method: 'get', path: '/v1/hub/groups/:id', scope: 'read', ...showPushedGroup },
  { method: 'post', path: '/v1/hub/groups/:id/push', scope: 'operator', ...pushGroupNow },
  { method: 'post', path: '/v1/hub/groups/:id/pause', scope: 'operator', ...pauseGroup },
  { method: 'delete', path: '/v1/hub/groups/:id', scope: 'operator', ...unlinkPushedGroup },
  { method: 'get', path: '/v1/hub/comparisons', scope: 'read', ...listHubComparisons },
  { method: 'post', path: '/v1/hub/comparisons', scope: 'operator', ...compareWithHub },
  { method: 'get', path: '/v1/hub/comparisons/:id', scope: 'read', ...showHubComparison },
  { method: 'get', path: '/v1/hub/settings', scope: 'read', ...showHubSettings },
  { method: 'patch', path: '/v1/hub/settings', scope: 'operator', ...changeHubSettingsRoute },
  { method: 'get', path: '/v1/hub/imports', scope: 'read', ...listHubImports },
  { method: 'post', path: '/v1/hub/imports', scope: 'operator', ...requestHubImport },
  { method: 'get', path: '/v1/hub/imports/:importId', scope: 'read', ...showHubImport },
  { method: 'get', path: '/v1/hub/imports/:importId/people', scope: 'read', ...listImportedPeople },
  { method: 'post', path: '/v1/hub/imports/:importId/release', scope: 'operator', ...releaseHubImport },
  { method: 'post', path: '/v1/hub/imports/:importId/reject', scope: 'operator', ...rejectHubImport },
  { method: 'get', path: '/v1/hub/people', scope: 'read', ...listHubPeople },
  { method: 'get', path: '/v1/hub/people/counts', scope: 'read', ...showHubPeople },
  { method: 'post', path: '/v1/hub/push', scope: 'operator', ...pushHubPeople },
  { method: 'get', path: '/v1/hub/assignments', scope: 'read', ...listHubAssignments },
  { method: 'post', path: '/v1/hub/assignments', scope: 'operator', ...assignHubPeople },
  { method: 'get', path: '/v1/hub/assignments/groups', scope: 'read', ...listAssignedGroups },
  { method: 'post', path: '/v1/hub/assignments/groups', scope: 'operator', ...assignGroups },
  { method: 'delete', path: '/v1/hub/assignments/groups/:groupId', scope: 'operator', ...unassignGroup },
  { method: 'delete', path: '/v1/hub/assignments/:userId', scope: 'operator', ...unassignHubPerson },

  { method: 'post', path: '/v1/connections', scope: 'operator', ...createConnection },
  { method: 'get', path: '/v1/connections', scope: 'operator', ...listConnections },
  { method: 'get', path: '/v1/connections/:id', scope: 'operator', ...showConnection },
  { method: 'patch', path: '/v1/connections/:id', scope: 'operator', ...updateConnection },
  { method: 'delete', path: '/v1/connections/:id', scope: 'operator', ...revokeConnection },
  { method: 'post', path: '/v1/connections/:id/hand-over', scope: 'operator', ...handOverConnection },
  { method: 'post', path: '/v1/connections/:id/tokens', scope: 'operator', ...createToken },
  { method: 'delete', path: '/v1/connections/:id/tokens/:tokenId', scope: 'operator', ...revokeToken },
  { method: 'post', path: '/v1/connections/:id/clients', scope: 'operator', ...createClient },
  { method: 'delete', path: '/v1/connections/:id/clients/:clientId', scope: 'operator', ...revokeClient },
  { method: 'get', path: '/v1/connections/:id/people', scope: 'read', ...listPeopleOfConnection },

  { method: 'post', path: '/v1/people', scope: 'operator', ...addPerson },
  { method: 'get', path: '/v1/people', scope: 'read', ...listPeople },
  { method: 'post', path: '/v1/people/search', scope: 'read', ...searchPeople },
  { method: 'get', path: '/v1/people/:id', scope: 'read', ...showPerson },
  { method: 'patch', path: '/v1/people/:id', scope: 'operator', ...changePerson },
  { method: 'delete', path: '/v1/people/:id', scope: 'operator', ...removePerson },

  { method: 'post', path: '/v1/groups', scope: 'operator', ...addGroup },
  { method: 'get', path: '/v1/groups', scope: 'read', ...listGroups },
  { method: 'get', path: '/v1/groups/:id', scope: 'read', ...showGroup },
  { method: 'get', path: '/v1/groups/:id/members', scope: 'read', ...listGroupMembers },
  { method: 'patch', path: '/v1/groups/:id', scope: 'operator', ...changeGroup },
  { method: 'delete', path: '/v1/groups/:id', scope: 'operator', ...removeGroup },

  { method: 'post', path: '/v1/roles/check', scope: 'read', ...checkRoles },

  { method: 'post', path: '/v1/keys', scope: 'operator', ...createKey },
  { method: 'get', path: '/v1/keys', scope: 'operator', ...listKeys },
  { method: 'patch', path: '/v1/keys/:id', scope: 'operator', ...setOwner },
  { method: 'post', path: '/v1/keys/:id/rotate', scope: 'operator', ...rotateKey },
  { method: 'delete', path: '/v1/keys/:id', scope: 'operator', ...revokeKey },
];
