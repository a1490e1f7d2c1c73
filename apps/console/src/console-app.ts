import { fileURLToPath } from 'node:url';

import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import type { Logger } from '@keycourier/runtime/logger';
import { probes, type ReadyCheck } from '@keycourier/runtime/probes';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';

import { serveBoard } from './board/board-door.ts';
import { boardPath } from './board/create-board.ts';
import type { ConsoleDatabase } from './database.ts';
import { headersOfBoard, headersOfOwnPages } from './headers.ts';
import { showOverview } from './overview/show-overview.ts';
import { answerProblem } from './pages/problem-page.ts';
import { pathOf } from './requested.ts';
import type { Secrets, Settings } from './settings.ts';
import { createForgeryGuard } from './sign-in/forgery.ts';
import { recordChanges } from './sign-in/record-changes.ts';
import { refuseForgery } from './sign-in/refuse-forgery.ts';
import { requireOperator } from './sign-in/require-operator.ts';
import { sessions, type SessionStore } from './sign-in/sessions.ts';
import { showSignIn, signIn, type SignIn } from './sign-in/sign-in.ts';
import { showSignOut, signOut } from './sign-in/sign-out.ts';
import type { Throttle } from './sign-in/throttle.ts';

export interface ConsoleContext {
  settings: Pick<Settings, 'mode' | 'trustedProxies'>;
  secrets: Secrets;
  database: ConsoleDatabase;
  queues: ExistingQueues;
  sessionStore: SessionStore;
  throttle: Throttle;
  checks: Readonly<Record<string, ReadyCheck>>;
  now: () => Date;
  logger: Logger;
  onSignIn: SignIn['onAttempt'];
}

const assets = fileURLToPath(new URL('../assets/', import.meta.url));

/** Everything the console serves, in the order a request meets it. */
export function consoleApp(context: ConsoleContext): Express {
  const { settings, secrets, database, now } = context;
  const secure = settings.mode !== 'local';
  const guard = createForgeryGuard({ secret: secrets.session, secure });
  const signing: SignIn = {
    operators: secrets.operators,
    throttle: context.throttle,
    guard,
    now,
    onAttempt: context.onSignIn,
  };

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', settings.trustedProxies);
  app.use(probes(context.checks));
  app.use(headersOfOwnPages(secure));
  app.use(boardPath, headersOfBoard(secure));
  if (secure) app.use(refusePlainHttp);
  app.use('/assets', express.static(assets, { index: false, maxAge: '1h' }));

  app.use(awaitTables(database), guard.readCookies);
  app.use(sessions({ store: context.sessionStore, secret: secrets.session, secure }));
  app.get('/sign-in', showSignIn(signing));
  app.post('/sign-in', express.urlencoded({ extended: false, limit: '8kb' }), signIn(signing));

  app.use(requireOperator({ operators: secrets.operators, store: context.sessionStore, now }));
  app.use(express.urlencoded({ extended: false, limit: '8kb' }), refuseForgery(guard), recordChanges(context.logger));
  app.get('/', showOverview({ ledger: database.ledger, guard, now }));
  app.get('/sign-out', showSignOut(guard));
  app.post('/sign-out', signOut());
  app.use(boardPath, serveBoard(context.queues));
  app.use(noSuchPage);
  app.use(explainFailure(context.logger));
  return app;
}

/** Browsers keep no secure cookie from a plain page, so a sign-in could never hold: better to say why. */
const refusePlainHttp: RequestHandler = (request, response, next) => {
  if (request.secure) next();
  else
    answerProblem(request, response, {
      status: 400,
      title: 'The console needs https',
      advice:
        'It was reached over plain http. Open its https address; if a proxy ends TLS, name the proxy in CONSOLE_TRUSTED_PROXIES.',
    });
};

/** The console may be up before its database is: its tables are made when they can be. */
const awaitTables =
  (database: ConsoleDatabase): RequestHandler =>
  async (_request, _response, next) => {
    await database.prepare();
    next();
  };

const noSuchPage: RequestHandler = (request, response) => {
  answerProblem(request, response, {
    status: 404,
    title: 'There is no such page',
    advice: 'The address may be mistyped.',
    link: { href: '/', text: 'Back to the overview' },
  });
};

const explainFailure =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (isClientFault(error)) {
      answerProblem(request, response, {
        status: 400,
        title: 'That request cannot be read',
        advice: 'Go back, load the page again, and repeat what you did.',
      });
      return;
    }
    logger.error({ err: error, method: request.method, path: pathOf(request) }, 'a request failed');
    answerProblem(request, response, {
      status: 503,
      title: 'The console cannot answer now',
      advice: 'Its database may be away. Nothing is lost by that; look again in a moment.',
      link: { href: '/', text: 'Look again' },
    });
  };

/** What Express's parsers throw for a body or a path that is too long or not well formed. */
const isClientFault = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;
