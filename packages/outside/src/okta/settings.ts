/** How one tenant's Okta org is reached. */
export interface OktaSettings {
  /** `https://acme.okta.com`; http only for simulators. */
  orgUrl: string;
  /** Gives the SSWS token when a call needs it, so that a renewed token is taken without a restart. */
  token: () => string | Promise<string>;
  /** The RP ID of the org's credentials, where it is not the host of its issuer (custom domains). */
  rpId?: string | undefined;
  /** Time for one request and its whole answer; 10 s unless told. */
  timeoutMs?: number | undefined;
}

export type OktaSettingsOf = (tenant: string) => OktaSettings;

export const standardTimeoutMs = 10_000;
