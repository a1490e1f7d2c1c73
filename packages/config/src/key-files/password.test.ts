import { describe, expect, test } from '@jest/globals';

import { hashPassword, isPasswordHash, verifyPassword } from './password.ts';

describe('a password hash', () => {
  test('matches its password only', async () => {
    const hash = await hashPassword('correct horse battery');
    expect(await verifyPassword('correct horse battery', hash)).toBe(true);
    expect(await verifyPassword('correct horse battery ', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('differs each time, and contains its parameters', async () => {
    const [one, other] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
  });

  test('ignores how a keyboard composes a letter', async () => {
    expect(await verifyPassword('Caf\u0065\u0301', await hashPassword('Caf\u00e9'))).toBe(true);
  });

  test.each([
    ['the wrong format', 'correct horse battery'],
    ['a cost that is too low', 'scrypt$1024$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    [
      'a cost that is too high',
      'scrypt$8388608$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    [
      'a cost that is not a power of two',
      'scrypt$32769$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    ['no salt', 'scrypt$32768$8$3$$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ])('is refused if it has %s', async (_what, hash) => {
    expect(isPasswordHash(hash)).toBe(false);
    expect(await verifyPassword('correct horse battery', hash)).toBe(false);
  });
});
