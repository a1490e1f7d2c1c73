import { describe, expect, test } from '@jest/globals';

import { hashPassword, isPasswordHash, verifyPassword } from './password.ts';

describe('a password hash', () => {
  test('fits its password and no other', async () => {
    const hash = await hashPassword('correct horse battery');
    expect(await verifyPassword('correct horse battery', hash)).toBe(true);
    expect(await verifyPassword('correct horse battery ', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('is another one each time, and says how it was made', async () => {
    const [one, other] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
  });

  test('does not mind how a keyboard composes a letter', async () => {
    expect(await verifyPassword('Caf\u0065\u0301', await hashPassword('Caf\u00e9'))).toBe(true);
  });

  test.each([
    ['text that is no hash', 'correct horse battery'],
    [
      'a cost that guesses cheaply',
      'scrypt$1024$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    [
      'a cost that eats the memory',
      'scrypt$8388608$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    [
      'a cost that is no power of two',
      'scrypt$32769$8$1$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    ['no salt', 'scrypt$32768$8$3$$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ])('is refused where it is %s', async (_what, hash) => {
    expect(isPasswordHash(hash)).toBe(false);
    expect(await verifyPassword('correct horse battery', hash)).toBe(false);
  });
});
