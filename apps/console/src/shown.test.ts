import { describe, expect, test } from '@jest/globals';

import { notShown, shownId, shownSentence, shownWord } from './shown.ts';

describe('what may be shown', () => {
  test.each(['shp_01m80pybznbzxac7m169s8k6s1', 'evt_1', '00u1a2b3', 'check-profile.shp_b.13'])('the id %s is', (id) => {
    expect(shownId(id)).toBe(id);
  });

  test.each([
    ['a PIN', '123456'],
    ['an e-mail address', 'noor@example.com'],
    ['a sentence', 'a b'],
    ['a number', 7],
    ['an object', {}],
  ])('%s is no id', (_what, value) => expect(shownId(value)).toBe(notShown));

  test.each(['zipCode', 'not_a_phone', 'lines[0].street', 'http_422'])('the word %s is', (word) => {
    expect(shownWord(word)).toBe(word);
  });

  test.each(['12345678', '10 Downing Street', 'noor@example.com', ''])('%j is no word', (value) => {
    expect(shownWord(value)).toBe(notShown);
  });

  test('a sentence loses addresses, PINs and phone numbers, and keeps its ids and line numbers', () => {
    const given = 'held for noor@example.com (shp_01m80pybznbzxac7m169s8k6s1): 12345678, +4930123456 at a.js:1234:15';
    expect(shownSentence(given)).toBe(
      `held for ${notShown} (shp_01m80pybznbzxac7m169s8k6s1): ${notShown}, ${notShown} at a.js:1234:15`,
    );
  });
});
