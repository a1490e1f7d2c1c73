import { beforeAll, describe, expect, test } from '@jest/globals';
import { hashPassword } from '@keycourier/config/key-files/password';

import { parseOperators } from './operators.ts';

let hash: string;
const file = (...users: string[]): string => JSON.stringify(users.map((user) => ({ user, passwordHash: hash })));

beforeAll(async () => {
  hash = await hashPassword('nine volts');
});

describe('the operators', () => {
  test('sign in with user name and password, in any case of the name', async () => {
    const operators = parseOperators(file('ada'));
    expect(await operators.authenticate(' Ada ', 'nine volts')).toMatchObject({ user: 'ada' });
    expect(await operators.authenticate('ada', 'ten volts')).toBeNull();
  });

  test("an unknown user is refused even with another user's password", async () => {
    expect(await parseOperators(file('ada')).authenticate('grace', 'nine volts')).toBeNull();
  });

  test('a changed password or a removed user ends earlier sessions', async () => {
    const ada = await parseOperators(file('ada')).authenticate('ada', 'nine volts');
    expect(ada).not.toBeNull();
    if (ada === null) return;
    expect(parseOperators(file('grace', 'ada')).isCurrent(ada)).toBe(true);
    expect(parseOperators(file('grace')).isCurrent(ada)).toBe(false);
    const changed = JSON.stringify([{ user: 'ada', passwordHash: await hashPassword('nine volts') }]);
    expect(parseOperators(changed).isCurrent(ada)).toBe(false);
  });

  test.each([
    ['not JSON', '[{', /not JSON/],
    ['empty', '[]', /at least one operator/],
    ['a user twice', () => file('ada', 'ada'), /twice/],
    ['a password instead of a hash', '[{ "user": "ada", "passwordHash": "nine volts" }]', /scrypt/],
    ['an unknown field', '[{ "user": "ada", "password": "nine volts" }]', /password/],
  ])('a file with this fault is refused without a quotation: %s', (_what, text, message) => {
    const parse = (): unknown => parseOperators(typeof text === 'string' ? text : text());
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/nine volts/);
  });
});
