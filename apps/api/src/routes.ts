import { requestBatch } from './batches/request-batch.ts';
import { showBatch } from './batches/show-batch.ts';
import { listFlows } from './flows/list-flows.ts';
import { switchFlow } from './flows/switch-flow.ts';
import type { Route } from './http/handler.ts';
import { actOn } from './shipments/act-on-shipment.ts';
import { listShipments } from './shipments/list-shipments.ts';
import { requestShipment } from './shipments/request-shipment.ts';
import { showHistory } from './shipments/show-history.ts';
import { showShipment } from './shipments/show-shipment.ts';

/** The whole API, on one page. */
export const routes: readonly Route[] = [
  { method: 'post', path: '/v1/shipments', scope: 'write', handler: requestShipment },
  { method: 'get', path: '/v1/shipments', scope: 'read', handler: listShipments },
  { method: 'get', path: '/v1/shipments/:id', scope: 'read', handler: showShipment },
  { method: 'get', path: '/v1/shipments/:id/events', scope: 'read', handler: showHistory },
  { method: 'post', path: '/v1/shipments/:id/retry', scope: 'write', handler: actOn('retry') },
  { method: 'post', path: '/v1/shipments/:id/release-pin', scope: 'operator', handler: actOn('release-pin') },
  { method: 'post', path: '/v1/shipments/:id/confirm-receipt', scope: 'write', handler: actOn('confirm-receipt') },

  { method: 'post', path: '/v1/batches', scope: 'write', handler: requestBatch },
  { method: 'get', path: '/v1/batches/:id', scope: 'read', handler: showBatch },

  { method: 'get', path: '/v1/flows', scope: 'read', handler: listFlows },
  { method: 'patch', path: '/v1/flows/:slug', scope: 'operator', handler: switchFlow },
];
