import { bulk } from './bulk/bulk.ts';
import {
  getResourceType,
  getSchema,
  getServiceProviderConfig,
  listResourceTypes,
  listSchemas,
} from './discovery/discovery.ts';
import { meRoutes } from './discovery/me.ts';
import type { Route } from './http/handler.ts';
import { listAllByQuery, listAllBySearch } from './resources/list-all.ts';
import { resourceRoutes } from './resources/resource-routes.ts';

const discovery = { method: 'get', body: 'search', isWrite: false, readsPersonalData: false } as const;
const search = { body: 'search', isWrite: false, readsPersonalData: true } as const;

/** RFC 7644 §3.2, Table 2; what clients send most comes first, as Express tries one after the other. */
export const routes: readonly Route[] = [
  ...resourceRoutes('User'),
  ...resourceRoutes('Group'),
  { ...discovery, path: '/ServiceProviderConfig', handler: getServiceProviderConfig },
  { ...discovery, path: '/Schemas', handler: listSchemas },
  { ...discovery, path: '/Schemas/:id', handler: getSchema },
  { ...discovery, path: '/ResourceTypes', handler: listResourceTypes },
  { ...discovery, path: '/ResourceTypes/:id', handler: getResourceType },
  { method: 'post', path: '/Bulk', body: 'bulk', isWrite: true, readsPersonalData: false, handler: bulk },
  { ...search, method: 'get', path: '', handler: listAllByQuery },
  { ...search, method: 'post', path: '/.search', handler: listAllBySearch },
  ...meRoutes,
];
