import type { Shipment } from '@keycourier/journey/model/shipment';

import type { HistoryEntry } from './read-history.ts';

/** `sending`: handed over, and the answer is not known yet. */
export type MailOutcome = 'waiting' | 'sending' | 'sent' | 'refused';

/** A mail with the PIN, as far as it came. It never has the PIN, and of the address only what is shown to operators. */
export interface PinMail {
  outcome: MailOutcome;
  /** Who sends it: keycourier's mail server, or Okta. */
  channel: Shipment['pinPolicy']['channel'];
  /** Masked; null until one was sent, and for an earlier mail. */
  sentTo: string | null;
  /** When that was last known. */
  at: Date;
  /** Why it was refused: the hold's code. */
  reason: string | null;
}

/** The PIN mails of a shipment, oldest first, from its history; one that is due comes last. */
export function mailsOf(shipment: Shipment, history: readonly HistoryEntry[]): readonly PinMail[] {
  const mails: PinMail[] = [];
  const { channel } = shipment.pinPolicy;
  const put = (mail: Omit<PinMail, 'channel' | 'sentTo'>): void => {
    const isKnown = mails.at(-1)?.outcome === 'sending';
    mails.splice(isKnown ? -1 : mails.length, isKnown ? 1 : 0, { channel, sentTo: null, ...mail });
  };
  for (const change of history) {
    if (change.kind !== 'change') continue;
    const { event, at, detail } = change;
    const isSending = mails.at(-1)?.outcome === 'sending';
    if (event === 'pin.sending') put({ outcome: 'sending', at, reason: null });
    else if (event === 'pin.sent') put({ outcome: 'sent', at, reason: null });
    else if (isSending && typeof detail['hold'] === 'string' && detail['hold'] !== 'cleared')
      put({ outcome: 'refused', at, reason: detail['hold'] });
    else if (isSending && event === 'pin.resend_refused')
      put({ outcome: 'refused', at, reason: typeof detail['code'] === 'string' ? detail['code'] : null });
  }
  if (shipment.plan.pin === 'released' && mails.at(-1)?.outcome !== 'sending')
    put({ outcome: 'waiting', at: shipment.updatedAt, reason: null });
  const last = mails.findLast(({ outcome }) => outcome === 'sent');
  return mails.map((mail) => (mail === last ? { ...mail, sentTo: shipment.pin.sentTo } : mail));
}
