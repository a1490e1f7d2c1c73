import type { SignInConfig } from '@keycourier/config/console';
import type { AccessLog } from '@keycourier/runtime/access-log';
import type { Request, RequestHandler } from 'express';

import { signInPage, type SignInView } from '../pages/sign-in-page.tsx';
import { attemptSignIn, returnPath, type Attempt, type SignInContext } from './attempt-sign-in.ts';
import type { Operator } from './operator.ts';
import type { RefusalLog } from './refusal-log.ts';
import { sessionOperator } from './require-operator.ts';
import { beginSession, type SessionStore } from './sessions.ts';

export interface SignIn extends SignInContext {
  /** Okta's, where keycourier.yaml has it. */
  config: SignInConfig | undefined;
  store: SessionStore;
  now: () => Date;
  accessLog: AccessLog;
  /** Before a session begins: one that is not recorded does not begin. */
  onAttempt: (attempt: Attempt, request: Request) => Promise<void>;
  /** For the audit, of what is no attempt with a form. */
  onRefused: RefusalLog['record'];
}

export function showSignIn(context: SignIn): RequestHandler {
  return (request, response) => {
    if (currentOperator(context, request) === null) {
      const token = context.guard.tokenFor(request, response);
      response.send(signInPage({ token, to: returnPath(request.query['to']), methods: methodsOf(context) }));
    } else response.redirect(302, '/');
  };
}

export function signIn(context: SignIn): RequestHandler {
  return async (request, response) => {
    const attempt = await attemptSignIn(context, request);
    if (attempt.outcome === 'signed_in') {
      const { operator, reference } = attempt;
      await context.onAttempt(attempt, request);
      await beginSession(request, { operator, reference, now: context.now() });
      response.redirect(303, attempt.to);
      return;
    }
    await context.onAttempt(attempt, request);
    context.accessLog.describe(response, { route: '/sign-in', outcome: attempt.outcome });
    const { status, message } = refusal(attempt);
    if (attempt.outcome === 'throttled') response.set('Retry-After', String(Math.ceil(attempt.retryAfterMs / 1_000)));
    const token = context.guard.tokenFor(request, response);
    response
      .status(status)
      .send(signInPage({ token, to: 'to' in attempt ? attempt.to : '/', message, methods: methodsOf(context) }));
  };
}

export const currentOperator = ({ operators, config: okta, now }: SignIn, request: Request): Operator | null =>
  sessionOperator(request, { operators, okta, now });

const methodsOf = ({ operators, config }: SignIn): SignInView['methods'] => ({
  okta: config !== undefined,
  local: operators.accounts !== 'none',
  isEmergency: operators.accounts === 'break_glass',
});

function refusal(attempt: Exclude<Attempt, { outcome: 'signed_in' }>): { status: number; message: string } {
  switch (attempt.outcome) {
    case 'wrong':
      return { status: 401, message: 'Incorrect user name or password.' };
    case 'throttled':
      return {
        status: 429,
        message: `Too many attempts. Try again in ${formatDuration(attempt.retryAfterMs)}.`,
      };
    case 'malformed':
      return { status: 400, message: 'Enter your user name and password.' };
    case 'forged':
      return { status: 403, message: 'This form has expired. Sign in again.' };
  }
}

/** "1 minute", "14 minutes", "40 seconds": rounded up, so that an attempt after this time is admitted. */
export function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const [count, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
