import { parseCookie } from 'cookie';
import { doubleCsrf } from 'csrf-csrf';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

import { answerProblem } from '../pages/problem-page.tsx';

/** Recognizes requests from the console's own pages. */
export interface CsrfGuard {
  /** Must run before the other two. */
  readCookies: RequestHandler;
  /** The token for a form on this page. The answer also sets it in the cookie that Bull Board's scripts read. */
  tokenFor: (request: Request, response: Response) => string;
  verdict: (request: Request) => 'ours' | 'foreign_origin' | 'bad_token';
}

/** Axios, which Bull Board uses, copies the cookie of this name into the header of that name on its own origin. */
const cookieName = 'XSRF-TOKEN';
const headerName = 'x-xsrf-token';

const formBody = z.looseObject({ _csrf: z.string() });

/** Requires a token that is bound to the session and sent twice (cookie, and header or field), and our own origin. */
export function createCsrfGuard(options: { secret: string; secure: boolean }): CsrfGuard {
  const { generateCsrfToken, validateRequest } = doubleCsrf({
    getSecret: () => options.secret,
    getSessionIdentifier: (request) => (request.session.operator === undefined ? 'signed-out' : request.sessionID),
    cookieName,
    cookieOptions: { httpOnly: false, sameSite: 'strict', secure: options.secure, path: '/' },
    getCsrfTokenFromRequest: (request) => request.get(headerName) ?? formBody.safeParse(request.body).data?._csrf,
  });
  return {
    readCookies: (request, _response, next) => {
      request.cookies = parseCookie(request.get('cookie') ?? '');
      next();
    },
    tokenFor: (request, response) => generateCsrfToken(request, response),
    verdict: (request) => {
      if (!isOwnOrigin(request)) return 'foreign_origin';
      return validateRequest(request) ? 'ours' : 'bad_token';
    },
  };
}

/** Browsers send one of the two headers with every state-changing request. */
function isOwnOrigin(request: Request): boolean {
  const origin = request.get('origin');
  if (origin !== undefined) return origin === `${request.protocol}://${request.host}`;
  return request.get('sec-fetch-site') === 'same-origin';
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For signed-in operators: refuses a change that does not come from our own pages. Each page renews the token. */
export function requireCsrfToken(guard: CsrfGuard): RequestHandler {
  return (request, response, next) => {
    if (safeMethods.has(request.method)) {
      guard.tokenFor(request, response);
      next();
    } else if (guard.verdict(request) === 'ours') next();
    else
      answerProblem(request, response, {
        status: 403,
        title: 'The request did not come from the console',
        advice: 'Nothing was changed. Reload the page and try again.',
        boardKey: 'ERRORS.FORBIDDEN',
        link: { href: '/', text: 'Back to the overview' },
      });
  };
}
