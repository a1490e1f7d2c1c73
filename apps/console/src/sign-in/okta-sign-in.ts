import { oktaCallbackPath, type SignInConfig } from '@keycourier/config/console';
import type { Sealing } from '@keycourier/ledger/sealing';
import type { Logger } from '@keycourier/runtime/logger';
import type { Request, RequestHandler, Response } from 'express';

import { failurePage, noRolePage, otherUserPage } from '../pages/sign-in-page.tsx';
import { returnPath } from './attempt-sign-in.ts';
import {
  newTransaction,
  SignInUnavailable,
  type Finished,
  type OktaClient,
  type SignInFailure,
  type Transaction,
} from './okta-client.ts';
import { operatorFrom } from './okta-roles.ts';
import type { Operator } from './operator.ts';
import type { RefusalLog } from './refusal-log.ts';
import { beginSession, elevateSession, newReference, type SessionStore } from './sessions.ts';
import type { TransactionCookie } from './transaction-cookie.ts';

/** Sign-in with the company's Okta, where keycourier.yaml has it. */
export interface OktaSignIn {
  config: SignInConfig;
  client: OktaClient;
  cookie: TransactionCookie;
  sealing: Sealing;
  /** Where operators open the console; by default where the request came. */
  url: string | undefined;
  now: () => Date;
  logger: Logger;
  store: SessionStore;
  /** Before the session begins. */
  onSignIn: (signedIn: { operator: Operator; reference: string }, request: Request) => Promise<void>;
  onRefused: RefusalLog['record'];
  /** The operator of a valid session. */
  currentOperator: (request: Request) => Operator | null;
}

export const idTokenContext = 'console.id_token';

/** Without a slash at the end. */
export const consoleOrigin = ({ url }: Pick<OktaSignIn, 'url'>, request: Request): string =>
  url === undefined ? `${request.protocol}://${request.host}` : new URL(url).origin;

/** Begins by a link: browsers apply `form-action` to what a form is redirected to, which is Okta. */
export function startOktaSignIn(okta: OktaSignIn): RequestHandler {
  return async (request, response) => {
    const to = returnPath(request.query['to']);
    await sendToOkta(okta, { request, response, transaction: newTransaction({ to, session: null }, okta.now()) });
  };
}

/** The same for an operator whose session is to step up. */
export async function startOktaStepUp(okta: OktaSignIn, request: Request, response: Response): Promise<void> {
  const fields = { to: returnPath(request.query['to']), session: request.session.reference ?? null };
  await sendToOkta(okta, { request, response, transaction: newTransaction(fields, okta.now()) });
}

interface Outgoing {
  request: Request;
  response: Response;
  transaction: Transaction;
}

async function sendToOkta(okta: OktaSignIn, { request, response, transaction }: Outgoing): Promise<void> {
  try {
    const url = await okta.client.begin(transaction, consoleOrigin(okta, request) + oktaCallbackPath);
    okta.cookie.set(response, transaction);
    response.set('Cache-Control', 'no-store').redirect(302, url.href);
  } catch (error) {
    if (!(error instanceof SignInUnavailable)) throw error;
    okta.logger.warn({ err: error, code: error.code }, 'the sign-in provider cannot be reached');
    response.status(503).send(failurePage({ failure: 'unavailable', retry: retryPath(transaction) }));
  }
}

const retryPath = ({ session, to }: Transaction): string =>
  `${session === null ? '/sign-in/okta' : '/step-up'}?${new URLSearchParams({ to }).toString()}`;

/** Where Okta sends the browser back to. */
export function finishOktaSignIn(okta: OktaSignIn): RequestHandler {
  return async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const transaction = okta.cookie.take(request, response, okta.now());
    if (transaction === null) {
      response.status(400).send(failurePage({ failure: 'not_ours', retry: '/sign-in' }));
      return;
    }
    const currentUrl = new URL(request.originalUrl, consoleOrigin(okta, request));
    const finished = await okta.client.finish(transaction, currentUrl);
    if (finished.outcome === 'identified') await admit(okta, { request, response, transaction }, finished);
    else {
      okta.logger.warn({ err: finished.cause, code: `sign_in_${finished.failure}` }, 'sign-in with Okta failed');
      recordFailure(okta, { request, response, transaction }, finished.failure);
      const page = failurePage({ failure: finished.failure, retry: retryPath(transaction) });
      response.status(finished.failure === 'unavailable' ? 503 : 403).send(page);
    }
  };
}

/** Neither an Okta that is away nor an answer to another request is a sign-in that was refused. */
function recordFailure(okta: OktaSignIn, { request, transaction }: Outgoing, failure: SignInFailure): void {
  if (failure === 'unavailable' || failure === 'not_ours') return;
  const operator = okta.currentOperator(request);
  if (transaction.session !== null) okta.onRefused({ reason: `step_up_${failure}`, operator }, request);
  else okta.onRefused({ reason: 'okta_refused', operator: null }, request);
}

type Identified = Extract<Finished, { outcome: 'identified' }>;

async function admit(okta: OktaSignIn, exchange: Outgoing, { identity, idToken }: Identified): Promise<void> {
  const { request, response, transaction } = exchange;
  const operator = operatorFrom(identity, okta.config);
  if (operator === null) {
    okta.logger.warn({ code: 'sign_in_no_role', oktaUserId: identity.id }, 'a sign-in has no role');
    const came = { user: identity.login, source: 'okta', grants: [] } as const;
    okta.onRefused({ reason: 'no_role', operator: came }, request);
    response.status(403).send(noRolePage(identity));
  } else if (transaction.session === null) {
    const sealedIdToken = okta.sealing.seal(idToken, idTokenContext);
    const reference = newReference();
    await okta.onSignIn({ operator, reference }, request);
    await beginSession(request, { operator, reference, now: okta.now(), sealedIdToken });
    response.redirect(303, transaction.to);
  } else await stepUp(okta, exchange, operator);
}

/** For the session that began it, and its operator. */
async function stepUp(
  okta: OktaSignIn,
  { request, response, transaction }: Outgoing,
  operator: Operator,
): Promise<void> {
  const before = okta.currentOperator(request);
  const isNotOurs = (): Response => response.status(400).send(failurePage({ failure: 'not_ours', retry: '/sign-in' }));
  if (before === null || request.session.reference !== transaction.session) isNotOurs();
  else if (before.oktaUserId !== operator.oktaUserId) {
    okta.onRefused({ reason: 'step_up_other_operator', operator: before }, request);
    response
      .status(403)
      .send(otherUserPage({ wanted: before.user, came: operator.user, retry: retryPath(transaction) }));
  } else if (await elevateSession(request, { operator, now: okta.now(), store: okta.store }))
    response.redirect(303, transaction.to);
  else isNotOurs();
}
