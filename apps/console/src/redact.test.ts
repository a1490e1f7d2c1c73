import { describe, expect, test } from '@jest/globals';

import { redacted, redactId, redactSentence, redactWord } from './redact.ts';

describe('redaction', () => {
  test.each(['shp_01m80pybznbzxac7m169s8k6s1', 'evt_1', '00u1a2b3', 'check-profile.shp_b.13'])(
    'keeps the id %s',
    (id) => {
      expect(redactId(id)).toBe(id);
    },
  );

  test.each([
    ['a PIN', '123456'],
    ['an e-mail address', 'noor@example.com'],
    ['a sentence', 'a b'],
    ['a number', 7],
    ['an object', {}],
  ])('replaces %s in place of an id', (_what, value) => expect(redactId(value)).toBe(redacted));

  test.each(['zipCode', 'not_a_phone', 'lines[0].street', 'http_422'])('keeps the word %s', (word) => {
    expect(redactWord(word)).toBe(word);
  });

  test.each(['12345678', '10 Downing Street', 'noor@example.com', ''])('replaces %j in place of a word', (value) => {
    expect(redactWord(value)).toBe(redacted);
  });

  test('removes addresses, PINs and phone numbers from a sentence, and keeps ids and line numbers', () => {
    const sentence =
      'held for noor@example.com (shp_01m80pybznbzxac7m169s8k6s1): 12345678, +4930123456 at a.js:1234:15';
    expect(redactSentence(sentence)).toBe(
      `held for ${redacted} (shp_01m80pybznbzxac7m169s8k6s1): ${redacted}, ${redacted} at a.js:1234:15`,
    );
  });
});
