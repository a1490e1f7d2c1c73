import type { RequestHandler } from 'express';

import { signedOutPage } from '../pages/sign-in-page.tsx';
import { signOutPage } from '../pages/sign-out-page.tsx';
import type { CsrfGuard } from './csrf.ts';
import { consoleOrigin, idTokenContext, type OktaSignIn } from './okta-sign-in.ts';
import { endSession } from './sessions.ts';

/** A link must not change anything, so the one in Bull Board's menu opens a page with a button. */
export function showSignOut(guard: CsrfGuard): RequestHandler {
  return (request, response) => {
    response.send(signOutPage({ token: guard.tokenFor(request, response) }));
  };
}

/** Deletes the session's row, so that no copy of the cookie is valid. Okta's session ends by a link, where it can. */
export function signOut(okta: OktaSignIn | null): RequestHandler {
  return async (request, response) => {
    const { sealedIdToken } = request.session;
    await endSession(request);
    const url =
      okta === null || sealedIdToken === undefined
        ? null
        : await okta.client.signOutUrl(
            okta.sealing.unseal(sealedIdToken, idTokenContext),
            `${consoleOrigin(okta, request)}/sign-in`,
          );
    if (url === null) response.redirect(303, '/sign-in');
    else response.send(signedOutPage({ oktaUrl: url.href }));
  };
}
