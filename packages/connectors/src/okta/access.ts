import type { HttpAnswer } from '../http/exchange.ts';

/** How a tenant's requests authenticate. */
export interface Access {
  /** Headers for one request, never for a second one: a proof is accepted once (okta-sdk-golang#554). */
  headers: (method: string, url: URL) => Promise<Readonly<Record<string, string>>>;
  /**
   * Updates the credentials from an answer. Returns what was renewed, so that the same request may be sent once more: a
   * request that failed to authenticate had no effect.
   */
  renew: (answer: HttpAnswer) => Renewed | null;
}

export type Renewed = 'nonce' | 'token';

/** For Okta's public resources. */
export const noAccess: Access = { headers: () => Promise.resolve({}), renew: () => null };

/** Sends the SSWS token with every request. */
export function apiTokenAccess(token: string): Access {
  return { headers: () => Promise.resolve({ authorization: `SSWS ${token}` }), renew: () => null };
}
