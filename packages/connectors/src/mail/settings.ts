import type { JWK } from 'jose';

/** How to send one tenant's mail. */
export interface MailSettings {
  smtp: {
    /** `smtp://user:password@host:587` (STARTTLS) or `smtps://user:password@host:465`. A query part is ignored. */
    url: string;
    /** Allows unencrypted mail where the server offers no encryption. A loopback server never needs it. */
    plain?: boolean | undefined;
  };
  /** An address, alone or as `Name <address>`. */
  from: string;
  /** Private EC keys on P-256 or P-384; the provider encrypts PIN copies to their public keys. Each is found by its `kid`. */
  pinCopyPrivateKeys: readonly JWK[];
  /** Takes copies without a signature where the provider publishes no signing key; by default they are refused. */
  acceptsUnsignedPinCopies?: boolean | undefined;
  /** Time for connecting and for the greeting; 10 s by default. Any later silence gets twice that, the whole mail three times. */
  timeoutMs?: number | undefined;
  /** How long a connection is kept for the next mail; 1 s by default. */
  idleTimeoutMs?: number | undefined;
}

export type MailSettingsOf = (tenant: string) => MailSettings;
