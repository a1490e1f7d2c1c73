export interface PinMail {
  to: string;
  firstName: string;
  messageId: string;
  /** Opened inside the one function that mails it, and nowhere else (invariant 5). */
  pinCopyJwe: string;
  serial: string | null;
}

export interface MailPort {
  sendPinMail: (tenant: string, mail: PinMail) => Promise<void>;
}
