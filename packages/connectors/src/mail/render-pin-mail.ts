import { Eta } from 'eta/core';

import { refuse } from './faults.ts';
import { pinMailHtml } from './templates/pin-mail-html.ts';
import { pinMailText } from './templates/pin-mail-text.ts';

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Contains neither the recipient nor the PIN: subjects appear on lock screens and in logs. */
const subject = 'The PIN for your new security key';

const escaping = new Eta({ autoEscape: true });
const plain = new Eta({ autoEscape: false, autoTrim: false });
const html = escaping.compile(pinMailHtml);
const text = plain.compile(pinMailText);

/**
 * Renders the mail with the PIN. An empty `firstName` gives a greeting without a name.
 * @throws ConnectorError `refused` when the text part would contain another run of four or more digits, which a reader
 * could take for the PIN
 */
export function renderPinMail({ pin, firstName }: { pin: string; firstName: string }): RenderedMail {
  const content = { pin, subject, greeting: firstName === '' ? 'Hello,' : `Hello ${firstName},` };
  const rendered = { subject, text: plain.render(text, content), html: escaping.render(html, content) };
  const numbers = rendered.text.match(/\p{Nd}{4,}/gu) ?? [];
  if (numbers.length !== 1 || numbers[0] !== pin) throw refuse('text', 'ambiguous');
  return rendered;
}
