import { fileURLToPath } from 'node:url';

import { oktaCallbackPath, type ConsoleConfig } from '@keycourier/config/console';
import type { TenantConfig } from '@keycourier/config/tenant';
import { isUnavailable } from '@keycourier/http/answer-failure';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { KeptCounts, StatusCounts } from '@keycourier/ledger/overview/status-counts';
import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import { requestIdOf, type AccessLog } from '@keycourier/runtime/access-log';
import type { Logger } from '@keycourier/runtime/logger';
import type { OutageLog } from '@keycourier/runtime/outage-log';
import { probes, type ReadyCheck } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { ZodError } from 'zod';

import { readUploadForm } from './batches/read-upload.ts';
import type { BatchUploads } from './batches/uploads.ts';
import { boardPath, serveBoard } from './board/board.ts';
import { checkBoardRequest } from './board/check-board-request.ts';
import type { ConsoleDatabase } from './database.ts';
import { headersOfBoard, headersOfOwnPages } from './headers.ts';
import type { LiveHub } from './live/live-hub.ts';
import { leadToShipment, openFirstTenant } from './pages/lead-to-tenant.ts';
import { answerNotFound, answerProblem } from './pages/problem-page.tsx';
import { serveTenant } from './pages/serve-tenant.ts';
import { pathOf } from './request-path.ts';
import { serveSessions } from './sessions/show-sessions.tsx';
import type { Secrets, Settings } from './settings.ts';
import { createCsrfGuard, requireCsrfToken } from './sign-in/csrf.ts';
import { createOktaClient } from './sign-in/okta-client.ts';
import { finishOktaSignIn, startOktaSignIn, type OktaSignIn } from './sign-in/okta-sign-in.ts';
import { includesRole, operatorOf, roleInAll } from './sign-in/operator.ts';
import { recordChanges } from './sign-in/record-changes.ts';
import type { RefusalLog } from './sign-in/refusal-log.ts';
import { requireOperator } from './sign-in/require-operator.ts';
import { requireRoleInAll } from './sign-in/require-role.ts';
import { sessionCookieName, sessions, type SessionStore } from './sign-in/sessions.ts';
import { currentOperator, showSignIn, signIn, type SignIn } from './sign-in/sign-in.ts';
import { showSignOut, signOut } from './sign-in/sign-out.ts';
import { showStepUp, stepUpLocally } from './sign-in/step-up.ts';
import type { Throttle } from './sign-in/throttle.ts';
import { createTransactionCookie } from './sign-in/transaction-cookie.ts';

export interface ConsoleContext {
  settings: Pick<Settings, 'mode' | 'trustedProxies' | 'scimUrl'>;
  secrets: Secrets;
  tenants: ReadonlyMap<string, TenantConfig>;
  console: ConsoleConfig;
  ledger: Ledger;
  statusCounts: KeptCounts<StatusCounts>;
  /** By a batch's id. */
  batchCounts: KeptCounts<Readonly<Record<string, number>>>;
  batchUploads: BatchUploads;
  live: LiveHub;
  database: ConsoleDatabase;
  queues: ExistingQueues;
  sessionStore: SessionStore;
  throttle: Throttle;
  oktaTimeoutSeconds?: number;
  checks: Readonly<Record<string, ReadyCheck>>;
  now: () => Date;
  logger: Logger;
  accessLog: AccessLog;
  /** Of the database and the queues. */
  outages: OutageLog;
  onSignIn: SignIn['onAttempt'];
  refusals: RefusalLog;
}

/** The longest field is a comment of 2,000 characters, each of nine bytes at most when it is sent. A longer form is refused before it is parsed. */
export const formLimits = { extended: false, limit: '64kb', parameterLimit: 20 } as const;

const assets = fileURLToPath(new URL('../assets/', import.meta.url));
const client = fileURLToPath(new URL('client/', import.meta.url));
const idiomorph = fileURLToPath(import.meta.resolve('idiomorph/dist/idiomorph.esm.js'));

/** The console's middleware and routes, in the order in which a request passes them. */
export function createApp(context: ConsoleContext): Express {
  const { settings, secrets, database } = context;
  const secure = settings.mode !== 'local';
  const guard = createCsrfGuard({ secret: secrets.session, secure });
  const signInContext = createSignIn(context, guard);
  const okta = createOkta(context, signInContext);

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', settings.trustedProxies);
  app.use(context.accessLog.middleware);
  app.use(probes(context.checks));
  app.use(headersOfOwnPages(secure));
  app.use(boardPath, headersOfBoard(secure));
  if (secure) app.use(requireHttps);
  serveAssets(app);

  app.use(prepareDatabase(database), guard.readCookies);
  app.use(sessions({ store: context.sessionStore, secret: secrets.session, secure }));
  app.get('/sign-in', showSignIn(signInContext));
  app.post('/sign-in', express.urlencoded(formLimits), signIn(signInContext));
  if (okta !== null) {
    app.get('/sign-in/okta', startOktaSignIn(okta));
    app.get(oktaCallbackPath, finishOktaSignIn(okta));
  }

  serveOperators(app, context, { signIn: signInContext, okta });
  app.use(answerNotFound);
  app.use(answerError(context));
  return app;
}

