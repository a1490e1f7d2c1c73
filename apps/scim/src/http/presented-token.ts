import { createHash } from 'node:crypto';

import type { AcceptedToken } from '@keycourier/ledger/directory/connections/list-token-hashes';

/** What a request names and proves. */
export interface PresentedToken {
  /** Of the path: any text. */
  connectionId: string;
  /** Null where there is none that can be one. */
  token: string | null;
}

/** Okta's header templates send the token with or without the scheme. */
const tokenOf = /^(?:Bearer +)?([!-~]{1,512})$/i;

export function readToken(connectionId: string, authorization: string | undefined): PresentedToken {
  const [, token = null] = tokenOf.exec(authorization ?? '') ?? [];
  return { connectionId, token };
}

/** What requests are counted by: a token counts for its own connection alone. */
export const limitKeyOf = ({ connectionId, hash }: AcceptedToken): string => `${connectionId} ${hash}`;

export const hashOfToken = (token: string): string => createHash('sha256').update(token, 'utf8').digest('base64url');
