import { createHash, timingSafeEqual } from 'node:crypto';

import type { RequestHandler } from 'express';

import { OktaError } from './errors.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets requests with one of the org's SSWS tokens through, and answers all others with 401, alike. */
export function authenticate(tokens: readonly string[]): RequestHandler {
  const known = tokens.map(digest);
  return (request, _response, next) => {
    const [, offered = ''] = /^SSWS (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const offeredDigest = digest(offered);
    next(known.some((one) => timingSafeEqual(one, offeredDigest)) ? undefined : new OktaError('E0000011'));
  };
}
