/** An SSWS token, read for each call, so that a renewed one needs no restart. */
export interface ApiToken {
  token: () => string | Promise<string>;
}

/** A service app of the org, which signs in with its own key: OAuth 2.0 client credentials with private_key_jwt. */
export interface ServiceApp {
  clientId: string;
  /** The key as PEM or JWK, RSA or EC, read for each access token, so that a renewed one needs no restart. */
  privateKey: () => string | Promise<string>;
  /** `kid` of the registered key, where the key itself has none; Okta requires it where an app has several keys. */
  keyId?: string | undefined;
  /** The scopes of the access tokens; `standardScopes` by default. */
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
  /** Time for one request and its whole answer; 10 s by default. */
  timeoutMs?: number | undefined;
  /** The share of the org's rate limits that batches and dry runs may use; a half by default. */
  rateLimitShare?: number | undefined;
}

export type OktaSettingsOf = (tenant: string) => OktaSettings;

/** The same where they may have to be read first. */
export type ReadOktaSettings = (tenant: string) => OktaSettings | Promise<OktaSettings>;

/** Set part by part: resolved as a reference, a path that starts with two slashes would name another host. */
export function orgUrlOf(orgUrl: string, path: string): URL {
  const url = new URL(orgUrl);
  const [pathname = '/', ...query] = path.split('?');
  url.pathname = pathname;
  url.search = query.join('?');
  return url;
}

/** The scopes that the port's calls need (`security` of each in Okta's OpenAPI document). The app needs a grant for each. */
export const standardScopes: readonly string[] = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];
