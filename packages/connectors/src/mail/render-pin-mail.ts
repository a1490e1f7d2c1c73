import { Eta } from 'eta/core';

import { refuse } from './refuse.ts';
import { pinMailHtml } from './templates/pin-mail-html.ts';
import { pinMailText } from './templates/pin-mail-text.ts';

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Neither names the recipient nor hints at the PIN: subjects show on locked screens and in logs. */
const subject = 'The PIN for your new security key';

const escaping = new Eta({ autoEscape: true });
const plain = new Eta({ autoEscape: false, autoTrim: false });
const html = escaping.compile(pinMailHtml);
const text = plain.compile(pinMailText);

/**
 * The mail that tells a PIN. `firstName` is empty where the person is greeted without a name.
 * @throws ConnectorError `refused` when the text part would hold another run of four or more digits beside the PIN, which
 * a reader could take for it
 */
export function renderPinMail({ pin, firstName }: { pin: string; firstName: string }): RenderedMail {
  const content = { pin, subject, greeting: firstName === '' ? 'Hello,' : `Hello ${firstName},` };
  const rendered = { subject, text: plain.render(text, content), html: escaping.render(html, content) };
  const numbers = rendered.text.match(/\p{Nd}{4,}/gu) ?? [];
  if (numbers.length !== 1 || numbers[0] !== pin) throw refuse('text', 'ambiguous');
  return rendered;
}
