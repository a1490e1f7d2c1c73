import type { RequestHandler } from 'express';

import { signOutPage } from '../pages/sign-out-page.ts';
import type { ForgeryGuard } from './forgery.ts';
import { endSession } from './sessions.ts';

/** A link cannot change anything, so the one in Bull Board's menu leads to a button. */
export function showSignOut(guard: ForgeryGuard): RequestHandler {
  return (request, response) => {
    response.send(signOutPage({ token: guard.tokenFor(request, response) }));
  };
}

/** The row goes, so the cookie is worth nothing any more, wherever a copy of it may be. */
export function signOut(): RequestHandler {
  return async (request, response) => {
    await endSession(request);
    response.redirect(303, '/sign-in');
  };
}
