import type { Purpose } from '../model/purpose.ts';

export interface PinMail {
  to: string;
  firstName: string;
  messageId: string;
  purpose: Purpose;
  /** The provider's id of the order, and the serial number of its key: the copy must name both. */
  orderId: string;
  serial: string;
  pinCopy: {
    /** Decrypted only inside the function that mails the PIN (invariant 5). */
    jwe: string;
    /** The provider's keys that may have signed the copy. */
    signingKeys: readonly Readonly<Record<string, unknown>>[];
    /** It is of an order that was placed before copies had to be signed. */
    mayBeUnsigned: boolean;
  };
}

/** Says what happens next and whom to ask. It has no PIN, and no link: its address is the SCIM client's word. */
export interface WelcomeMail {
  to: string;
  firstName: string;
  messageId: string;
}

export interface MailPort {
  /** @throws ConnectorError `refused` with a problem of `pinCopy` for a copy that is not of this order's key */
  sendPinMail: (tenant: string, mail: PinMail) => Promise<void>;
  sendWelcomeMail: (tenant: string, mail: WelcomeMail) => Promise<void>;
}
