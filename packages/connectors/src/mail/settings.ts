import type { JWK } from 'jose';

/** How one tenant's mail is sent. */
export interface MailSettings {
  smtp: {
    /** `smtp://user:password@host:587` (STARTTLS) or `smtps://user:password@host:465`. A query part is ignored. */
    url: string;
    /** Lets mail go unencrypted where the server offers nothing better. A loopback server never needs encryption. */
    plain?: boolean | undefined;
  };
  /** An address, alone or as `Name <address>`. */
  from: string;
  /** Private EC P-384 keys whose public halves the provider seals PIN copies to; each is found by its `kid`. */
  pinCopyPrivateKeys: readonly JWK[];
  /** Time for connecting and for the greeting; 10 s unless told. A later silence gets twice that, the whole mail three times. */
  timeoutMs?: number | undefined;
}

export type MailSettingsOf = (tenant: string) => MailSettings;
