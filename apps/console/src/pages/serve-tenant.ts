import { Router } from 'express';

import { showAudit } from '../audit/show-audit.tsx';
import { showBatch, showBatches } from '../batches/show-batches.tsx';
import { showConnection, showConnections } from '../connections/show-connections.tsx';
import { showEvents } from '../events/show-events.tsx';
import { showFlows, switchOneFlow } from '../flows/show-flows.tsx';
import { changeClaim } from '../held/change-claim.ts';
import { showHeld } from '../held/show-held.tsx';
import { serveLive } from '../live/serve-live.ts';
import { showOverview } from '../overview/show-overview.tsx';
import { showPerson } from '../people/show-person.tsx';
import { savePreferences, showPreferences } from '../preferences/show-preferences.tsx';
import { showSearch } from '../search/show-search.tsx';
import { showSettings } from '../settings/show-settings.tsx';
import { act, showAction } from '../shipments/act.ts';
import { correctAddress, showAddress } from '../shipments/address.tsx';
import { exportShipments, showExport } from '../shipments/export.tsx';
import { showShipment } from '../shipments/show-shipment.tsx';
import { showShipments } from '../shipments/show-shipments.tsx';
import { requireRole } from '../sign-in/require-role.ts';
import { requireStepUp } from '../sign-in/step-up.ts';
import { changeViews } from '../views/change-views.ts';
import { form, page, requireSchema, type HandleForm, type PagesContext, type ShowPage } from './tenant-pages.ts';

/** The pages of a tenant, below `/t/<tenant>`. */
const pages: Readonly<Record<string, ShowPage>> = {
  '/': showOverview,
  '/held': showHeld,
  '/shipments': showShipments,
  '/shipments/:id': showShipment,
  '/batches': showBatches,
  '/batches/:id': showBatch,
  '/events': showEvents,
  '/search': showSearch,
  '/people': showPerson,
  '/flows': showFlows,
  '/preferences': showPreferences,
  '/connections': showConnections,
  '/connections/:id': showConnection,
};

const viewerForms: Readonly<Record<string, HandleForm>> = { '/preferences': savePreferences };

/** What only the role operator opens and sends. */
const operatorPages: Readonly<Record<string, ShowPage>> = {
  '/shipments/:id/actions/:action': showAction,
  '/shipments/:id/address': showAddress,
};

const operatorForms: Readonly<Record<string, HandleForm>> = {
  '/shipments/:id/actions/:action': act,
  '/shipments/:id/address': correctAddress,
  '/held/:id': changeClaim,
  '/flows/:slug': switchOneFlow,
  '/views': changeViews,
};

const adminPages: Readonly<Record<string, ShowPage>> = {
  '/audit': showAudit,
  '/settings': showSettings,
};

export function serveTenant(context: PagesContext): Router {
  const router = Router({ mergeParams: true });
  router.use(requireRole('viewer'), requireSchema(context));
  router.get('/live', serveLive(context.live));
  router.use('/shipments/export', requireRole('operator'), requireStepUp(context.now));
  router.get('/shipments/export', page(context, showExport));
  router.post('/shipments/export', exportShipments(context));
  for (const [path, show] of Object.entries(pages)) router.get(path, page(context, show));
  for (const [path, handle] of Object.entries(viewerForms)) router.post(path, form(context, handle));
  for (const [path, show] of Object.entries(operatorPages))
    router.get(path, requireRole('operator'), page(context, show));
  for (const [path, show] of Object.entries(adminPages)) router.get(path, requireRole('admin'), page(context, show));
  for (const [path, handle] of Object.entries(operatorForms))
    router.post(path, requireRole('operator'), form(context, handle));
  return router;
}
