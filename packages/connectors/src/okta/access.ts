import type { HttpAnswer } from '../http/exchange.ts';

/** How requests of a tenant show who asks. */
export interface Access {
  /** Headers for one request, never for a second one: a proof is taken once (okta-sdk-golang#554). */
  headers: (method: string, url: URL) => Promise<Readonly<Record<string, string>>>;
  /**
   * Takes in what an answer says of the credentials. What it returns was renewed, so that the same request may go once more:
   * whoever is not known or not believed has had no effect.
   */
  renew: (answer: HttpAnswer) => Renewed | null;
}

export type Renewed = 'nonce' | 'token';

/** For what Okta tells everybody. */
export const noAccess: Access = { headers: () => Promise.resolve({}), renew: () => null };

/** An SSWS token goes with every request as it is. */
export function apiTokenAccess(token: string): Access {
  return { headers: () => Promise.resolve({ authorization: `SSWS ${token}` }), renew: () => null };
}
