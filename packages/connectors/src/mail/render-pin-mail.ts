import type { Purpose } from '@keycourier/journey/model/purpose';
import { Eta } from 'eta/core';

import { describeKey } from './describe-key.ts';
import { refuse } from './faults.ts';
import { pinMailHtml } from './templates/pin-mail-html.ts';
import { pinMailText } from './templates/pin-mail-text.ts';

export interface RenderedMail {
  /** Contains neither the recipient, nor the PIN, nor a serial number: subjects appear on lock screens and in logs. */
  subject: string;
  text: string;
  html: string;
}

export interface PinMailContent {
  pin: string;
  /** Empty gives a greeting without a name. */
  firstName: string;
  purpose: Purpose;
  serial: string | null;
}

const escaping = new Eta({ autoEscape: true });
const plain = new Eta({ autoEscape: false, autoTrim: false });
const html = escaping.compile(pinMailHtml);
const text = plain.compile(pinMailText);

/**
 * Renders the mail with the PIN, which says what key it is for.
 * @throws ConnectorError `refused` when the text part would contain another run of four or more digits, which a reader
 * could take for the PIN
 */
export function renderPinMail({ pin, firstName, purpose, serial }: PinMailContent): RenderedMail {
  const key = describeKey(purpose, serial);
  const content = { pin, key, greeting: firstName === '' ? 'Hello,' : `Hello ${firstName},` };
  const rendered = { subject: key.subject, text: plain.render(text, content), html: escaping.render(html, content) };
  const numbers = rendered.text.match(/\p{Nd}{4,}/gu) ?? [];
  if (numbers.length !== 1 || numbers[0] !== pin) throw refuse('text', 'ambiguous');
  return rendered;
}
