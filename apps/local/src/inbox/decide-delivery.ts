import type { Logger } from '@keycourier/runtime/logger';

import type { Envelope } from './mail.ts';
import type { Mailbox } from './mailbox.ts';
import type { SmtpFaults } from './smtp-fault.ts';

/** What the sender of a mail gets to hear. */
export type Verdict =
  | { answer: 'accepted' }
  | { answer: 'refused'; code: number; text: string }
  | { answer: 'silence' }
  | { answer: 'hang up' };

/** Keeps the mail unless a fault says otherwise; a mail that cannot be kept is refused for now. */
export async function decideDelivery(
  message: Buffer,
  envelope: Envelope,
  { mailbox, faults, log }: { mailbox: Mailbox; faults: SmtpFaults; log: Logger },
): Promise<Verdict> {
  const keep = async (then: Verdict): Promise<Verdict> => {
    try {
      const mail = await mailbox.add(message, envelope);
      log.info({ mail: mail.id }, 'mail received');
      return then;
    } catch (error) {
      log.error({ err: error }, 'a mail could not be kept');
      return { answer: 'refused', code: 451, text: 'The mail could not be kept' };
    }
  };
  const mode = faults.take();
  switch (mode) {
    case 'accept':
      return keep({ answer: 'accepted' });
    case 'lose-answer':
      return keep({ answer: 'hang up' });
    case 'reject-temporarily':
      return { answer: 'refused', code: 451, text: 'Try again later' };
    case 'reject':
      return { answer: 'refused', code: 550, text: 'No such mailbox' };
    case 'hang':
      return { answer: 'silence' };
  }
}
