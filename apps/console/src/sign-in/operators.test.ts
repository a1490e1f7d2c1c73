import { beforeAll, describe, expect, test } from '@jest/globals';

import { parseOperators } from './operators.ts';
import { hashPassword } from './password.ts';

let hash: string;
const file = (...users: string[]): string => JSON.stringify(users.map((user) => ({ user, passwordHash: hash })));

beforeAll(async () => {
  hash = await hashPassword('nine volts');
});

describe('the operators', () => {
  test('are known by user and password, however the user is written', async () => {
    const operators = parseOperators(file('ada'));
    expect(await operators.authenticate(' Ada ', 'nine volts')).toMatchObject({ user: 'ada' });
    expect(await operators.authenticate('ada', 'ten volts')).toBeNull();
  });

  test("an unknown user is refused even with a password that is somebody's", async () => {
    expect(await parseOperators(file('ada')).authenticate('grace', 'nine volts')).toBeNull();
  });

  test('a new password, or a name that is gone, ends what was signed in before', async () => {
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
    ['empty', '[]', /one operator at least/],
    ['a user twice', () => file('ada', 'ada'), /twice/],
    ['a password instead of a hash', '[{ "user": "ada", "passwordHash": "nine volts" }]', /scrypt/],
    ['a field that nobody knows', '[{ "user": "ada", "password": "nine volts" }]', /password/],
  ])('a file that is %s is refused without its words', (_what, text, message) => {
    const parse = (): unknown => parseOperators(typeof text === 'string' ? text : text());
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/nine volts/);
  });
});
