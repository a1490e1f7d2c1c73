import type { Request, RequestHandler } from 'express';
import { z } from 'zod';

import { answerProblem } from '../pages/problem-page.tsx';
import { stepUpPage } from '../pages/sign-in-page.tsx';
import { addressOf, returnPath } from './attempt-sign-in.ts';
import { startOktaStepUp, type OktaSignIn } from './okta-sign-in.ts';
import { operatorOf } from './operator.ts';
import { isLocal } from './operators.ts';
import { elevateSession, hasSteppedUp } from './sessions.ts';
import { formatDuration, type SignIn } from './sign-in.ts';

/** How long a reason is, where one is needed. */
export const reasonSchema = z.string().trim().min(3).max(200);

/**
 * Admits operators who signed in once more, freshly and strongly, in the last five minutes; sends others to do so and back to
 * the page of the same address. A form is never sent again for them: they confirm it on that page. It is answered with a link,
 * since browsers apply `form-action` to redirects after a form, and would not go to Okta (w3c/webappsec-csp #8).
 */
export function requireStepUp(now: () => Date): RequestHandler {
  return (request, response, next) => {
    if (hasSteppedUp(request, now())) next();
    else if (request.method === 'GET') response.redirect(302, stepUpPath(request));
    else
      answerProblem(request, response, {
        status: 403,
        title: 'Sign in once more',
        advice:
          'Nothing was done: the last sign-in is more than five minutes ago. After another one, confirm it again.',
        link: { href: stepUpPath(request), text: 'Sign in once more' },
      });
  };
}

/** Where the operator signs in once more; it leads back to the page of this address. */
export const stepUpPath = (request: Pick<Request, 'originalUrl'>): string =>
  `/step-up?${new URLSearchParams({ to: request.originalUrl }).toString()}`;

interface StepUp {
  signIn: SignIn;
  okta: OktaSignIn | null;
}

/** Okta's operators step up there, local ones by their password. */
export function showStepUp({ signIn, okta }: StepUp): RequestHandler {
  return async (request, response) => {
    if (okta !== null && !isLocal(operatorOf(response))) await startOktaStepUp(okta, request, response);
    else {
      const token = signIn.guard.tokenFor(request, response);
      response.send(stepUpPage({ token, to: returnPath(request.query['to']), user: operatorOf(response).user }));
    }
  };
}

const fields = z.object({ password: z.string().min(1).max(1_000), to: z.string().max(2_000).optional() });

/** The token of the form has been checked. */
export function stepUpLocally({ signIn }: Pick<StepUp, 'signIn'>): RequestHandler {
  return async (request, response) => {
    const { user } = operatorOf(response);
    const form = fields.safeParse(request.body).data;
    const to = returnPath(form?.to);
    const attempt = { user, address: addressOf(request) };
    const admitted = await signIn.throttle.admit(attempt);
    const operator =
      admitted.outcome === 'admitted' ? await signIn.operators.authenticate(user, form?.password ?? '') : null;
    if (operator !== null && isLocal(operatorOf(response))) {
      await signIn.throttle.reset(attempt);
      const isElevated = await elevateSession(request, { operator, now: signIn.now(), store: signIn.store });
      response.redirect(303, isElevated ? to : '/sign-in');
      return;
    }
    const isThrottled = admitted.outcome === 'throttled';
    const reason = isThrottled ? 'step_up_throttled' : 'step_up_wrong_password';
    signIn.onRefused({ reason, operator: operatorOf(response) }, request);
    const message =
      admitted.outcome === 'throttled'
        ? `Too many attempts. Try again in ${formatDuration(admitted.retryAfterMs)}.`
        : 'Incorrect password.';
    const token = signIn.guard.tokenFor(request, response);
    response.status(isThrottled ? 429 : 401).send(stepUpPage({ token, to, user, message }));
  };
}
