import { Router } from 'express';

import { showConnection, showConnections } from '../connections/show-connections.tsx';
import { showOverview } from '../overview/show-overview.tsx';
import { act, showAction } from '../shipments/act.tsx';
import { correctAddress, showAddress } from '../shipments/address.tsx';
import { showShipment } from '../shipments/show-shipment.tsx';
import { showShipments } from '../shipments/show-shipments.tsx';
import { requireRole } from '../sign-in/require-role.ts';
import { form, page, requireSchema, type HandleForm, type PagesContext, type ShowPage } from './tenant-pages.ts';

/** The pages of a tenant, below `/t/<tenant>`. */
const pages: Readonly<Record<string, ShowPage>> = {
  '/': showOverview,
  '/shipments': showShipments,
  '/shipments/:id': showShipment,
  '/connections': showConnections,
  '/connections/:id': showConnection,
};

/** What only the role operator opens and sends. */
const operatorPages: Readonly<Record<string, ShowPage>> = {
  '/shipments/:id/actions/:action': showAction,
  '/shipments/:id/address': showAddress,
};

const operatorForms: Readonly<Record<string, HandleForm>> = {
  '/shipments/:id/actions/:action': act,
  '/shipments/:id/address': correctAddress,
};

export function serveTenant(context: PagesContext): Router {
  const router = Router({ mergeParams: true });
  router.use(requireRole('viewer'), requireSchema(context));
  for (const [path, show] of Object.entries(pages)) router.get(path, page(context, show));
  for (const [path, show] of Object.entries(operatorPages))
    router.get(path, requireRole('operator'), page(context, show));
  for (const [path, handle] of Object.entries(operatorForms))
    router.post(path, requireRole('operator'), form(context, handle));
  return router;
}
