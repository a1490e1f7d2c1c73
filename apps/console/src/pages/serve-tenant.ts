import { Router, type RequestHandler } from 'express';

import { showAudit } from '../audit/show-audit.tsx';
import { batchResult } from '../batches/batch-result.ts';
import { orderBatch, showBatch, showBatches } from '../batches/show-batches.tsx';
import { dryRunUpload, showUpload } from '../batches/upload-batch.tsx';
import { bulkResult } from '../bulk/bulk-result.tsx';
import { startBulkDryRun, showBulkChoice } from '../bulk/choose-bulk.tsx';
import { changeBulk, showBulk, showBulks } from '../bulk/show-bulk.tsx';
import { showConnection, showConnections } from '../connections/show-connections.tsx';
import { showDrills } from '../drills/show-drills.tsx';
import { startDryRun } from '../drills/start-dry-run.ts';
import { showEvents } from '../events/show-events.tsx';
import { showFlows, switchOneFlow } from '../flows/show-flows.tsx';
import { changeClaim } from '../held/change-claim.ts';
import { showHeld } from '../held/show-held.tsx';
import { changeAssignedGroups, showAssignedGroups } from '../hub/show-hub-assigned.tsx';
import { changeHubGroup, pushHubGroup, showHubGroup, showHubGroups } from '../hub/show-hub-groups.tsx';
import { decideHubImport } from '../hub/show-hub-import.tsx';
import { assignPeople, changeHubPerson, showHubPeople, showHubPerson } from '../hub/show-hub-people.tsx';
import { showHubRun, showHubRuns, startHubRun } from '../hub/show-hub-runs.tsx';
import { showHub, changeHub } from '../hub/show-hub.tsx';
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
import type { Role } from '../sign-in/operator.ts';
import { requireRole } from '../sign-in/require-role.ts';
import { requireStepUp } from '../sign-in/step-up.ts';
import { changeViews } from '../views/change-views.ts';
import { answerProblem } from './problem-page.tsx';
import { sendResult, showResult, type FindResult } from './result-file.tsx';
import {
  described,
  form,
  page,
  requireSchema,
  viewerOf,
  type HandleForm,
  type PagesContext,
  type ShowPage,
} from './tenant-pages.ts';

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
  '/hub': showHub,
  '/hub/people': showHubPeople,
  '/hub/people/:id': showHubPerson,
  '/hub/assigned-groups': showAssignedGroups,
  '/hub/groups': showHubGroups,
  '/hub/groups/:id': showHubGroup,
  '/hub/runs': showHubRuns,
  '/hub/runs/:id': showHubRun,
};

const viewerForms: Readonly<Record<string, HandleForm>> = { '/preferences': savePreferences };

/** What only the role operator opens and sends. */
const operatorPages: Readonly<Record<string, ShowPage>> = {
  '/drills': showDrills,
  '/bulk': showBulks,
  '/bulk/new': showBulkChoice,
  '/bulk/:id': showBulk,
  '/shipments/:id/actions/:action': showAction,
  '/shipments/:id/address': showAddress,
};

const operatorForms: Readonly<Record<string, HandleForm>> = {
  '/drills': startDryRun,
  '/bulk/new': startBulkDryRun,
  '/bulk/:id': changeBulk,
  '/batches/:id': orderBatch,
  '/shipments/:id/actions/:action': act,
  '/shipments/:id/address': correctAddress,
  '/held/:id': changeClaim,
  '/flows/:slug': switchOneFlow,
  '/views': changeViews,
  '/hub': changeHub,
  '/hub/people': assignPeople,
  '/hub/people/:id': changeHubPerson,
  '/hub/assigned-groups': changeAssignedGroups,
  '/hub/groups': pushHubGroup,
  '/hub/groups/:id': changeHubGroup,
  '/hub/runs': startHubRun,
  '/hub/runs/:id': decideHubImport,
};

/** Files that take logins out of the console. */
const results: Readonly<Record<string, FindResult>> = {
  '/bulk/:id/result': bulkResult,
  '/batches/:id/result': batchResult,
};

const adminPages: Readonly<Record<string, ShowPage>> = {
  '/audit': showAudit,
  '/settings': showSettings,
};

/** The pages that show logins, names or addresses: of operators, too. */
const personal: ReadonlySet<string> = new Set([
  '/bulk',
  '/bulk/:id',
  '/held',
  '/shipments',
  '/shipments/:id',
  '/shipments/:id/actions/:action',
  '/shipments/:id/address',
  '/batches',
  '/batches/:id',
  '/events',
  '/search',
  '/drills',
  '/people',
  '/hub/people',
  '/hub/people/:id',
  '/audit',
  '/settings',
]);

/** Postgres stores no NUL: nothing of ours has one, neither at an address nor in a form. */
const refuseNul: RequestHandler = (request, response, next) => {
  const [path = '', query = ''] = request.url.split('?');
  const entered = Object.values(Object(request.body)).map(String);
  if (path.includes('%00')) next('router');
  else if (query.includes('%00') || entered.some((value) => value.includes('\u0000')))
    answerProblem(request, response, {
      status: 400,
      title: 'Invalid request',
      advice: 'The address or the form has a character that no text has.',
    });
  else next();
};

/** What does not exist is 404 before a step-up is asked for. */
const requireFound =
  (context: PagesContext, find: FindResult): RequestHandler =>
  async (request, response, next) => {
    const viewer = await viewerOf(context, request, response);
    next((await find(context, viewer, request)) === null ? 'router' : undefined);
  };

export function serveTenant(context: PagesContext): Router {
  const router = Router({ mergeParams: true });
  router.use(requireRole('viewer'), refuseNul, requireSchema(context));
  router.get('/live', serveLive(context.live));
  const get = (path: string, role: Role, show: ShowPage): unknown =>
    router.get(
      path,
      described(context, path, personal.has(path) ? { readsPersonalData: true } : {}),
      requireRole(role),
      page(context, show),
    );
  const post = (path: string, role: Role, handle: HandleForm): unknown =>
    router.post(path, described(context, path), requireRole(role), form(context, handle));
  const download = (path: string, show: ShowPage, send: (context: PagesContext) => RequestHandler): void => {
    router.use(path, described(context, path), requireRole('operator'), requireStepUp(context.now));
    router.get(path, page(context, show));
    router.post(path, described(context, path, { readsPersonalData: true }), send(context));
  };
  download('/shipments/export', showExport, exportShipments);
  for (const [path, find] of Object.entries(results)) {
    router.use(path, requireRole('operator'), requireFound(context, find));
    download(path, showResult(find), sendResult(find));
  }
  get('/batches/new', 'operator', showUpload);
  router.post('/batches/new', described(context, '/batches/new'), requireRole('operator'), dryRunUpload(context));
  for (const [path, show] of Object.entries(pages)) get(path, 'viewer', show);
  for (const [path, show] of Object.entries(operatorPages)) get(path, 'operator', show);
  for (const [path, show] of Object.entries(adminPages)) get(path, 'admin', show);
  for (const [path, handle] of Object.entries(viewerForms)) post(path, 'viewer', handle);
  for (const [path, handle] of Object.entries(operatorForms)) post(path, 'operator', handle);
  return router;
}
