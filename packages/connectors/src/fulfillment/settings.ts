/** How one tenant's account at the fulfillment provider is reached. */
export interface FulfillmentSettings {
  /** `https://portal.yubico.com/api/v1`, with the version. */
  apiUrl: string;
  /** Below it are `/.well-known/yubico-transport-keys.jwks` and `/.well-known/yubico-sign.jwks`, for everybody. */
  keysUrl: string;
  /** Gives the bearer token when a call needs it, so that a renewed token is taken without a restart. */
  token: () => string | Promise<string>;
  /** Time for one request and its whole answer; 10 s unless told. */
  timeoutMs?: number | undefined;
}

export type FulfillmentSettingsOf = (tenant: string) => FulfillmentSettings;
