export interface PinMail {
  to: string;
  firstName: string;
  messageId: string;
  /** Decrypted only inside the function that mails the PIN (invariant 5). */
  pinCopyJwe: string;
  serial: string | null;
}

export interface MailPort {
  sendPinMail: (tenant: string, mail: PinMail) => Promise<void>;
}
