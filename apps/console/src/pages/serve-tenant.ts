import { Router } from 'express';

import { showConnection, showConnections } from '../connections/show-connections.tsx';
import { showOverview } from '../overview/show-overview.tsx';
import { showShipment } from '../shipments/show-shipment.tsx';
import { showShipments } from '../shipments/show-shipments.tsx';
import { requireRole } from '../sign-in/require-role.ts';
import { page, requireSchema, type PagesContext, type ShowPage } from './tenant-pages.ts';

/** The pages of a tenant, below `/t/<tenant>`. */
const pages: Readonly<Record<string, ShowPage>> = {
  '/': showOverview,
  '/shipments': showShipments,
  '/shipments/:id': showShipment,
  '/connections': showConnections,
  '/connections/:id': showConnection,
};

export function serveTenant(context: PagesContext): Router {
  const router = Router({ mergeParams: true });
  router.use(requireRole('viewer'), requireSchema(context));
  for (const [path, show] of Object.entries(pages)) router.get(path, page(context, show));
  return router;
}
