import { expect, test } from '@jest/globals';

import { createSealing } from './sealing.ts';

const key = '0f'.repeat(32);

test('what is sealed can be read with the same key alone', () => {
  const sealing = createSealing(key);
  const sealed = sealing.seal('481516');
  expect(sealed).not.toContain('481516');
  expect(sealing.unseal(sealed)).toBe('481516');
  expect(() => createSealing('f0'.repeat(32)).unseal(sealed)).toThrow();
});

test('the same text is never sealed to the same form', () => {
  const sealing = createSealing(key);
  expect(sealing.seal('481516')).not.toBe(sealing.seal('481516'));
});

test('a changed form is refused', () => {
  const sealing = createSealing(key);
  const [nonce, tag, ciphertext = ''] = sealing.seal('481516').split('.');
  const changed = `${ciphertext.startsWith('A') ? 'B' : 'A'}${ciphertext.slice(1)}`;
  expect(() => sealing.unseal([nonce, tag, changed].join('.'))).toThrow();
});
