import type { Request, RequestHandler } from 'express';

import { isApi } from '../requested.ts';
import type { Operator, Operators } from './operators.ts';
import { absoluteMs, endSession, type SessionStore } from './sessions.ts';

interface Gate {
  operators: Operators;
  store: SessionStore;
  now: () => Date;
}

/** The operator of a session that still counts, or null. */
export function operatorOf(request: Request, { operators, now }: Omit<Gate, 'store'>): Operator | null {
  const { operator, signedInAt } = request.session;
  if (operator === undefined || signedInAt === undefined) return null;
  if (now().getTime() - signedInAt >= absoluteMs) return null;
  return operators.isCurrent(operator) ? operator : null;
}

/** Lets operators in. Others are sent to the sign-in page, or told 401 where no page was asked for. */
export function requireOperator(gate: Gate): RequestHandler {
  return async (request, response, next) => {
    const operator = operatorOf(request, gate);
    if (operator === null) {
      if (request.session.operator !== undefined) await endSession(request);
      if (isApi(request)) {
        // Bull Board shows `message` in a toast; the key is one of its own.
        response.status(401).json({ error: { key: 'ERRORS.FORBIDDEN' }, message: signedOut });
        return;
      }
      if (request.method === 'GET') response.redirect(302, signInPath(request.originalUrl));
      else response.redirect(303, '/sign-in');
      return;
    }
    response.locals['operator'] = operator.user;
    response.set('Cache-Control', 'no-store');
    if (isDeliberate(request)) await gate.store.extend(request);
    next();
  };
}

const signedOut = 'You are signed out. Load the page again to sign in.';

const signInPath = (from: string): string =>
  from === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ to: from }).toString()}`;

/** Something a person did, rather than Bull Board asking again by itself every few seconds. */
const isDeliberate = (request: Request): boolean => request.method !== 'GET' || !isApi(request);
