import { describe, expect, test } from '@jest/globals';
import { purposes } from '@keycourier/journey/model/purpose';
import fc from 'fast-check';
import { z } from 'zod';

import { readTrials } from '../testing/read-trials.ts';
import { renderPinMail, type PinMailContent } from './render-pin-mail.ts';

const render = (content: Partial<PinMailContent> = {}): ReturnType<typeof renderPinMail> =>
  renderPinMail({ pin: '482913', firstName: 'Zoë', purpose: 'primary', serial: '36320717', ...content });
const mail = render();

/** The words of the HTML part as a reader sees them, on one line. */
const wordsOf = (html: string): string =>
  html
    .replace(/<(?:style|head)\b[^]*?<\/(?:style|head)>/g, ' ')
    .replaceAll(/<[^>]+>|&[#\w]+;/g, ' ')
    .replaceAll(/\s+/g, ' ');
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('in the text part the PIN is the only run of four or more digits', () => {
  expect(mail.text.match(/\p{Nd}{4,}/gu)).toEqual(['482913']);
});

test('the PIN stands alone on its line, to be copied', () => {
  expect(mail.text).toMatch(/\n\s*482913\s*\n/);
});

test('a greeting with digits, which could pass for the PIN, is refused', () => {
  expect(() => render({ firstName: '1234' })).toThrow('text is ambiguous');
});

describe.each(purposes)('the mail for a %s key', (purpose) => {
  const other = purpose === 'primary' ? 'backup key' : 'primary key';
  const rendered = render({ purpose });

  test.each([
    ['text', inOneLine(rendered.text)],
    ['HTML', wordsOf(rendered.html)],
  ])('says in its %s part which key it is for, how its serial ends, and that the other has another PIN', (_, words) => {
    expect(words).toMatch(new RegExp(`This is the PIN of your ${purpose} key ?: 482913 `));
    expect(words).toMatch(/The serial number printed on that key ends in 07 17 ?\./);
    expect(words).toMatch(new RegExp(`${other}.* has a PIN of its own, in another mail\\.`));
  });

  test.each([
    ['text', inOneLine(rendered.text)],
    ['HTML', wordsOf(rendered.html)],
  ])('says in its %s part how many tries there are, and that the eighth wrong one locks the key', (_, words) => {
    expect(words).toMatch(/you have eight tries/i);
    expect(words).toMatch(/After eight wrong PINs in a row the key is locked for good/);
  });

  test('has neither PIN nor serial in its subject, title or preview', () => {
    const [before = '', after] = rendered.html.split('482913');
    expect(after).toBeDefined();
    expect(rendered.html.match(/482913/g)).toHaveLength(1);
    expect(before).toContain('Hello Zoë,');
    expect(before).toContain(`<title>${rendered.subject}</title>`);
    for (const part of [before, rendered.subject]) expect(part).not.toMatch(/0717|07 17/);
  });

  test('shows an unknown serial by the purpose alone', () => {
    const { text, html } = render({ purpose, serial: null });
    for (const part of [text, html]) {
      expect(part).not.toMatch(/serial/i);
      expect(part).toContain(`${purpose} key`);
    }
  });
});

test('the two keys of one person have different subjects', () => {
  expect(new Set(purposes.map((purpose) => render({ purpose }).subject)).size).toBe(purposes.length);
});

describe('the end of a serial number', () => {
  const trials = readTrials('serial-ends.json', { serial: z.string(), expected: z.string().nullable() });
  test.each(trials)('$n: $serial', ({ serial, expected }) => {
    const { text, html } = render({ serial });
    const written = /ends in (.*)\.$/m.exec(text)?.[1] ?? null;
    expect(written).toBe(expected);
    expect(text.match(/\p{Nd}{4,}/gu)).toEqual(['482913']);
    if (expected !== null) expect(html).toContain(`>${expected}<`);
  });
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
        const { html, text } = render({ firstName: `${firstName}<b onclick="x">&` });
        expect(html).not.toContain('<b onclick');
        expect(html.match(/<[a-z]/g)).toHaveLength(mail.html.match(/<[a-z]/g)?.length ?? 0);
        expect(text).toContain('482913');
      },
    ),
  );
});

test('a PIN of any length is written unchanged, beside any serial', () => {
  const serials = fc.oneof(fc.constant(null), fc.stringMatching(/^\d{1,12}$/), fc.string());
  fc.assert(
    fc.property(fc.stringMatching(/^\d{6,8}$/), serials, fc.constantFrom(...purposes), (pin, serial, purpose) => {
      const { text, html } = render({ pin, firstName: '', purpose, serial });
      expect(text.match(/\d{4,}/g)).toEqual([pin]);
      expect(html).toContain(`>${pin}</span>`);
      expect(text.startsWith('Hello,\n')).toBe(true);
    }),
  );
});
