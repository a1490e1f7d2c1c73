import { createHash } from 'node:crypto';

import { OktaError } from '../http/errors.ts';
import type { OktaRequest } from '../http/handler.ts';
import type { User } from './user.ts';

/** The version of a user: another one after each change, also within a millisecond. */
export function etagOf({ id, status, profile, last_updated: lastUpdated }: User): string {
  const version = createHash('md5').update(JSON.stringify([id, status, profile, lastUpdated]));
  return `W/"${version.digest('hex').slice(0, 16)}"`;
}

/** @throws OktaError with the status 412 where the request is for another version of the user */
export function checkVersion({ headers }: Pick<OktaRequest, 'headers'>, user: User): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  const versions = wanted.split(',').map((one) => one.trim());
  if (!versions.includes(etagOf(user)))
    throw new OktaError('E0000001', { status: 412, about: 'If-Match', causes: ['If-Match: the user was changed'] });
}
