import { downloadResult } from './batches/download-result.ts';
import { listRows } from './batches/list-rows.ts';
import { requestBatch } from './batches/request-batch.ts';
import { showBatch } from './batches/show-batch.ts';
import { showCatchUp } from './catch-up/show-catch-up.ts';
import type { Route } from './endpoint.ts';
import { listEvents } from './events/list-events.ts';
import { searchEvents } from './events/search-events.ts';
import { listFlows } from './flows/list-flows.ts';
import { switchFlow } from './flows/switch-flow.ts';
import { createKey } from './keys/create-key.ts';
import { listKeys } from './keys/list-keys.ts';
import { revokeKey } from './keys/revoke-key.ts';
import { rotateKey } from './keys/rotate-key.ts';
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
  { method: 'get', path: '/v1/batches/:id', scope: 'read', ...showBatch },
  { method: 'get', path: '/v1/batches/:id/rows', scope: 'read', ...listRows },
  { method: 'get', path: '/v1/batches/:id/result.csv', scope: 'read', ...downloadResult },

  { method: 'get', path: '/v1/events', scope: 'read', ...listEvents },
  { method: 'post', path: '/v1/events/search', scope: 'read', ...searchEvents },

  { method: 'get', path: '/v1/flows', scope: 'read', ...listFlows },
  { method: 'patch', path: '/v1/flows/:slug', scope: 'operator', ...switchFlow },

  { method: 'get', path: '/v1/catch-up', scope: 'read', ...showCatchUp },
  { method: 'get', path: '/v1/registration', scope: 'read', ...showRegistration },

  { method: 'post', path: '/v1/keys', scope: 'operator', ...createKey },
  { method: 'get', path: '/v1/keys', scope: 'operator', ...listKeys },
  { method: 'post', path: '/v1/keys/:id/rotate', scope: 'operator', ...rotateKey },
  { method: 'delete', path: '/v1/keys/:id', scope: 'operator', ...revokeKey },
];
