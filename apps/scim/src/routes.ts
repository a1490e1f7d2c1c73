import { bulk } from './bulk/bulk.ts';
import {
  getResourceType,
  getSchema,
  getServiceProviderConfig,
  listResourceTypes,
  listSchemas,
} from './discovery/discovery.ts';
import type { Route } from './http/handler.ts';
import { resourceRoutes } from './resources/resource-routes.ts';

/** RFC 7644 §3.2, Table 2. */
export const routes: readonly Route[] = [
  { method: 'get', path: '/ServiceProviderConfig', handler: getServiceProviderConfig },
  { method: 'get', path: '/Schemas', handler: listSchemas },
  { method: 'get', path: '/Schemas/:id', handler: getSchema },
  { method: 'get', path: '/ResourceTypes', handler: listResourceTypes },
  { method: 'get', path: '/ResourceTypes/:id', handler: getResourceType },
  { method: 'post', path: '/Bulk', handler: bulk },
  ...resourceRoutes('User'),
  ...resourceRoutes('Group'),
];
