import type { RequestHandler } from 'express';

import { signOutPage } from '../pages/sign-out-page.tsx';
import type { CsrfGuard } from './csrf.ts';
import { endSession } from './sessions.ts';

/** A link must not change anything, so the one in Bull Board's menu opens a page with a button. */
export function showSignOut(guard: CsrfGuard): RequestHandler {
  return (request, response) => {
    response.send(signOutPage({ token: guard.tokenFor(request, response) }));
  };
}

/** Deletes the session's row, so that no copy of the cookie is valid. */
export function signOut(): RequestHandler {
  return async (request, response) => {
    await endSession(request);
    response.redirect(303, '/sign-in');
  };
}