const createSignIn = (context: ConsoleContext, guard: SignIn['guard']): SignIn => ({
  operators: context.secrets.operators,
  throttle: context.throttle,
  store: context.sessionStore,
  guard,
  now: context.now,
  accessLog: context.accessLog,
  onAttempt: context.onSignIn,
  onRefused: context.refusals.record,
  config: context.console.signIn,
});

/** The live script is what tsc made of `client`, beside idiomorph's own module. */
function serveAssets(app: Express): void {
  const served = { index: false, maxAge: '1h' } as const;
  app.use('/assets', express.static(assets, served));
  app.use('/assets/client', express.static(client, { ...served, extensions: ['js'] }));
  app.get('/assets/client/idiomorph.js', (_request, response) => response.sendFile(idiomorph, { maxAge: '1h' }));
}

/** Sign-in with Okta, where keycourier.yaml has it. Nothing is read from Okta before a sign-in needs it. */
function createOkta(
  { settings, secrets, console, logger, now, oktaTimeoutSeconds }: ConsoleContext,
  signInContext: SignIn,
): OktaSignIn | null {
  const { signIn: config, url } = console;
  if (config === undefined) return null;
  const secure = settings.mode !== 'local';
  const sessionCookie = sessionCookieName({ secure, secret: secrets.session });
  return {
    config,
    url,
    now,
    logger,
    sealing: secrets.sealing,
    client: createOktaClient(config, { secret: secrets.clientSecret, timeoutSeconds: oktaTimeoutSeconds }),
    cookie: createTransactionCookie(secrets.sealing, { sessionCookie, secure }),
    store: signInContext.store,
    onRefused: signInContext.onRefused,
    onSignIn: (signedIn, request) => signInContext.onAttempt({ outcome: 'signed_in', ...signedIn, to: '/' }, request),
    currentOperator: (request) => currentOperator(signInContext, request),
  };
}

/** What only a signed-in operator reaches. */
function serveOperators(
  app: Express,
  context: ConsoleContext,
  { signIn: signInContext, okta }: { signIn: SignIn; okta: OktaSignIn | null },
): void {
  const { guard } = signInContext;
  const { secrets, sessionStore: store, ledger, tenants, accessLog, now, logger, settings } = context;
  app.use(
    requireOperator({
      operators: secrets.operators,
      okta: okta?.config,
      store,
      tenants: [...tenants.keys()],
      now,
      accessLog,
    }),
  );
  app.use('/t/:tenant/batches/new', readUploadForm);
  app.use(express.urlencoded(formLimits), requireCsrfToken(guard), recordChanges(logger));
  app.get('/', openFirstTenant);
  app.get('/shipments/:id', leadToShipment(ledger));
  const pages = { ...context, guard, mode: settings.mode, scimUrl: settings.scimUrl };
  app.use('/t/:tenant', serveTenant(pages));
  app.use('/sessions', serveSessions(pages, { operators: secrets.operators, okta: okta?.config, now }));
  app.get('/sign-out', showSignOut(guard));
  app.post('/sign-out', signOut(okta));
  app.get('/step-up', showStepUp({ signIn: signInContext, okta }));
  app.post('/step-up', stepUpLocally({ signIn: signInContext }));
  app.use(boardPath, requireBoardRole, checkBoardRequest, serveBoard(context.queues, mayChangeBoard));
}

const mayChangeBoard = (response: Response): boolean => includesRole(roleInAll(operatorOf(response)), 'operator');

/** The queues hold the jobs of all tenants: looking at them needs a role in all, and changing them a higher one. */
const requireBoardRole: RequestHandler = (request, response, next) =>
  requireRoleInAll(request.method === 'GET' || request.method === 'HEAD' ? 'viewer' : 'operator')(
    request,
    response,
    next,
  );

/** Over plain HTTP browsers drop the secure session cookie, so a sign-in could not succeed. */
const requireHttps: RequestHandler = (request, response, next) => {
  if (request.secure) next();
  else
    answerProblem(request, response, {
      status: 400,
      title: 'The console requires HTTPS',
      advice:
        'This page was requested over plain HTTP. Open its HTTPS address. If a proxy terminates TLS, add the proxy to CONSOLE_TRUSTED_PROXIES.',
    });
};

/** Creates the console's tables on the first request: the console may start before its database. */
const prepareDatabase =
  (database: ConsoleDatabase): RequestHandler =>
  async (_request, _response, next) => {
    await database.prepare();
    next();
  };

const answerError =
  ({ logger, outages }: Pick<ConsoleContext, 'logger' | 'outages'>): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    const request = response.req;
    if (response.headersSent) {
      next(error);
      return;
    }
    if (isClientFault(error)) {
      answerProblem(request, response, {
        status: 400,
        title: 'Invalid request',
        advice: 'Reload the page and try again.',
      });
      return;
    }
    if (isUnavailable(error)) outages.failed(error);
    else
      logger.error(
        { err: error, method: request.method, path: pathOf(request), requestId: requestIdOf(response) },
        'request failed',
      );
    response.set('Retry-After', '5');
    answerProblem(request, response, {
      status: 503,
      title: 'The console is temporarily unavailable',
      advice: 'Its database may be unreachable. No data is lost. Try again in a moment.',
      link: { href: '/', text: 'Try again' },
    });
  };

/** What Express' parsers throw for a body or path that is too long or malformed, and ours for a form that is not ours. */
const isClientFault = (error: unknown): boolean =>
  error instanceof ZodError ||
  (error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500);
