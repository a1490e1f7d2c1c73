import type { Shipment } from '@keycourier/journey/model/shipment';

import type { HistoryEntry } from './read-history.ts';

/** `sending`: handed over, and the answer is not known yet. */
export type MailFate = 'waiting' | 'sending' | 'sent' | 'refused';

/** A mail with the PIN, as far as it came. It never has the PIN, and of the address only what is shown to operators. */
export interface PinMail {
  fate: MailFate;
  /** Who sends it: keycourier's mail server, or Okta. */
  channel: Shipment['pinPolicy']['channel'];
  /** Masked; null until one was sent, and for an earlier mail. */
  sentTo: string | null;
  /** When its fate was last known. */
  at: Date;
  /** Why it was refused: the hold's code. */
  reason: string | null;
}

/** The PIN mails of a shipment, oldest first, from its history; one that is due comes last. */
export function mailsOf(shipment: Shipment, history: readonly HistoryEntry[]): readonly PinMail[] {
  const mails: PinMail[] = [];
  const { channel } = shipment.pinPolicy;
  const put = (mail: Omit<PinMail, 'channel' | 'sentTo'>): void => {
    const isKnown = mails.at(-1)?.fate === 'sending';
    mails.splice(isKnown ? -1 : mails.length, isKnown ? 1 : 0, { channel, sentTo: null, ...mail });
  };
  for (const entry of history) {
    if (entry.kind !== 'change') continue;
    const { event, at, detail } = entry;
    const isSending = mails.at(-1)?.fate === 'sending';
    if (event === 'pin.sending') put({ fate: 'sending', at, reason: null });
    else if (event === 'pin.sent') put({ fate: 'sent', at, reason: null });
    else if (isSending && typeof detail['hold'] === 'string' && detail['hold'] !== 'cleared')
      put({ fate: 'refused', at, reason: detail['hold'] });
    else if (isSending && event === 'pin.resend_refused')
      put({ fate: 'refused', at, reason: typeof detail['code'] === 'string' ? detail['code'] : null });
  }
  if (shipment.plan.pin === 'released' && mails.at(-1)?.fate !== 'sending')
    put({ fate: 'waiting', at: shipment.updatedAt, reason: null });
  const last = mails.findLast(({ fate }) => fate === 'sent');
  return mails.map((mail) => (mail === last ? { ...mail, sentTo: shipment.pin.sentTo } : mail));
}
