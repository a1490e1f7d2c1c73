import type { ConsoleConfig } from '@keycourier/config/console';
import type { TenantConfig } from '@keycourier/config/tenant';
import type { Mode } from '@keycourier/http/find-caller';
import { hasSchema, type Ledger } from '@keycourier/ledger/connect-ledger';
import type { KeptCounts, StatusCounts } from '@keycourier/ledger/overview/status-counts';
import { readPreferences } from '@keycourier/ledger/views/preferences';
import { configuredHub, hasHub } from '@keycourier/operations/hub/hub-state';
import { requestIdOf, type AccessLog } from '@keycourier/runtime/access-log';
import type { Logger } from '@keycourier/runtime/logger';
import { parseCookie } from 'cookie';
import type { Request, RequestHandler, Response } from 'express';

import type { BatchUploads } from '../batches/uploads.ts';
import type { LiveHub } from '../live/live-hub.ts';
import { columnsIn } from '../shipments/column-names.ts';
import type { CsrfGuard } from '../sign-in/csrf.ts';
import { operatorOf, roleIn, tenantsFor } from '../sign-in/operator.ts';
import { answerProblem } from './problem-page.tsx';
import type { Viewer } from './viewer.ts';

/** What the pages of a tenant may use. */
export interface PagesContext {
  ledger: Ledger;
  tenants: ReadonlyMap<string, TenantConfig>;
  console: ConsoleConfig;
  mode: Mode;
  /** Read at most every two seconds, by all pages of this process. */
  statusCounts: KeptCounts<StatusCounts>;
  /** By a batch's id, read as rarely. */
  batchCounts: KeptCounts<Readonly<Record<string, number>>>;
  batchUploads: BatchUploads;
  live: LiveHub;
  accessLog: AccessLog;
  guard: CsrfGuard;
  now: () => Date;
  logger: Logger;
  /** Where all base URLs of SCIM connections begin. */
  scimUrl: string;
}

/** Names a request for the access log by its route. Personal data is logins, names and addresses, of operators too. */
export const described =
  ({ accessLog }: PagesContext, route: string, reads: { readsPersonalData?: true } = {}): RequestHandler =>
  (request, response, next) => {
    const tenant = String(request.params['tenant']);
    accessLog.describe(response, { route: `/t/:tenant${route}`, tenant, ...reads });
    next();
  };

/**
 * Reads and renders a page; null where there is none at this address, as for another tenant's things. Or names the path that
 * has to be opened first.
 */
export type ShowPage = (
  context: PagesContext,
  viewer: Viewer,
  request: Request,
) => Promise<string | { location: string } | null>;

/** Serves a page: every tenant's page is rendered for one viewer, and never kept by a cache. */
export const page =
  (context: PagesContext, show: ShowPage): RequestHandler =>
  async (request, response, next) => {
    const answer = await show(context, await viewerOf(context, request, response), request);
    if (answer === null) next();
    else if (typeof answer === 'string') response.send(answer);
    else response.redirect(302, answer.location);
  };

export type FormResult =
  /** The browser reads the page at this path next, so that a reload repeats nothing. */
  { outcome: 'done'; location: string } | { outcome: 'refused'; status: 400 | 403 | 409 | 422; html: string };

/** Handles a form of the tenant's pages; null where there is nothing at this address. */
export type HandleForm = (context: PagesContext, viewer: Viewer, request: Request) => Promise<FormResult | null>;

/** The token of the form has been checked. */
export const form =
  (context: PagesContext, handle: HandleForm): RequestHandler =>
  async (request, response, next) => {
    const result = await handle(context, await viewerOf(context, request, response), request);
    if (result === null) next();
    else if (result.outcome === 'done') response.redirect(303, result.location);
    else response.status(result.status).send(result.html);
  };

/** Who reads the page, from the session, the path and the browser's own settings. */
export const viewerOf = (context: PagesContext, request: Request, response: Response): Promise<Viewer> =>
  viewerIn(context, String(request.params['tenant']), response);

/** The same for a page that is of no tenant: around it is the navigation of this one. */
export async function viewerIn(
  { ledger, tenants, guard, now }: PagesContext,
  tenant: string,
  response: Response,
): Promise<Viewer> {
  const request = response.req;
  const operator = operatorOf(response);
  const { time, keyboard, columns } = await readPreferences(ledger, operator.user);
  return {
    operator: operator.user,
    signedIn: operator,
    requestId: requestIdOf(response) ?? null,
    tenant,
    tenants: tenantsFor(response),
    role: roleIn(operator, tenant) ?? 'viewer',
    hasHub: await hasHub(ledger, { tenant, config: configuredHub(tenants.get(tenant)?.hub) }),
    token: guard.tokenFor(request, response),
    now: now(),
    url: request.originalUrl,
    times: time,
    timeZone: timeZoneIn(request),
    keys: keyboard,
    columns: columnsIn(columns),
  };
}

/** What the live script noted; UTC where it did not, or noted none that this server knows. */
function timeZoneIn(request: Request): string {
  const timeZone = parseCookie(request.get('cookie') ?? '')['time-zone'];
  return timeZone !== undefined && isTimeZone(timeZone) ? timeZone : 'UTC';
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The worker creates the tables when it starts. */
export function requireSchema({ ledger }: PagesContext): RequestHandler {
  let isThere = false;
  return async (request, response, next) => {
    isThere ||= await hasSchema(ledger.db);
    if (isThere) next();
    else
      answerProblem(request, response, {
        status: 503,
        title: 'Not ready yet',
        advice: 'The ledger has no tables yet. The worker creates them when it starts.',
        link: { href: request.originalUrl, text: 'Try again' },
      });
  };
}
