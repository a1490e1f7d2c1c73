/** An SSWS token. It is asked for when a call needs it, so that a renewed one is taken without a restart. */
export interface ApiToken {
  token: () => string | Promise<string>;
}

/** A service app of the org, which signs in with a key of its own: OAuth 2.0 client credentials with private_key_jwt. */
export interface ServiceApp {
  clientId: string;
  /** Gives the key as PEM or as JWK, RSA or EC, whenever an access token is asked for: a renewed key needs no restart. */
  privateKey: () => string | Promise<string>;
  /** `kid` of the registered key, for a key that does not name itself; Okta asks for it where an app has several keys. */
  keyId?: string | undefined;
  /** What the access tokens are to allow; `standardScopes` unless told. */
  scopes?: readonly string[] | undefined;
}

export type OktaAuth = ApiToken | ServiceApp;

/** How to reach one tenant's Okta org. */
export interface OktaSettings {
  /** `https://acme.okta.com`; http only for simulators. */
  orgUrl: string;
  auth: OktaAuth;
  /** The RP ID of the org's credentials, where it is not the host of its issuer (custom domains). */
  rpId?: string | undefined;
  /** Time for one request and its whole answer; 10 s unless told. */
  timeoutMs?: number | undefined;
}

export type OktaSettingsOf = (tenant: string) => OktaSettings;

/** Set part by part: resolved as a reference, a path that begins with two slashes would name another host. */
export function orgUrlOf(orgUrl: string, path: string): URL {
  const url = new URL(orgUrl);
  const [pathname = '/', ...query] = path.split('?');
  url.pathname = pathname;
  url.search = query.join('?');
  return url;
}

/** Just what the port's calls need (`security` of each in Okta's OpenAPI document). The app needs a grant for each. */
export const standardScopes: readonly string[] = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];
