import { parseCookie } from 'cookie';
import { doubleCsrf } from 'csrf-csrf';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

/** Knows a request that one of our own pages made. */
export interface ForgeryGuard {
  /** Must come before the other two. */
  readCookies: RequestHandler;
  /** The token for a form on this page; the answer also carries it in the cookie that Bull Board's scripts read. */
  tokenFor: (request: Request, response: Response) => string;
  verdict: (request: Request) => 'ours' | 'foreign_origin' | 'bad_token';
}

/** Axios, which Bull Board uses, copies the cookie of this name into the header of that one, on its own origin. */
const cookieName = 'XSRF-TOKEN';
const headerName = 'x-xsrf-token';

const formBody = z.looseObject({ _csrf: z.string() });

/** A token that is bound to the session, sent twice (cookie, and header or field), and an origin that is our own. */
export function createForgeryGuard(options: { secret: string; secure: boolean }): ForgeryGuard {
  const { generateCsrfToken, validateRequest } = doubleCsrf({
    getSecret: () => options.secret,
    getSessionIdentifier: (request) => (request.session.operator === undefined ? 'nobody' : request.sessionID),
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

/** Browsers send one of the two with whatever changes state; a request with neither is not from one of our pages. */
function isOwnOrigin(request: Request): boolean {
  const origin = request.get('origin');
  if (origin !== undefined) return origin === `${request.protocol}://${request.host}`;
  return request.get('sec-fetch-site') === 'same-origin';
}
