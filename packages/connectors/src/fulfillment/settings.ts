/** How to reach one tenant's account at the fulfillment provider. */
export interface FulfillmentSettings {
  /** `https://portal.yubico.com/api/v1`, with the version. */
  apiUrl: string;
  /** Publishes `/.well-known/yubico-transport-keys.jwks` and `/.well-known/yubico-sign.jwks`. */
  keysUrl: string;
  /** The bearer token, read for each call, so that a renewed one needs no restart. */
  token: () => string | Promise<string>;
  /** Time for one request and its whole answer; 10 s by default. */
  timeoutMs?: number | undefined;
}

export type FulfillmentSettingsOf = (tenant: string) => FulfillmentSettings;
