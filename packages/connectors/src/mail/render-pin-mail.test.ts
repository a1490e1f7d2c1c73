import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { renderPinMail } from './render-pin-mail.ts';

const mail = renderPinMail({ pin: '482913', firstName: 'Zoë' });

test('in the text part the PIN is the only run of four or more digits', () => {
  expect(mail.text.match(/\p{Nd}{4,}/gu)).toEqual(['482913']);
});

test('the PIN stands alone on its line, to be copied', () => {
  expect(mail.text).toMatch(/\n\s*482913\s*\n/);
});

test('a greeting with digits, which could pass for the PIN, is refused', () => {
  expect(() => renderPinMail({ pin: '482913', firstName: '1234' })).toThrow('text is ambiguous');
});

test('the PIN is in one piece in the HTML part, and in neither subject, title nor preview', () => {
  const [before, after] = mail.html.split('482913');
  expect(after).toBeDefined();
  expect(mail.html.match(/482913/g)).toHaveLength(1);
  expect(before).toContain('Hello Zoë,');
  expect(mail.subject).toBe('The PIN for your new security key');
  expect(mail.html).toContain(`<title>${mail.subject}</title>`);
});

test('the HTML part loads nothing and names its language', () => {
  expect(mail.html).not.toMatch(/\b(?:src|href|action|background)\s*=|url\(|@import|<(?:img|script|link|form|iframe)/i);
  expect(mail.html).toContain('<html lang="en"');
});

test('any name stays text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }).filter((name) => !/\p{Nd}{4}/u.test(name)),
      (firstName) => {
        const { html, text } = renderPinMail({ pin: '482913', firstName: `${firstName}<b onclick="x">&` });
        expect(html).not.toContain('<b onclick');
        expect(html.match(/<[a-z]/g)).toHaveLength(mail.html.match(/<[a-z]/g)?.length ?? 0);
        expect(text).toContain('482913');
      },
    ),
  );
});

test('a PIN of any length is shown unchanged', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{6,8}$/), (pin) => {
      const { text, html } = renderPinMail({ pin, firstName: '' });
      expect(text.match(/\d{4,}/g)).toEqual([pin]);
      expect(html).toContain(`>${pin}</span>`);
      expect(text.startsWith('Hello,\n')).toBe(true);
    }),
  );
});
