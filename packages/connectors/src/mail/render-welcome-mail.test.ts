import { expect, test } from '@jest/globals';

import { renderWelcomeMail } from './render-welcome-mail.ts';

const mail = renderWelcomeMail({ firstName: 'Zoë' });

test.each([
  ['text', mail.text],
  ['HTML', mail.html],
])('the %s part greets the person, says whom to ask, and has nothing to click or enter', (_, part) => {
  expect(part).toContain('Hello Zoë,');
  expect(part.replaceAll(/\s+/g, ' ')).toContain(
    'Contact your IT support at a phone number or address that you already know.',
  );
  expect(part).not.toMatch(/https?:|href|src=|mailto:|www\./i);
  expect(
    part.replaceAll(/<[^>]*>|&[#\w]+;|<style>[^]*<\/style>/g, '').replaceAll(/\{[^}]*\}|@media[^{]*/g, ''),
  ).not.toMatch(/\p{Nd}{4,}/u);
});

test('a person without a name that can be shown is greeted without one', () => {
  expect(renderWelcomeMail({ firstName: '' }).text).toMatch(/^Hello,\n/);
});

test('a name is escaped in the HTML part', () => {
  expect(renderWelcomeMail({ firstName: '<b>Zoë' }).html).toContain('Hello &lt;b&gt;Zoë,');
});
