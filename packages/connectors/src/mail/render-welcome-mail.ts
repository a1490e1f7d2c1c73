import { Eta } from 'eta/core';

import type { RenderedMail } from './render-pin-mail.ts';
import { welcomeMailHtml } from './templates/welcome-mail-html.ts';
import { welcomeMailText } from './templates/welcome-mail-text.ts';

const escaping = new Eta({ autoEscape: true });
const plain = new Eta({ autoEscape: false, autoTrim: false });
const html = escaping.compile(welcomeMailHtml);
const text = plain.compile(welcomeMailText);

const subject = 'You will sign in with a security key';

/** The mail to a new person. It has no link, no PIN and no number: there is nothing in it to click, enter or pass on. */
export function renderWelcomeMail({ firstName }: { firstName: string }): RenderedMail {
  const content = { subject, greeting: firstName === '' ? 'Hello,' : `Hello ${firstName},` };
  return { subject, text: plain.render(text, content), html: escaping.render(html, content) };
}
