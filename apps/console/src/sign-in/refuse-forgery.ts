import type { RequestHandler } from 'express';

import { answerProblem } from '../pages/problem-page.ts';
import type { ForgeryGuard } from './forgery.ts';

const changesNothing = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For signed-in operators: what would change something must come from our own pages. Pages keep the token fresh. */
export function refuseForgery(guard: ForgeryGuard): RequestHandler {
  return (request, response, next) => {
    if (changesNothing.has(request.method)) {
      guard.tokenFor(request, response);
      next();
    } else if (guard.verdict(request) === 'ours') next();
    else
      answerProblem(request, response, {
        status: 403,
        title: 'That did not come from an open page of the console',
        advice: 'Nothing was changed. Load the page again, and repeat what you did.',
        boardKey: 'ERRORS.FORBIDDEN',
        link: { href: '/', text: 'Back to the overview' },
      });
  };
}
