import { expect, test } from '@jest/globals';

import { createSealing } from './sealing.ts';

const key = '0f'.repeat(32);

test('sealed text can be read only with the same key', () => {
  const sealing = createSealing(key);
  const sealed = sealing.seal('481516');
  expect(sealed).not.toContain('481516');
  expect(sealing.unseal(sealed)).toBe('481516');
  expect(() => createSealing('f0'.repeat(32)).unseal(sealed)).toThrow();
});

test('sealing the same text twice gives different results', () => {
  const sealing = createSealing(key);
  expect(sealing.seal('481516')).not.toBe(sealing.seal('481516'));
});

test('changed sealed text is refused', () => {
  const sealing = createSealing(key);
  const [nonce, tag, ciphertext = ''] = sealing.seal('481516').split('.');
  const changed = `${ciphertext.startsWith('A') ? 'B' : 'A'}${ciphertext.slice(1)}`;
  expect(() => sealing.unseal([nonce, tag, changed].join('.'))).toThrow();
});
