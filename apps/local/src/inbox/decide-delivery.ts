import type { Logger } from '@keycourier/runtime/logger';

import type { Envelope } from './mail.ts';
import type { Mailbox } from './mailbox.ts';
import type { SmtpFaults } from './smtp-fault.ts';

/** The answer to the sender of a mail. */
export type Verdict =
  | { answer: 'accepted' }
  | { answer: 'refused'; code: number; text: string }
  | { answer: 'none' }
  | { answer: 'hang up' };

/** Stores the mail unless a fault is set; a mail that cannot be stored is refused temporarily. */
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
      log.error({ err: error }, 'a mail could not be stored');
      return { answer: 'refused', code: 451, text: 'The mail could not be stored' };
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
      return { answer: 'none' };
  }
}
