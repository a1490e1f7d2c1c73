import type { SignInConfig } from '@keycourier/config/console';
import type { AccessLog } from '@keycourier/runtime/access-log';
import type { Request, RequestHandler } from 'express';
import type { SessionData } from 'express-session';

import { isBoardApi } from '../request-path.ts';
import { generationOf } from './okta-roles.ts';
import { setOperator, tenantsOf, type Operator } from './operator.ts';
import type { Operators } from './operators.ts';
import { absoluteMs, endSession, type SessionStore } from './sessions.ts';

interface AccessCheck {
  operators: Operators;
  okta: SignInConfig | undefined;
  store: SessionStore;
  now: () => Date;
  accessLog: AccessLog;
  /** Of this installation. */
  tenants: readonly string[];
}

/** By what a session is valid. */
export type SessionRules = Pick<AccessCheck, 'operators' | 'okta' | 'now'>;

/** The operator of a request's session, if it is valid. */
export const sessionOperator = ({ session }: Request, rules: SessionRules): Operator | null =>
  validOperator(session, rules);

/** The operator of a valid session, with the roles that they have now; else null. */
export function validOperator(
  { operator, reference, signedInAt }: Pick<SessionData, 'operator' | 'reference' | 'signedInAt'>,
  { operators, okta, now }: SessionRules,
): Operator | null {
  if (operator === undefined || reference === undefined || signedInAt === undefined) return null;
  if (now().getTime() - signedInAt >= absoluteMs) return null;
  if (operator.source !== 'okta') return operators.current(operator);
  return okta !== undefined && generationOf(okta) === operator.generation ? operator : null;
}

/** Admits operators. Redirects others to the sign-in page; answers Bull Board's scripts with 401. */
export function requireOperator(check: AccessCheck): RequestHandler {
  return async (request, response, next) => {
    const operator = sessionOperator(request, check);
    if (operator === null) {
      if (request.session.operator !== undefined) await endSession(request);
      if (isBoardApi(request)) {
        // Bull Board shows `message` in a toast; the key is one of its error keys.
        response.status(401).json({ error: { key: 'ERRORS.FORBIDDEN' }, message: signedOut });
        return;
      }
      if (request.method === 'GET') response.redirect(302, signInPath(request.originalUrl));
      else response.redirect(303, '/sign-in');
      return;
    }
    check.accessLog.describe(response, { operator: operator.user });
    setOperator(response, { operator, tenants: tenantsOf(operator, check.tenants) });
    response.set('Cache-Control', 'no-store');
    if (isDeliberate(request)) await check.store.extend(request);
    next();
  };
}

const signedOut = 'You are signed out. Reload the page to sign in.';

const signInPath = (from: string): string =>
  from === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ to: from }).toString()}`;

/** An action of the operator: neither Bull Board's polling nor what the live script reads. */
const isDeliberate = (request: Request): boolean =>
  request.method !== 'GET' || (!isBoardApi(request) && !isLive(request));

const isLive = (request: Request): boolean =>
  request.get('x-live') !== undefined || request.get('accept') === 'text/event-stream';
